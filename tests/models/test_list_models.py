import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from src.edges import TextOrJson
from src.models.artifact import save_model
from src.models.list_models import app
from tests.models.fitted_models import fit_model


def run(*arguments: str) -> None:
    app(arguments, standalone_mode=False)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("list_format", "read"), [(TextOrJson.TEXT, rows), (TextOrJson.JSON, json.loads)]
)
def test_the_command_lists_them(
    models_dir: Path,
    shipped: Path,
    capsys: pytest.CaptureFixture[str],
    list_format: TextOrJson,
    read: Callable[[str], Any],
) -> None:
    save_model(fit_model(), models_dir / "shape")
    run("--format", list_format)
    found = read(capsys.readouterr().out)
    if list_format is TextOrJson.JSON:
        (fact,) = found
        assert (fact["model"], fact["task"], fact["accuracy"]) == ("shape", "color", 0.85)
        assert (fact["training_rows"], fact["holdout_rows"]) == (60, 20)
        assert fact["classes"] == ["BLACK", "RED", "PINK"]
        assert (fact["answers"], fact["shipped"]) == (True, False)
    else:
        head, row = found
        assert head == ["model", "classes", "accuracy", "rows", "made", "from", "folder"]
        assert row[:6] == ["*", "shape", "(color)", "3", "0.8500", "80"]
        assert row[-2:] == ["pictures.csv", str(models_dir / "shape")]


def test_a_long_source_is_cut_and_a_folder_below_this_one_is_told_from_here(
    models_dir: Path,
    shipped: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = "pictures-of-all-museums-of-the-town.csv (a table) and paintings"
    fitted = fit_model()
    metadata = replace(fitted.metadata, data_source=source)
    save_model(replace(fitted, metadata=metadata), models_dir / "shape")
    monkeypatch.chdir(models_dir.parent)
    run()
    assert capsys.readouterr().out.endswith(
        f"  pictures-of-all-museums-of-the-town.c...  {Path(models_dir.name, 'shape')}\n"
    )
    run("--format", TextOrJson.JSON)
    (fact,) = json.loads(capsys.readouterr().out)
    assert (fact["source"], fact["folder"]) == (source, str(models_dir / "shape"))


def test_models_are_listed_in_a_folder_that_was_deleted(
    models_dir: Path,
    shipped: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save_model(fit_model(), models_dir / "shape")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    run()
    assert capsys.readouterr().out.endswith(f"  {models_dir / 'shape'}\n")


def test_no_models_are_told_with_what_to_do(
    models_dir: Path, shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run()
    assert capsys.readouterr().out == "no models; train one with `artlens train`\n"


def test_the_one_that_answers_is_marked_and_can_be_changed(
    models_dir: Path, shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_model(fit_model(), shipped / "color")
    save_model(fit_model(), models_dir / "color-2")
    assert marked(capsys) == [("*", "color"), ("color-2", "(color)")]
    run("use", "color-2")
    assert capsys.readouterr().out == (
        f"color-2 answers color from now on ({models_dir / 'color-2'})\n"
    )
    assert [found[:2] for found in marked(capsys)] == [("color", "3"), ("*", "color-2")]


def marked(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, ...]]:
    run()
    return [tuple(row[:2]) for row in rows(capsys.readouterr().out)[1:]]
