from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from src.config import settings
from src.errors import ConfigError, ModelError, ModelMismatch, ModelNotFound, UntrustedModel
from src.models import classifier as classifier_module
from src.models.artifact import save_model
from src.models.classifier import choose_models, find_models, load_model
from src.models.predict_model import predict, predict_many
from tests.models.fitted_models import fit_model, make_rows, paint
from tests.models.model_folders import edit_json


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(tmp_path / "models"))
    settings.cache_clear()
    yield tmp_path / "models"
    settings.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand an empty folder in the place of the package and of the project."""
    monkeypatch.setattr(classifier_module, "files", lambda name: tmp_path / "package")
    monkeypatch.setattr(classifier_module, "project_root", lambda: tmp_path / "package")
    return tmp_path / "package"


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


def test_without_a_trained_model_the_shipped_one_is_used(models_dir: Path, package: Path) -> None:
    save_model(fit_model("svm"), package / "shipped" / "color")
    assert load_model().metadata.family == "svm"
    save_model(fit_model(), models_dir / "color")
    assert load_model().metadata.family == "logistic_regression"


def test_no_model_at_all_says_what_to_do(models_dir: Path, package: Path) -> None:
    for call in (load_model, lambda: predict(b""), lambda: predict_many([])):
        with pytest.raises(ModelNotFound, match=r"no model .*artlens train.*ARTLENS_MODELS_DIR"):
            call()


def test_an_unknown_name_is_answered_with_those_that_are_there(
    models_dir: Path, package: Path
) -> None:
    save_model(fit_model(), models_dir / "shape")
    save_model(fit_model(), package / "shipped" / "color")
    save_model(fit_model(), package / "shipped" / "shape")
    with pytest.raises(ModelNotFound, match=r"'tone' \(.*there are: shape, color\).*--task tone"):
        load_model("tone")


def test_models_are_named_once_and_answer_different_tasks(models_dir: Path) -> None:
    model = fit_model("svm")
    for name in ("color", "newer"):
        save_model(model, models_dir / name)
    (one,) = choose_models(["newer", "newer"], None)
    assert repr(one) == f"Classifier(task='color', classes={len(one.classes)})"
    assert one is load_model("newer")
    with pytest.raises(ConfigError, match="color and newer both answer the task color"):
        choose_models(["color", "newer"], None)
    with pytest.raises(ConfigError, match="--task newer and --model .* both name a model"):
        choose_models(["newer"], models_dir / "color")


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


def test_scores_of_rows_are_checked(models_dir: Path) -> None:
    save_model(fit_model(), models_dir / "color")
    with pytest.raises(ModelMismatch, match=r"shape \(n, 18\)"):
        load_model().predict_scores(make_rows(("BLACK", "RED", "PINK"))[0][:, 1:])


def test_models_are_found_in_the_project_and_the_package(models_dir: Path, package: Path) -> None:
    assert find_models() == []
    save_model(fit_model("svm"), package / "shipped" / "color")
    save_model(fit_model(), models_dir / "shape")
    save_model(fit_model(), models_dir / "color")
    (models_dir / "notes").mkdir()
    save_model(fit_model(), models_dir / "old")
    edit_json(models_dir / "old", lambda fields: fields.update(format_version=1))
    faults: list[ModelError] = []
    found = find_models(faults.append)
    folders = [models_dir / "color", package / "shipped" / "color", models_dir / "shape"]
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
