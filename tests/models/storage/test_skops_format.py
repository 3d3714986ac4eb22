import json
from copy import deepcopy
from functools import partial
from io import BytesIO
from operator import methodcaller
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import FunctionTransformer

from src.errors import ModelError, UntrustedModel
from src.models.artifact import load_parts
from src.models.storage import skops_format
from src.models.storage.metadata import Check
from src.models.storage.model_checks import check_model, fitted_parts
from src.models.storage.rebuilding import REBUILDERS
from src.models.storage.skops_format import dump_estimator, load_estimator
from src.models.storage.skops_nodes import ALLOWED_TYPES, iter_nodes
from tests.models.fitted_models import CLASSIFIERS, fit_model
from tests.models.model_folders import read_members, zip_members
from tests.models.tag_models import fit_tag_model

ALLOWED_NAMES = sorted(set().union(*ALLOWED_TYPES.values()))


def with_attribute(value: object) -> bytes:
    estimator = deepcopy(fit_model().estimator)
    estimator.note = value
    return bytes(skops.io.dumps(estimator))


def with_schema(content: bytes, schema: object) -> bytes:
    return zip_members(read_members(content) | {"schema.json": json.dumps(schema).encode()})


def schema_of(content: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(read_members(content)["schema.json"])
    return schema


@pytest.mark.parametrize(
    ("value", "loader"),
    [
        (print, "TypeNode"),
        (np.sin, "FunctionNode"),
        (json.dumps, "FunctionNode"),
        (partial(print, "x"), "PartialNode"),
        (methodcaller("x"), "OperatorFuncNode"),
        ("abc".join, "TypeNode"),
        (Path("x").exists, "MethodNode"),
        (FunctionTransformer(np.exp), "ObjectNode"),
        (Path, "TypeNode"),
        (Path("x"), "ConstructorFromReduceNode"),
        ({1}, "SetNode"),
        (b"x", "BytesNode"),
        (np.random.default_rng(0), "RandomGeneratorNode"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_could_run_code_is_refused_by_name(value: object, loader: str) -> None:
    with pytest.raises(UntrustedModel, match=f"as {loader}"):
        load_estimator(with_attribute(value))


def test_nothing_is_built_before_all_types_are_looked_at(tmp_path: Path) -> None:
    schema = schema_of(with_attribute(1))
    mark = tmp_path / "mark"
    call = {
        "__class__": "Popen",
        "__module__": "subprocess",
        "__loader__": "ConstructorFromReduceNode",
        "content": {
            "__class__": "tuple",
            "__module__": "builtins",
            "__loader__": "TupleNode",
            "content": [
                {
                    "__class__": "str",
                    "__module__": "builtins",
                    "__loader__": "JsonNode",
                    "content": json.dumps(["touch", str(mark)]),
                }
            ],
        },
    }
    # With this list of trusted types skops itself would build it.
    content = with_schema(with_attribute(1), call | {"protocol": 2})
    skops.io.loads(content, trusted=["subprocess.Popen"]).wait()
    assert mark.exists()
    mark.unlink()
    schema["content"]["content"]["note"] = call
    for crafted in (schema, call | {"protocol": 2}, {"x": [[call]]} | schema):
        with pytest.raises(UntrustedModel, match=r"subprocess\.Popen"):
            load_estimator(with_schema(with_attribute(1), crafted))
    assert not mark.exists()


def test_an_older_protocol_is_refused() -> None:
    schema = schema_of(with_attribute(1)) | {"protocol": 1}
    with pytest.raises(UntrustedModel, match="protocol 1"):
        load_estimator(with_schema(with_attribute(1), schema))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"GIF89a", id="picture"),
        pytest.param(zip_members({}), id="empty archive"),
        pytest.param(zip_members({"schema.json": b""}), id="empty schema"),
        pytest.param(zip_members({"schema.json": b"[" * 100_000}), id="deep schema"),
        pytest.param(zip_members({"schema.json": b'{"protocol": 2}'}), id="no node"),
        pytest.param(zip_members({"word/document.xml": b"<x/>"}), id="another document"),
    ],
)
def test_foreign_files_are_refused(content: bytes) -> None:
    with pytest.raises(UntrustedModel, match=r"model\.skops cannot be read"):
        load_estimator(content)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("{'descr': (", id="broken off"),
        pytest.param(
            "{'descr': '|V0', 'fortran_order': False, 'shape': (1000000000000,), }",
            id="items without bytes",
        ),
    ],
)
def test_a_foreign_array_is_refused(header: str) -> None:
    marked = np.arange(123, 130)
    members = read_members(with_attribute(marked))
    text = f"{header}\n".encode()
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    (name,) = (name for name, content in members.items() if marked.tobytes() in content)
    with pytest.raises(UntrustedModel, match=r"model\.skops cannot be read"):
        load_estimator(zip_members(members | {name: array}))


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * 100_000)
    monkeypatch.setattr(skops_format, "MAX_SCHEMA_BYTES", 99_999)
    with pytest.raises(UntrustedModel, match="unpacks to 100000 bytes and 99999 are allowed"):
        load_estimator(bomb.getvalue())


def test_a_member_that_is_longer_than_it_says_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = dump_estimator(fit_model().estimator)
    with ZipFile(BytesIO(content)) as archive:
        size = archive.getinfo("schema.json").file_size
    lying = content.replace(size.to_bytes(4, "little"), (size // 2).to_bytes(4, "little"))
    assert lying != content
    with pytest.raises(UntrustedModel, match=r"model\.skops cannot be read"):
        load_estimator(lying)


def test_naming_one_array_many_times_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = with_attribute([np.zeros(10_000)] * 20)
    load_estimator(content)
    monkeypatch.setattr(skops_format, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(UntrustedModel, match="unpacks to"):
        load_estimator(content)


def test_every_allowed_type_is_used_by_some_family() -> None:
    models = [fit_model(family, "sigmoid", ("RED", "PINK")) for family in CLASSIFIERS]
    models += [*(fit_model(family) for family in CLASSIFIERS), fit_tag_model()]
    used = set()
    for model in models:
        nodes = iter_nodes(schema_of(dump_estimator(model.estimator)))
        used |= {f"{node['__module__']}.{node['__class__']}" for node in nodes}
    assert used <= set(ALLOWED_NAMES)
    # Which scalars and which optimiser there are depends on the parameters that are tried.
    optional = {"builtins.int", "sklearn.neural_network._stochastic_optimizers.SGDOptimizer"}
    unused = set(ALLOWED_NAMES) - used - optional
    assert {name for name in unused if not name.startswith("numpy.")} == set()


@pytest.mark.parametrize("calibration", ["sigmoid", "temperature"])
@pytest.mark.parametrize("family", CLASSIFIERS)
def test_it_is_read_as_skops_reads_it(family: str, calibration: str) -> None:
    content = dump_estimator(fit_model(family, calibration).estimator)
    theirs, ours = skops.io.loads(content, trusted=ALLOWED_NAMES), load_estimator(content)
    assert skops_structure(ours) == skops_structure(theirs)
    assert dump_estimator(ours) == content


def skops_structure(estimator: object) -> bytes:
    return read_members(dump_estimator(estimator))["schema.json"]


def test_an_outline_is_the_estimator_without_its_classes() -> None:
    content = dump_estimator(fit_model("svm").estimator)
    estimator, outline = load_estimator(content), load_estimator(content, lambda _: True)
    for found, expected in zip(fitted_parts(outline), fitted_parts(estimator), strict=True):
        assert type(found) is not type(expected)
        assert type(found).__name__ == type(expected).__name__
        assert vars(found).keys() - {"_sklearn_version"} == vars(expected).keys()
        assert not hasattr(found, "get_params")
    assert load_estimator(content, lambda _: False).get_params().keys()


def test_an_outline_leaves_out_what_only_compiled_code_reads() -> None:
    content = dump_estimator(fit_model("random_forest").estimator)
    forest = fitted_parts(load_estimator(content, lambda _: True))[1]
    assert {type(tree.tree_).__name__ for tree in forest.estimators_} == {"Tree"}
    assert all(vars(tree.tree_) == {} for tree in forest.estimators_)


def test_what_an_outline_lacks_is_no_reason_to_read_on() -> None:
    content = dump_estimator(fit_model().estimator)
    with pytest.raises(UntrustedModel, match="has no attribute 'nothing'"):
        load_estimator(content, lambda outline: bool(outline.nothing))


def test_every_kind_of_node_that_is_allowed_can_be_read() -> None:
    assert set(REBUILDERS) == set(ALLOWED_TYPES)
    objects = np.empty((2, 3), object)
    objects.ravel()[:] = ["a", None, [1, 2], {"x": {1: 2}}, (), np.float64(0.5)]
    for value in (objects, objects[0], objects[:0], np.arange(6).reshape(2, 3), str, {3: "c"}):
        found = load_estimator(with_attribute(value)).note
        assert type(found) is type(value)
        assert repr(found) == repr(value)


def test_arrays_are_not_repeated_and_generators_are_left_out() -> None:
    forest = fit_model("gradient_boosting").estimator
    members = read_members(dump_estimator(forest))
    assert len(set(members.values())) == len(members)
    assert b"Random" not in members["schema.json"]
    loaded = fitted_parts(load_estimator(dump_estimator(forest)))[1]
    assert {tree.random_state for tree in loaded.estimators_.ravel()} == {None}
    assert len(dump_estimator(forest)) < len(skops.io.dumps(forest)) / 2


CONTENTS = {
    family: dump_estimator(fit_model(family).estimator)
    for family in (
        "svm",
        "logistic_regression",
        "neural_network",
        "random_forest",
        "histogram_boosting",
    )
}
JSON_VALUES = st.none() | st.booleans() | st.integers(-3, 2**40) | st.text(max_size=3)


@settings(max_examples=150)
@given(st.data())
def test_whatever_a_schema_says_it_is_loaded_or_refused(data: st.DataObject) -> None:
    content = CONTENTS[data.draw(st.sampled_from(sorted(CONTENTS)))]
    schema = schema_of(content)
    nodes = list(iter_nodes(schema))
    for _ in range(data.draw(st.integers(1, 2))):
        node = nodes[data.draw(st.integers(0, len(nodes) - 1))]
        key = data.draw(st.sampled_from(sorted(node)))
        other = nodes[data.draw(st.integers(0, len(nodes) - 1))]
        node[key] = data.draw(
            JSON_VALUES
            | st.just(deepcopy(other))
            | st.sampled_from(
                [
                    "{}",
                    "[]",
                    "-1",
                    "1e999",
                    '"x"',
                    "ObjectNode",
                    "TupleNode",
                    "ListNode",
                    "DictNode",
                ]
            )
        )
    metadata = fit_model().metadata
    rows = fit_model().check_rows
    try:
        parts = load_parts(with_schema(content, schema))
        check_model(parts, metadata, Check(rows.tolist(), [[0.0] * 3] * len(rows)))
    except ModelError:
        return
    pytest.fail("a model that answers nothing as stored was accepted")
