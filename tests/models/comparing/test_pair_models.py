"""Models that compare: trained, kept, found by name, and refused where they cannot be believed."""

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from src.cli import app
from src.config import settings
from src.errors import DataError, ModelMismatch, ModelNotFound, UntrustedModel
from src.features.backbones import embedding_spec, find_backbone
from src.features.extract_features import FEATURES_V1
from src.models.artifact import save_model
from src.models.comparing.comparer import Comparer, load_comparer
from src.models.comparing.fit_same_artist import fit_same_artist
from src.models.registry import find_answering, load_model, use_model
from src.models.training.plan import SearchPlan
from src.models.training.table import TrainingTable
from src.tasks import SAME_ARTIST
from tests.models.comparing.hands import fit_hands, hang_works
from tests.models.embedding_models import add_tiny


def test_a_kept_model_is_found_by_name_and_by_folder(kept: Path) -> None:
    assert load_comparer("mine") is load_comparer(kept)
    assert load_comparer("mine").tag.task == "same_artist"


def test_a_chosen_model_answers(kept: Path, shipped: Path) -> None:
    use_model("mine")
    assert find_answering("same_artist") == kept
    assert load_comparer().name == "mine"


def test_it_is_listed_with_its_accuracy(kept: Path) -> None:
    listed = json.loads(CliRunner().invoke(app, ["models", "--format", "json"]).stdout)
    (found,) = [model for model in listed if model["model"] == "mine"]
    assert found["classes"] == ["different", "same"]
    assert found["accuracy"] > 0.5


def test_the_same_table_gives_the_same_files(kept: Path, tmp_path: Path) -> None:
    save_model(fit_hands(find_backbone("tiny")), tmp_path / "again")
    for path in kept.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_card_tells_verdicts_and_whom_it_was_judged_by(kept: Path) -> None:
    card = (kept / "README.md").read_text()
    for told in ("14 artists", "made-up artists", "**unsure**", "artists never seen"):
        assert told in card


def test_a_model_that_compares_names_no_class_and_the_other_way_round(kept: Path) -> None:
    with pytest.raises(ModelMismatch, match="artlens compare A B"):
        load_model("mine")
    with pytest.raises(ModelMismatch, match="answers color for a single picture"):
        load_comparer("color")


def test_what_is_not_there_is_said(own_networks: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="no model 'nobody'"):
        load_comparer("nobody")
    with pytest.raises(ModelNotFound, match="no model folder"):
        load_comparer(tmp_path / "nowhere" / "model")


@pytest.mark.parametrize("name", ["space.npz", "works.npz"])
def test_a_file_that_was_changed_is_not_believed(kept: Path, name: str) -> None:
    content = bytearray((kept / name).read_bytes())
    content[-200] ^= 1
    (kept / name).write_bytes(content)
    with pytest.raises(UntrustedModel, match=f"{name} is not the file"):
        load_comparer(kept)


def test_a_missing_file_is_named(kept: Path) -> None:
    (kept / "works.npz").unlink()
    with pytest.raises(ModelNotFound, match="works.npz"):
        load_comparer(kept)


def test_arrays_that_could_run_code_are_refused(kept: Path) -> None:
    bomb = BytesIO()
    np.savez(bomb, mean=np.array([print], object))
    (kept / "space.npz").write_bytes(bomb.getvalue())
    told = json.loads((kept / "model.json").read_text())
    told["sha256"]["space.npz"] = sha256(bomb.getvalue()).hexdigest()
    (kept / "model.json").write_text(json.dumps(told))
    with pytest.raises(UntrustedModel, match="cannot be read"):
        load_comparer(kept)


def test_a_model_that_compares_otherwise_here_is_refused(kept: Path) -> None:
    told = json.loads((kept / "model.json").read_text())
    told["check"]["scores"][0] = [0.5, 0.5]
    (kept / "model.json").write_text(json.dumps(told))
    with pytest.raises(ModelMismatch, match="compares differently here"):
        load_comparer(kept)


def test_a_model_without_its_network_is_refused(kept: Path, own_networks: Path) -> None:
    (own_networks / "tiny.onnx").unlink()
    with pytest.raises(ModelNotFound, match="backbone add"):
        load_comparer(kept)


def test_too_few_artists_are_refused(own_networks: Path, tmp_path: Path) -> None:
    spec = embedding_spec(add_tiny(tmp_path))
    table = pd.DataFrame(np.random.default_rng(0).random((9, 8)), columns=list(spec.names))
    table = table.assign(
        filename=[f"{k}.png" for k in range(9)], artist=["a"] * 4 + ["b"] * 4 + [""]
    )
    data = TrainingTable(table, "few", "0" * 64)
    with pytest.raises(DataError, match=r"too few artists to learn from \(2 in column 'artist'"):
        fit_same_artist(data, spec, SAME_ARTIST, SearchPlan(), lambda _: None)


def test_colours_do_not_tell_hands() -> None:
    data = TrainingTable(pd.DataFrame(), "none", "0" * 64)
    with pytest.raises(DataError, match="leave --features out"):
        fit_same_artist(data, FEATURES_V1, SAME_ARTIST, SearchPlan(), lambda _: None)


def test_the_command_trains_from_a_folder_per_artist(
    own_networks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    add_tiny(tmp_path)
    for path in map(Path, hang_works(tmp_path / "all", artists=6, each=6)):
        home = tmp_path / "hands" / f"painter {path.name[0]}"
        home.mkdir(parents=True, exist_ok=True)
        path.rename(home / path.name)
    asked = ["train", str(tmp_path / "hands"), "--task", "same_artist", "--backbone", "tiny"]
    found = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "model"), "--jobs", "1"])
    assert found.exit_code == 0, found.output
    assert "artists never seen" in found.stdout
    model: Comparer = load_comparer(tmp_path / "model")
    assert model.metadata.parameters["artists"] == 6
