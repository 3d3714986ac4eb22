"""A network of one's own: what is taken, what is refused, what is said of it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from src.cli import main
from src.errors import ArtlensError, ConfigError
from src.features import manage_backbones, new_backbone
from src.features.backbones import Backbone, Output, embedding_spec, find_backbone, list_backbones
from src.features.new_backbone import Wish, add_backbone
from src.features.specs import extract
from src.files import file_sha256
from tests.features.tiny_networks import CHANNELS, FLOAT, SIDE, save, write_network

pytestmark = pytest.mark.usefixtures("own_networks")
PICTURE = np.random.default_rng(4).integers(0, 256, (50, 70, 3), np.uint8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tiny.onnx"


def node(kind: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, ["map"], ["row"], **attributes)


@pytest.mark.parametrize(
    ("pooled", "width", "first"), [(False, 8, "map_mean_0"), (True, 4, "row_value_0")]
)
def test_maps_are_pooled_and_vectors_taken_as_they_are(
    file: Path, pooled: bool, width: int, first: str
) -> None:
    found = add_backbone(write_network(file, pooled=pooled), Wish())
    assert (found.name, found.input_size, found.width) == ("tiny", SIDE, width)
    spec = embedding_spec(find_backbone("tiny"))
    assert spec.names[0] == first
    row = extract(PICTURE, spec)
    assert row.shape == (width,)
    # The mean of the map is what the other network gives itself.
    other = add_backbone(write_network(file, pooled=not pooled), Wish(name="other"))
    means = extract(PICTURE, embedding_spec(other))[:CHANNELS]
    np.testing.assert_allclose(row[:CHANNELS], means, atol=2e-3)


def test_what_is_said_of_it_is_noted_and_used(file: Path, own_networks: Path) -> None:
    wish = Wish("my.net-2", None, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0), "MIT", "my own")
    found = add_backbone(write_network(file), wish)
    assert found == find_backbone("my.net-2") == list_backbones()[-1]
    assert found.path == own_networks / "my.net-2.onnx"
    assert found.path.read_bytes() == file.read_bytes()
    assert found.sha256 == file_sha256(file)
    assert (found.mean, found.scale) == (wish.mean, wish.scale)
    assert (found.license, found.source) == ("MIT", "my own")
    plain = add_backbone(file, Wish("plain"))
    mine, other = (extract(PICTURE, embedding_spec(each)) for each in (found, plain))
    assert not np.allclose(mine, other)


def test_several_outputs_stand_one_after_the_other(file: Path) -> None:
    weights = numpy_helper.from_array(np.ones((2, 3, 1, 1), np.float32), "weights")
    nodes = [
        helper.make_node("Conv", ["pixels", "weights"], ["/block.1"]),
        helper.make_node("ReduceMax", ["/block.1"], ["top"], axes=[2, 3], keepdims=0),
    ]
    outputs = [helper.make_tensor_value_info(name, FLOAT, None) for name in ("/block.1", "top")]
    pixels = helper.make_tensor_value_info("pixels", FLOAT, (1, 3, SIDE, SIDE))
    save(helper.make_graph(nodes, "two", [pixels], outputs, [weights]), file)
    found = add_backbone(file, Wish())
    assert found.outputs == (Output("output0", 2), Output("top", 2, pooled=False))


def test_tokens_are_pooled_over_the_tokens(file: Path) -> None:
    means = helper.make_node("ReduceMean", ["map"], ["rows"], axes=[3], keepdims=0)
    tokens = helper.make_node("Transpose", ["rows"], ["row"], perm=[0, 2, 1])
    found = add_backbone(write_network(file, after=[means, tokens]), Wish())
    assert found.outputs == (Output("row", CHANNELS),)
    row = extract(PICTURE, embedding_spec(found))
    # The mean over lines of what is the mean of each is that of the map.
    mean, std = extract(PICTURE, embedding_spec(_of_maps(file))).reshape(2, -1)
    np.testing.assert_allclose(row[:CHANNELS], mean, atol=2e-3)
    assert (row[CHANNELS:] > 0).all()
    assert (row[CHANNELS:] < std).all()


def _of_maps(file: Path) -> Backbone:
    return add_backbone(write_network(file), Wish(name="maps"))


def test_a_size_that_is_left_open_has_to_be_said(file: Path) -> None:
    write_network(file, shape=("n", 3, "height", "width"))
    with pytest.raises(ConfigError, match="say with --input-size"):
        add_backbone(file, Wish())
    assert add_backbone(file, Wish(input_size=48)).input_size == 48
    with pytest.raises(ConfigError, match=r"no size for pictures \(5 pixels\); from 16 to 1024"):
        add_backbone(file, Wish(name="b", input_size=5))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": (8, 3, SIDE, SIDE)}, "something else than pictures"),
        ({"shape": ("n", 3, 40, 32)}, "takes no squares"),
        (
            {"after": [node("Cast", to=TensorProto.DOUBLE)], "out_type": TensorProto.DOUBLE},
            "float64",
        ),
        ({"after": [node("ReduceMean", axes=[1, 2, 3], keepdims=0)]}, r"of shape \(1,\)"),
        ({"after": [node("Log")]}, "no finite numbers; check --mean and --scale"),
        ({"after": [node("RandomNormalLike")]}, "other numbers when asked again"),
        ({"after": [node("Shape")], "out_type": TensorProto.INT64}, "int64"),
        (
            {"after": [helper.make_node("Sub", ["map", "map"], ["row"])]},
            "the same for different pictures",
        ),
        ({"after": [node("Nonsense")]}, "no network that can be run here"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_of_no_use_is_refused_and_leaves_nothing(
    file: Path, own_networks: Path, options: dict[str, Any], words: str
) -> None:
    write_network(file, **options)
    with pytest.raises(ArtlensError, match=words):
        add_backbone(file, Wish())
    assert not own_networks.exists()


def test_planes_come_first_and_there_is_one_input(file: Path) -> None:
    pixels = helper.make_tensor_value_info("pixels", FLOAT, (1, SIDE, SIDE, 3))
    row = helper.make_tensor_value_info("row", FLOAT, None)
    same = helper.make_node("Identity", ["pixels"], ["row"])
    save(helper.make_graph([same], "last", [pixels], [row]), file)
    with pytest.raises(ConfigError, match=r"tensor\(float\) \[1, 32, 32, 3\]"):
        add_backbone(file, Wish())
    more = helper.make_tensor_value_info("more", FLOAT, (1, 3, SIDE, SIDE))
    both = helper.make_node("Add", ["pixels", "more"], ["row"])
    pixels = helper.make_tensor_value_info("pixels", FLOAT, (1, 3, SIDE, SIDE))
    save(helper.make_graph([both], "two", [pixels, more], [row]), file)
    with pytest.raises(ConfigError, match="expected one input"):
        add_backbone(file, Wish())


def test_weights_in_another_file_are_refused(file: Path) -> None:
    model = onnx.load(write_network(file))
    onnx.save(model, file, save_as_external_data=True, location="weights.bin", size_threshold=0)
    with pytest.raises(ConfigError, match="keeps weights in another file"):
        add_backbone(file, Wish())


@pytest.mark.parametrize(
    ("limit", "words"),
    [("MAX_BYTES", r"too large \(0 MB, and 0 MB"), ("MAX_WIDTH", "gives 8 numbers.*1 to 5 ")],
)
def test_what_is_too_large_is_refused(
    file: Path, limit: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_backbone, limit, 5)
    with pytest.raises(ConfigError, match=words):
        add_backbone(write_network(file), Wish())


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a b", "x" * 65, "lite0-art"])
def test_names_that_cannot_be_are_refused(file: Path, name: str) -> None:
    if not name:
        file = file.with_name("-.onnx")
    with pytest.raises(ConfigError, match=r"no name for a network|shipped network.*--name"):
        add_backbone(write_network(file), Wish(name=name))


def test_no_network_is_replaced_by_another_of_its_name(file: Path) -> None:
    first = add_backbone(write_network(file), Wish())
    assert add_backbone(file, Wish()) == first
    with pytest.raises(ConfigError, match="another network called tiny.*give another --name"):
        add_backbone(file, Wish(mean=(0.0, 0.0, 0.0)))
    with pytest.raises(ConfigError, match="another network called tiny"):
        add_backbone(write_network(file, seed=1), Wish())
    assert find_backbone("tiny") == first


def test_a_lost_file_can_be_added_again(file: Path) -> None:
    first = add_backbone(write_network(file), Wish())
    first.path.unlink()
    assert add_backbone(file, Wish()) == first
    assert first.path.is_file()


def run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["artlens", "backbone", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_the_command_adds_and_lists(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_network(file)
    options = ["--mean", "1,2,3", "--scale", "4", "--license", "MIT", "--source", "me"]
    assert run(["add", str(file), "--name", "mine", *options], monkeypatch) == 0
    assert "mine gives 8 numbers for a picture, of 1 output" in capsys.readouterr().out
    assert run(["list"], monkeypatch) == 0
    head, *shipped, mine = capsys.readouterr().out.splitlines()
    assert head.split() == list(manage_backbones._HEAD[1:])
    assert {line.split()[-1] for line in shipped} == {"shipped"}
    (default,) = (line for line in shipped if line.startswith("*"))
    assert default.split()[1:6] == [find_backbone().name, "4128", "224", "6.7", "Apache-2.0"]
    own = find_backbone("mine")
    assert mine.split() == ["mine", "8", "32", "0.0", "MIT", own.sha256[:12], str(own.path)]
    assert run(["list", "--format", "json"], monkeypatch) == 0
    *_, fact = json.loads(capsys.readouterr().out)
    assert fact["source"] == "me"
    assert (fact["mean"], fact["scale"], fact["shipped"]) == ([1, 2, 3], [4, 4, 4], False)
    assert fact["sha256"] == own.sha256


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.with_suffix(".json").write_text("{"), "error: "),
    ],
    ids=["no file", "spoilt note"],
)
def test_the_list_tells_what_is_broken(
    file: Path,
    spoil: Callable[[Path], object],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(add_backbone(write_network(file), Wish()).path)
    assert run(["list"], monkeypatch) == 0
    said = capsys.readouterr()
    assert words in said.out + said.err
    assert "lite0-art" in said.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--mean", "1,2"], "neither a number nor three"),
        (["--mean", "nan"], "neither a number nor three"),
        (["--scale", "0"], "levels are divided by it"),
        (["--input-size", "33"], "the network takes 32 pixels, not 33"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    file: Path,
    options: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["add", str(write_network(file)), *options], monkeypatch) == 2
    assert words in capsys.readouterr().err


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "src.cli", "backbone", "add", str(tmp_path / "none.onnx")]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no such file (")
