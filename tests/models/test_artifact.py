import pickle
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from src.errors import ConfigError, ModelError, ModelMismatch, ModelNotFound, UntrustedModel
from src.models.artifact import (
    LoadedModel,
    export_joblib,
    load_model_folder,
    load_parts,
    save_model,
)
from src.models.storage.metadata import ModelFile, parse_model_json
from src.models.storage.model_checks import fitted_parts
from src.models.storage.skops_format import dump_estimator, load_estimator
from tests.models.fitted_models import CLASSIFIERS, fit_model, make_rows, soil_tree_padding
from tests.models.model_folders import edit_json, sign, zip_members


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_model(fit_model(), tmp_path / "color")
    return tmp_path / "color"


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("classes", [("BLACK", "RED", "PINK"), ("RED", "BLACK")])
@pytest.mark.parametrize("family", CLASSIFIERS)
def test_every_family_comes_back_the_same(
    family: str, classes: tuple[str, ...], tmp_path: Path
) -> None:
    model = fit_model(family, "sigmoid", classes)
    save_model(model, tmp_path)
    loaded = load_model_folder(tmp_path)
    rows, _ = make_rows(classes)
    assert loaded.metadata == model.metadata
    np.testing.assert_array_equal(
        loaded.estimator.predict_proba(rows), model.estimator.predict_proba(rows)
    )


def test_an_estimator_that_is_made_later_has_to_be_sound_too() -> None:
    model, estimator = fit_model("svm"), deepcopy(fit_model("svm").estimator)
    sound = dump_estimator(estimator)
    fitted_parts(estimator)[1].support_ = np.arange(3)
    later = LoadedModel(load_parts(sound), model.metadata, content=dump_estimator(estimator))
    assert later.scorer(model.check_rows).shape == (len(model.check_rows), 3)
    with pytest.raises(UntrustedModel, match="support indices do not fit"):
        later.estimator  # noqa: B018


def test_a_folder_holds_the_model_its_card_and_copies_for_others(folder: Path) -> None:
    rows, _ = make_rows(("BLACK", "RED", "PINK"))
    estimator = fit_model().estimator
    assert {path.name for path in folder.iterdir()} == {
        "model.skops",
        "model.json",
        "README.md",
        "classifier.joblib",
        "scaler.joblib",
    }
    copy, scaler = joblib.load(folder / "classifier.joblib"), joblib.load(folder / "scaler.joblib")
    np.testing.assert_array_equal(copy.predict(rows), estimator.predict(rows))
    np.testing.assert_allclose(scaler.transform(rows).std(axis=0), 1)
    assert "logistic_regression" in (folder / "README.md").read_text()


@pytest.mark.parametrize("family", CLASSIFIERS)
def test_the_same_model_gives_the_same_bytes(family: str, tmp_path: Path) -> None:
    model = fit_model(family)
    # Another process has its objects at other addresses, and other bytes between their fields.
    elsewhere = replace(model, estimator=pickle.loads(pickle.dumps(model.estimator)))
    soil_tree_padding(fitted_parts(elsewhere.estimator)[1])
    save_model(model, tmp_path / "one")
    save_model(elsewhere, tmp_path / "two")
    assert read(tmp_path / "one") == read(tmp_path / "two")


def test_a_model_that_could_not_be_loaded_again_is_not_saved(folder: Path) -> None:
    before = read(folder)
    rows, labels = make_rows(("BLACK", "RED", "PINK"))
    stranger = KNeighborsClassifier().fit(rows, labels)
    running = deepcopy(fit_model().estimator)
    running.note = (number for number in range(3))
    with pytest.raises(UntrustedModel, match="KNeighborsClassifier"):
        save_model(replace(fit_model(), estimator=stranger), folder)
    with pytest.raises(ModelError, match="cannot be saved"):
        save_model(replace(fit_model(), estimator=running), folder)
    metadata = replace(fit_model().metadata, parameters={"C": float("nan")})
    with pytest.raises(ModelError, match="cannot be written as JSON"):
        save_model(replace(fit_model(), metadata=metadata), folder)
    assert read(folder) == before


def test_numpy_numbers_among_parameters_become_plain(tmp_path: Path) -> None:
    metadata = replace(fit_model().metadata, parameters={"C": np.float64(3), "k": np.arange(2)})
    save_model(replace(fit_model(), metadata=metadata), tmp_path)
    assert load_model_folder(tmp_path).metadata.parameters == {"C": 3, "k": [0, 1]}


def test_somebodys_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"thesis\.txt"):
        save_model(fit_model(), tmp_path)


def test_missing_folders_and_files_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"no model folder .*nowhere"):
        load_model_folder(tmp_path / "nowhere")
    for name in ("model.skops", "model.json"):
        (folder / name).unlink()
        with pytest.raises(ModelNotFound, match=name):
            load_model_folder(folder)


def test_a_replacement_stopped_halfway_is_survived(folder: Path) -> None:
    folder.rename(folder.with_name(".color.old"))
    assert load_model_folder(folder).metadata == fit_model().metadata


def test_a_folder_replaced_between_two_reads_is_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse_slowly(content: bytes) -> ModelFile:
        save_model(fit_model("neural_network"), folder)
        return parse_model_json(content)

    monkeypatch.setattr("src.models.artifact.parse_model_json", parse_slowly)
    assert load_model_folder(folder).metadata.family == "neural_network"


SPOIL: dict[str, Callable[[bytes], bytes]] = {
    "a byte short": lambda content: content[:-1],
    "half": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "a byte changed": lambda content: content[:100] + b"?" + content[101:],
    "foreign": lambda content: zip_members({"schema.json": b"{}"}),
}


@pytest.mark.parametrize("how", SPOIL)
def test_a_changed_file_is_refused_by_its_sum(folder: Path, how: str) -> None:
    path = folder / "model.skops"
    path.write_bytes(SPOIL[how](path.read_bytes()))
    with pytest.raises(UntrustedModel, match=r"not the file that model\.json describes"):
        load_model_folder(folder)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "cannot be read", id="empty"),
        pytest.param(b"{", "cannot be read", id="half"),
        pytest.param(b"[]", "cannot be read", id="list"),
        pytest.param(b"\xff\xfe", "cannot be read", id="not text"),
        pytest.param(b"[" * 100_000, "cannot be read", id="deep"),
        pytest.param(b'{"format_version": 2}', "Field required", id="lacking"),
        pytest.param(b" " * (1 << 23) + b"{}", "too large", id="large"),
    ],
)
def test_a_model_json_that_cannot_be_read_is_refused(
    folder: Path, content: bytes, reason: str
) -> None:
    (folder / "model.json").write_bytes(content)
    with pytest.raises(UntrustedModel, match=reason):
        load_model_folder(folder)


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "training_rows: ": lambda fields: fields.update(training_rows="many"),
    "classes: ": lambda fields: fields.update(classes="RED"),
    "leaderboard: ": lambda fields: fields.pop("leaderboard"),
    "not the file": lambda fields: fields["sha256"].clear(),
    "stored rows do not fit": lambda fields: fields["check"].update(features=[], scores=[]),
    "does not work here": lambda fields: fields["check"]["scores"][0].pop(),
}


@pytest.mark.parametrize("reason", EDITS)
def test_a_model_json_that_does_not_fit_is_refused(folder: Path, reason: str) -> None:
    edit_json(folder, EDITS[reason])
    with pytest.raises(ModelError, match=reason):
        load_model_folder(folder)


def test_another_format_version_is_a_mismatch(folder: Path) -> None:
    edit_json(folder, lambda fields: fields.update(format_version=1))
    with pytest.raises(
        ModelMismatch, match=r"^/.*: model.json has format version 1, and 2 is what is read"
    ):
        load_model_folder(folder)


def test_a_model_for_other_features_is_a_mismatch(folder: Path) -> None:
    edit_json(folder, lambda fields: fields["feature_spec"].update(working_size=64))
    with pytest.raises(
        ModelMismatch, match=r"working_size=64.*expected.*working_size=218.*retrain"
    ):
        load_model_folder(folder)


def test_other_classes_than_the_estimators_are_a_mismatch(folder: Path) -> None:
    edit_json(folder, lambda fields: fields.update(classes=["BLACK", "RED", "TEAL"]))
    with pytest.raises(ModelMismatch, match=r"BLACK, PINK, RED; expected BLACK, RED, TEAL"):
        load_model_folder(folder)


def test_other_versions_are_accepted_while_the_answers_are_the_same(folder: Path) -> None:
    edit_json(folder, lambda fields: fields["library_versions"].update(numpy="1.0"))
    assert load_model_folder(folder).metadata.library_versions["numpy"] == "1.0"


@pytest.mark.parametrize("off", [2e-6, 0.5, float("nan")])
def test_other_answers_are_a_mismatch_that_names_both_versions(folder: Path, off: float) -> None:
    def shift(fields: dict[str, Any]) -> None:
        fields["check"]["scores"][1][0] += off
        fields["library_versions"]["numpy"] = "1.0"

    edit_json(folder, shift)
    with pytest.raises(ModelMismatch, match=r"row 1 .*numpy 1\.0 \(installed: \d.*retrain"):
        load_model_folder(folder)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spoilt")
    save_model(fit_model(), folder)
    return folder


@given(st.data())
def test_whatever_the_bytes_are_it_loads_or_says_why_not(spoilt: Path, data: st.DataObject) -> None:
    folder, content = spoilt, bytearray(dump_estimator(fit_model().estimator))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    sign(folder, "model.skops", bytes(content))
    try:
        loaded = load_model_folder(folder)
    except ModelError:
        return
    assert loaded.metadata == fit_model().metadata


def test_a_file_that_skops_wrote_itself_is_read_alike(folder: Path) -> None:
    sign(folder, "model.skops", skops.io.dumps(fit_model().estimator))
    assert load_model_folder(folder).metadata == fit_model().metadata


def test_a_pipeline_and_its_scaler_come_back_the_same() -> None:
    estimator, rows = fit_model().estimator, make_rows(("BLACK", "RED", "PINK"))[0]
    pipeline, scaler = (joblib.load(BytesIO(content)) for content in export_joblib(estimator))
    np.testing.assert_array_equal(pipeline.predict_proba(rows), estimator.predict_proba(rows))
    np.testing.assert_allclose(scaler.transform(rows).std(axis=0), 1)


@pytest.mark.parametrize("family", ["random_forest", "gradient_boosting"])
def test_what_was_in_memory_between_the_fields_of_trees_is_not_exported(family: str) -> None:
    estimator = deepcopy(fit_model(family).estimator)
    exported = export_joblib(estimator)
    soil_tree_padding(fitted_parts(estimator)[1])
    soiled = BytesIO()
    joblib.dump(estimator, soiled)
    assert soiled.getvalue() != exported[0]
    assert export_joblib(estimator) == exported


@pytest.mark.parametrize("family", CLASSIFIERS)
def test_what_was_loaded_before_has_no_say_in_what_is_exported(family: str) -> None:
    code = (
        "import sys, hashlib; from src.models.artifact import export_joblib;"
        "from src.models.storage.skops_format import load_estimator;"
        "content = sys.stdin.buffer.read();"
        "copies = [export_joblib(load_estimator(content))[0] for _ in 'ab'];"
        "print(*(hashlib.sha256(copy).hexdigest() for copy in copies))"
    )
    content = dump_estimator(fit_model(family).estimator)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    here = sha256(export_joblib(load_estimator(content))[0]).hexdigest()
    assert done.stdout.decode().split() == [here, here]
