"""Which networks there are, and what is wrong with one that cannot be used."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from src.config import settings
from src.errors import ConfigError, ModelMismatch, ModelNotFound, UntrustedModel
from src.features import backbones
from src.features.backbones import (
    SHIPPED,
    Backbone,
    Output,
    backbone_of,
    embedding_spec,
    find_backbone,
    list_backbones,
    read_network,
)
from src.features.new_backbone import Wish, add_backbone, render_note
from src.files import file_sha256
from tests.features.reference_rows import shipped
from tests.features.tiny_networks import write_network


@pytest.fixture
def tiny(own_networks: Path, tmp_path: Path) -> Backbone:
    return add_backbone(write_network(tmp_path / "tiny.onnx"), Wish())


@pytest.mark.parametrize("network", shipped(), ids=lambda network: network.name)
def test_a_shipped_network_is_the_one_that_its_note_describes(network: Backbone) -> None:
    assert (network.width, network.input_size) == (4128, 224)
    assert [output.channels for output in network.outputs] == [16, 24, 40, 80, 112, 192, 320, 1280]
    assert file_sha256(network.path) == network.sha256
    assert find_backbone(network.name) == network
    assert network.license == "Apache-2.0"
    assert "Apache License" in (SHIPPED / "LICENSE-Apache-2.0.txt").read_text()
    assert f"`{network.path.name}`" in (SHIPPED / "README.md").read_text()


def test_a_spec_names_every_number_once_and_the_network_by_its_sum() -> None:
    spec = embedding_spec(find_backbone())
    assert len(set(spec.names)) == len(spec.names) == 4128
    assert (spec.names[0], spec.names[16], spec.names[-1]) == (
        "stage1_mean_0",
        "stage1_std_0",
        "head_std_1279",
    )
    assert spec.network == f"{find_backbone().name} {find_backbone().sha256}"
    assert backbone_of(spec) == find_backbone()


def test_an_output_without_a_map_gives_one_number_for_each_channel() -> None:
    assert list(Output("row", 2, pooled=False).names) == ["row_value_0", "row_value_1"]


def test_the_middle_of_a_row_is_the_middle_half_of_the_outputs(tiny: Backbone) -> None:
    names = embedding_spec(find_backbone()).names
    stages = [{name.split("_")[0] for name in names[place]} for place in find_backbone().middle]
    assert stages == [{"stage3"}, {"stage4"}, {"stage5"}, {"stage6"}]
    assert tiny.middle == [slice(0, tiny.width)]


def test_networks_are_found_by_name_shipped_ones_first(tiny: Backbone) -> None:
    assert list_backbones() == [*shipped(), tiny]
    assert find_backbone("tiny") == tiny
    assert read_network(tiny) == tiny.path.read_bytes()
    assert json.loads(render_note(tiny)) == json.loads(tiny.path.with_suffix(".json").read_text())


@pytest.mark.usefixtures("own_networks")
def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match=r"'lite9'; there are .*lite0.*artlens backbone add"):
        find_backbone("lite9")


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"outputs": 3}'])
def test_a_spoilt_note_is_told_and_hides_no_other_network(tiny: Backbone, note: str) -> None:
    tiny.path.with_suffix(".json").write_text(note)
    told = list[Exception]()
    assert "lite0-art" in [backbone.name for backbone in list_backbones(told.append)]
    assert [type(error) for error in told] == [UntrustedModel]
    with pytest.raises(UntrustedModel, match=r"tiny\.json cannot be read"):
        find_backbone("tiny")


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (lambda path: path.unlink(), ModelNotFound, "lacks its file"),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), UntrustedModel, "expected"),
        (lambda path: path.write_bytes(b""), UntrustedModel, "is not the file of the network tiny"),
    ],
    ids=["missing", "altered", "empty"],
)
def test_a_file_that_is_not_the_one_noted_is_refused(
    tiny: Backbone, spoil: Callable[[Path], object], kind: type[Exception], words: str
) -> None:
    spoil(tiny.path)
    with pytest.raises(kind, match=words):
        read_network(tiny)


def test_a_model_needs_the_network_that_measured_for_it(tiny: Backbone, tmp_path: Path) -> None:
    spec = embedding_spec(tiny)
    assert backbone_of(spec) == tiny
    gone = replace(spec, network=f"gone {'0' * 64}")
    with pytest.raises(ModelNotFound, match=r"gone, sha256 000000000000.*artlens backbone add"):
        backbone_of(gone)
    other = replace(spec, network=f"tiny {'0' * 64}")
    with pytest.raises(ModelMismatch, match=f"{tiny.sha256[:12]}, expected 000000000000"):
        backbone_of(other)
    with pytest.raises(ModelMismatch, match="measured in another way"):
        backbone_of(replace(spec, names=spec.names[:-1]))


def test_which_pictures_a_network_saw_stands_beside_it(tiny: Backbone) -> None:
    seen, other = "ab12" * 16, "cd34" * 16
    assert tiny.has_seen([seen, other]) == [False, False]
    tiny.path.with_suffix(".seen").write_text(f"{seen[:16]}\n")
    assert tiny.has_seen([seen, other]) == [True, False]


def test_the_folder_of_own_networks_is_that_of_the_models(own_networks: Path) -> None:
    assert backbones.own_folder() == own_networks == settings().models_dir / "backbones"
    shutil.rmtree(own_networks, ignore_errors=True)
    assert {backbone.path.parent for backbone in list_backbones()} == {SHIPPED}
