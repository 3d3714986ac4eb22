import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from src.config import settings
from src.edges import TextOrJson
from src.models import classifier as classifier_module
from src.models.artifact import save_model
from src.models.list_models import list_models
from tests.models.fitted_models import fit_model


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


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("list_format", "read"), [(TextOrJson.TEXT, rows), (TextOrJson.JSON, json.loads)]
)
def test_the_command_lists_them(
    models_dir: Path,
    package: Path,
    capsys: pytest.CaptureFixture[str],
    list_format: TextOrJson,
    read: Callable[[str], Any],
) -> None:
    save_model(fit_model(), models_dir / "shape")
    list_models(list_format)
    found = read(capsys.readouterr().out)
    if list_format is TextOrJson.JSON:
        (fact,) = found
        assert (fact["model"], fact["task"], fact["accuracy"]) == ("shape", "color", 0.85)
        assert (fact["training_rows"], fact["holdout_rows"]) == (60, 20)
        assert fact["classes"] == ["BLACK", "RED", "PINK"]
    else:
        head, row = found
        assert head == ["model", "classes", "accuracy", "rows", "made", "from", "folder"]
        assert row[:5] == ["shape", "(color)", "3", "0.8500", "80"]
        assert row[-2:] == ["pictures.csv", str(models_dir / "shape")]


def test_no_models_are_told_with_what_to_do(
    models_dir: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    list_models()
    assert capsys.readouterr().out == "no models; train one with `artlens train`\n"
