import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from src.errors import ConfigError, ModelError, ModelNotFound, UntrustedModel
from src.models.artifact import save_model
from src.models.comparing.comparer import load_comparer
from src.models.predict_model import predict, predict_many
from src.models.registry import (
    choose_models,
    find_models,
    keep_model,
    load_model,
    use_model,
)
from src.models.shelves import IN_USE_FILE, SHIPPED_MODELS
from src.tasks import SAME_ARTIST
from tests.models.fitted_models import fit_model, paint
from tests.models.model_folders import edit_json


def test_a_named_model_is_loaded_once_and_after_training_again(models_dir: Path) -> None:
    save_model(fit_model(), models_dir / "color")
    save_model(fit_model("random_forest"), models_dir / "shape")
    first = load_model()
    assert load_model("color") is load_model() is first
    assert load_model("shape").metadata.family == "random_forest"
    assert load_model("shape") is load_model("shape")
    picture = paint("RED", np.random.default_rng(0))
    assert predict(picture, order="bgr").label == "RED"
    assert [found.source for found in predict_many([picture], order="bgr")] == ["<array>"]
    save_model(fit_model("svm"), models_dir / "color")
    assert load_model().metadata.family == "svm"


def test_without_a_trained_model_the_shipped_one_is_used(models_dir: Path, shipped: Path) -> None:
    save_model(fit_model("svm"), shipped / "color")
    assert load_model().metadata.family == "svm"
    save_model(fit_model(), models_dir / "color")
    assert load_model().metadata.family == "logistic_regression"


def test_no_model_at_all_says_what_to_do(models_dir: Path, shipped: Path) -> None:
    for call in (load_model, lambda: predict(b""), lambda: predict_many([])):
        with pytest.raises(ModelNotFound, match=r"no model .*artlens train.*ARTLENS_MODELS_DIR"):
            call()


def test_an_unknown_name_is_answered_with_those_that_are_there(
    models_dir: Path, shipped: Path
) -> None:
    save_model(fit_model(), models_dir / "shape")
    save_model(fit_model(), shipped / "color")
    with pytest.raises(ModelNotFound, match=r"'tone' \(.*there are: shape, color\).*--name tone"):
        load_model("tone")
    with pytest.raises(ModelNotFound, match="artlens train --task tone"):
        load_model(task="tone")


def test_models_are_named_once_and_answer_different_tasks(models_dir: Path) -> None:
    model = fit_model("svm")
    for name in ("color", "newer"):
        save_model(model, models_dir / name)
    (one,) = choose_models(["newer", "newer"], None)
    assert repr(one) == f"Classifier(task='color', classes={len(one.classes)})"
    assert one is load_model("newer")
    with pytest.raises(ConfigError, match="color and newer both answer the task color"):
        choose_models(["color", "newer"], None)
    with pytest.raises(ConfigError, match="the task newer and the model .* both name a model"):
        choose_models(["newer"], "color")


def test_a_path_is_a_folder_though_a_model_has_its_name(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(fit_model(), models_dir / "color")
    save_model(fit_model("svm"), tmp_path / "color")
    save_model(fit_model("svm"), tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    families = [load_model(asked).metadata.family for asked in (Path("color"), "./color", "mine")]
    assert families == ["svm"] * 3
    assert load_model("color").metadata.family == "logistic_regression"
    with pytest.raises(ModelNotFound, match="no model folder"):
        load_model(tmp_path / "nowhere")


def test_a_joblib_file_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_model(fit_model(), tmp_path)
    monkeypatch.setattr("joblib.load", lambda file: pytest.fail("it was read"))
    with pytest.raises(UntrustedModel, match=rf"can run any code.*give its folder \({tmp_path}\)"):
        load_model(tmp_path / "classifier.joblib")
    (tmp_path / "model.skops").unlink()
    with pytest.raises(ModelNotFound, match=r"without model\.skops"):
        load_model(tmp_path)


def test_models_are_found_in_the_project_and_the_package(models_dir: Path, shipped: Path) -> None:
    assert find_models() == []
    save_model(fit_model("svm"), shipped / "color")
    save_model(fit_model(), models_dir / "shape")
    save_model(fit_model(), models_dir / "color")
    (models_dir / "notes").mkdir()
    save_model(fit_model(), models_dir / "old")
    edit_json(models_dir / "old", lambda fields: fields.update(format_version=1))
    faults: list[ModelError] = []
    found = find_models(faults.append)
    folders = [models_dir / "color", shipped / "color", models_dir / "shape"]
    assert [model.folder for model in found] == folders
    assert [model.name for model in found] == ["color", "color", "shape"]
    assert [model.metadata.family for model in found] == [
        "logistic_regression",
        "svm",
        "logistic_regression",
    ]
    assert all(datetime.now(UTC) - model.made < timedelta(minutes=5) for model in found)
    (fault,) = faults
    assert str(fault).startswith(f"{models_dir / 'old'}: model.json has format version 1")
    assert "`artlens train --task color`" in str(fault)


def test_training_changes_what_answers_only_where_nothing_did(
    models_dir: Path, shipped: Path
) -> None:
    first, said = keep_model(fit_model())
    assert (first, said) == (models_dir / "color", "color answers color from now on")
    second, said = keep_model(fit_model("svm"))
    assert second == models_dir / "color-2"
    assert said == (
        "color is still answered by color: ask the new one with --model color-2, or let it answer "
        "from now on with `artlens models use color-2`"
    )
    assert load_model().name == "color"
    assert use_model("color-2").folder == second
    assert load_model().metadata.family == load_model(task="color").metadata.family == "svm"
    assert load_model("color").metadata.family == "logistic_regression"
    third, said = keep_model(fit_model(), "newest", use=True)
    assert (third.name, load_model().name) == ("newest", "newest")
    assert "color-2 is kept, and `artlens models use color-2` goes back to it" in said
    assert {found.name for found in find_models()} == {"color", "color-2", "newest"}


def test_a_shipped_model_is_neither_replaced_nor_hidden(models_dir: Path, shipped: Path) -> None:
    save_model(fit_model("svm"), shipped / "color")
    before = {path.name: path.read_bytes() for path in (shipped / "color").iterdir()}
    folder, said = keep_model(fit_model())
    assert folder == models_dir / "color-2"
    assert said.startswith("color is still answered by the shipped model color: ")
    with pytest.raises(ConfigError, match="color is a shipped model, which is never replaced"):
        keep_model(fit_model(), "color", replace=True)
    assert load_model().shipped
    assert not load_model("color-2").shipped
    assert {path.name: path.read_bytes() for path in (shipped / "color").iterdir()} == before


def test_a_name_is_replaced_only_if_that_is_asked_for(models_dir: Path, shipped: Path) -> None:
    keep_model(fit_model(), "mine")
    assert load_model().name == "mine"
    with pytest.raises(ConfigError, match=r"a model called mine \(.*--replace"):
        keep_model(fit_model("svm"), "mine")
    assert load_model("mine").metadata.family == "logistic_regression"
    _, said = keep_model(fit_model("svm"), "mine", replace=True)
    assert (load_model("mine").metadata.family, said) == ("svm", "mine answers color from now on")
    for name in ("", ".mine", "a/b", "..", "x" * 65):
        with pytest.raises(ConfigError, match="no name for a model"):
            keep_model(fit_model(), name)


def test_a_model_that_was_chosen_and_is_gone_is_missed(models_dir: Path, shipped: Path) -> None:
    for name in ("mine", "other"):
        keep_model(fit_model(), name)
    use_model("other")
    shutil.rmtree(models_dir / "other")
    with pytest.raises(ModelNotFound, match=r"'other', which was to answer color, is gone.*mine"):
        load_model()
    _, said = keep_model(fit_model())
    assert said == "color answers color from now on"
    assert load_model().name == "color"


def test_of_several_models_of_other_names_one_is_to_be_chosen(
    models_dir: Path, shipped: Path
) -> None:
    save_model(fit_model(), models_dir / "one")
    assert load_model(task="color").name == "one"
    save_model(fit_model(), models_dir / "two")
    with pytest.raises(ModelNotFound, match=r"several models answer color \(one, two\)"):
        load_model(task="color")
    keep_model(fit_model("svm"), "two", replace=True)
    assert load_model().name == "two"
    keep_model(fit_model())
    assert load_model().name == "two"
    for name in ("three", "colour", str(models_dir / "one"), "../models/one", ".", ".."):
        with pytest.raises(ModelNotFound, match="no model"):
            use_model(name)


@pytest.mark.parametrize("content", ["{", "[]", '{"color": 1}', "\xff"])
def test_a_spoilt_note_of_the_models_in_use_is_told(
    models_dir: Path, shipped: Path, content: str
) -> None:
    save_model(fit_model(), models_dir / "color")
    (models_dir / IN_USE_FILE).write_text(content, "latin-1")
    with pytest.raises(ConfigError, match=f"{IN_USE_FILE} does not say which models are in use"):
        load_model()
    assert load_model("color").name == "color"


def test_the_shipped_models_are_those_of_the_checkout() -> None:
    for name in set(SHIPPED_MODELS) - {SAME_ARTIST.name}:
        model = load_model(name)
        assert (model.shipped, model.cautions) == (True, ())
    assert load_comparer().name == SAME_ARTIST.name
    assert load_model("color").introduce().startswith("color: a shipped model, neural_network, ")


def test_a_folder_that_holds_other_files_is_left_alone(models_dir: Path, shipped: Path) -> None:
    (models_dir / "color").mkdir(parents=True)
    (models_dir / "color" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="holds other files, which would be lost"):
        keep_model(fit_model(), "color", replace=True)
    folder, _ = keep_model(fit_model())
    assert folder == models_dir / "color-2"
    assert (models_dir / "color" / "notes.txt").read_text() == "mine"
