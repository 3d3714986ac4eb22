import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from src.cli import app
from src.config import project_root, settings
from src.data.schemas import processed_schema
from src.data.tables import write_table
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.features.specs import Features
from src.models.artifact import save_model
from src.models.reporting.model_card import render_score
from src.models.reporting.training_report import ConsoleProgress
from src.models.storage.metadata import LeaderboardRow
from src.models.studies.class_scores import score_classes
from src.models.train_model import train_model
from src.models.training.best_model import fit_best_model
from src.models.training.plan import Preset, SearchPlan
from src.models.training.table import read_training_table
from src.tasks import COLOR, Task
from tests.models.training.test_fit_tags import make_table as make_tag_table
from tests.models.training_tables import make_table

CHARTS = {
    "channel-boxes", "channel-densities", "class-counts", "confusion", "correlation",
    "feature-curve", "importance", "leaderboard", "learning-curve", "pairs", "reliability",
}  # fmt: skip
OF_PICTURES = {"explanation", "hardest-class", "least-certain", "mistakes", "prediction"}


@dataclass(frozen=True)
class Project:
    root: Path
    table: Path
    model: Path
    images: Path

    def options(self, out: Path) -> list[str]:
        return ["report", "--model", str(self.model), "--data", str(self.table), "--out", str(out)]


@dataclass(frozen=True)
class Report:
    stdout: str
    stderr: str
    files: dict[str, bytes]

    @property
    def page(self) -> str:
        return self.files["report.html"].decode()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("project")
    made = Project(root, root / "mine.csv", root / "models" / "color", root / "images")
    table = make_table()
    write_table(table, made.table, processed_schema(FEATURE_NAMES, COLOR))
    train_model(
        made.table, search=Preset.SMOKE, jobs=1, families="logistic_regression", out=made.model
    )
    made.images.mkdir()
    for i, name in enumerate(table["filename"]):
        shade = np.full((8, 8, 3), i, np.uint8)
        cv2.imwrite(str(made.images / str(name)), shade)
    return made


@pytest.fixture(scope="module")
def report(project: Project) -> Report:
    out = project.root / "report"
    options = [*project.options(out), "--images", str(project.images), "--jobs", "1"]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.stderr
    return Report(done.stdout, done.stderr, contents(out))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def facts(project: Project) -> Any:
    return json.loads((project.model / "model.json").read_text())


def cells(page: str, heading: str) -> list[list[str]]:
    """Return the text of the cells of the table in a section."""
    section = page.split(f"<h2>{heading}</h2>")[1]
    rows = section.split("</table>")[0].split("<tr>")[2:]
    plain = [re.sub(r"<[^>]+>", "", cell) for row in rows for cell in row.split("</td>")]
    width = len(rows[0].split("</td>"))
    return [plain[start : start + width - 1] for start in range(0, len(plain), width)]


def test_it_writes_one_page_and_every_figure(report: Report, project: Project) -> None:
    assert report.stdout == f"16 figures and {project.root / 'report' / 'report.html'}\n"
    assert report.stderr == ""
    assert set(report.files) == {"report.html"} | {f"{n}.png" for n in CHARTS | OF_PICTURES}
    for name in CHARTS | OF_PICTURES:
        pixels = cv2.imdecode(np.frombuffer(report.files[f"{name}.png"], np.uint8), 1)
        assert pixels is not None
        assert pixels.shape[1] == 1245
        assert pixels.std() > 5


def test_another_process_with_other_processes_writes_the_same_bytes(
    report: Report, project: Project
) -> None:
    out = project.root / "again"
    options = [*project.options(out), "--images", str(project.images), "--jobs", "2"]
    command = [sys.executable, "-m", "src.visualization.report", *options[1:]]
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "MPLBACKEND": "svg"}
    done = subprocess.run(
        command, cwd=project_root(), env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    again = contents(out)
    assert set(again) == set(report.files)
    assert [name for name in again if again[name] != report.files[name]] == []


def test_the_page_needs_nothing_from_outside(report: Report) -> None:
    assert len(report.page) < 3_000_000
    assert not re.search(r"https?://|//cdn|<script|<link|@import", report.page)
    sources = re.findall(r'(?:src|href)="([^"]{0,24})', report.page)
    assert len([source for source in sources if source.startswith("data:image/")]) == 16
    assert all(source.startswith(("data:image/", "#")) for source in sources)
    anchors = set(re.findall(r'href="#([^"]+)"', report.page))
    assert anchors
    assert anchors <= set(re.findall(r'id="([^"]+)"', report.page))


def test_its_numbers_are_those_of_model_json(report: Report, project: Project) -> None:
    model = facts(project)
    holdout = model["holdout"]
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "ece"):
        assert f"<dd>{holdout[name]:.4f}<small>" in report.page
    board = cells(report.page, "Leaderboard")
    rows = [LeaderboardRow(**row) for row in model["leaderboard"]]
    assert [(row[0], row[2]) for row in board] == [(r.family, render_score(r)) for r in rows]
    scores = score_classes(holdout["confusion_matrix"], model["classes"])
    assert [row[:3] for row in cells(report.page, "Classes")] == [
        [score.name, str(score.rows), str(score.answers)] for score in scores
    ]
    recall = scores[0].recall
    assert (
        f"{recall.value:.2f} ({recall.low:.2f} to {recall.high:.2f})"
        in cells(report.page, "Classes")[0]
    )
    assert model["data_sha256"] in report.page


def test_confusions_and_warnings_stand_in_words(report: Report, project: Project) -> None:
    model = facts(project)
    counts = np.array(model["holdout"]["confusion_matrix"])
    np.fill_diagonal(counts, 0)
    i, j = np.unravel_index(counts.argmax(), counts.shape)
    plain = re.sub(r"<[^>]+>", "", report.page.split("<h2>Confusions</h2>")[1].split("<figure")[0])
    names, rows = model["classes"], np.sum(model["holdout"]["confusion_matrix"], axis=1)
    most = [
        f"{counts[i, j]} of {rows[k]} {names[k]} works"
        for k in range(len(names))
        if counts[k].max() == counts[i, j]
    ]
    assert counts[i, j] > 0
    assert any(text in plain for text in most)
    assert "<b>Not for</b> measuring pigments" in report.page


def spoil_cell(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(b_bgr_mean=table["b_bgr_mean"].where(table.index != 0, 1.0))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_cell, "is not the table that the model was trained on (sha256"),
        (lambda table: table.drop(columns="h_hsv_std"), "lacks 1 of its columns (h_hsv_std)"),
        (lambda table: table.iloc[:0], "has no rows"),
    ],
)
def test_another_table_is_refused(
    project: Project,
    tmp_path: Path,
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
) -> None:
    other = tmp_path / "other.csv"
    spoil(pd.read_csv(project.table, keep_default_na=False)).to_csv(other, index=False)
    options = project.options(tmp_path / "report")
    options[options.index("--data") + 1] = str(other)
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("option", "message"),
    [("--out", "it is a file; give the name of a folder"), ("--images", "error: no folder")],
)
def test_a_file_in_the_place_of_a_folder_is_refused_before_anything_is_drawn(
    project: Project, tmp_path: Path, option: str, message: str
) -> None:
    options = [*project.options(tmp_path / "report"), option, str(project.table)]
    done = CliRunner().invoke(app, options)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr
    assert not (tmp_path / "report").exists()


def test_a_missing_model_or_table_is_said_in_one_line(project: Project, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["report", "--model", str(tmp_path / "none")])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "no model folder" in done.stderr


def test_a_table_that_is_not_here_is_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    done = CliRunner().invoke(app, ["report", "--model", str(project.model)])
    settings.cache_clear()
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "the table that the model was trained on is not here (mine.csv, sha256" in done.stderr


def test_the_report_of_a_task_stands_in_a_folder_of_its_own(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    task = Task("ink", "ink").learned(COLOR.classes[:2])
    table = make_table(dict.fromkeys(task.classes, 20)).rename(columns={"color": "ink"})
    place = tmp_path / "data" / "processed" / "ink" / "pictures.csv"
    place.parent.mkdir(parents=True)
    write_table(table, place, processed_schema(FEATURE_NAMES, task))
    data = read_training_table(place, FEATURES_V1, task)
    plan = SearchPlan(("logistic_regression",), Preset.SMOKE, seed=0, jobs=1)
    fitted = fit_best_model(data, FEATURES_V1, task, plan, ConsoleProgress(terminal=False))
    save_model(fitted, tmp_path / "models" / "ink")
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setattr("src.visualization.report.project_root", lambda: tmp_path)
    settings.cache_clear()
    done = CliRunner().invoke(app, ["report", "--task", "ink", "--jobs", "1"])
    settings.cache_clear()
    assert (done.exit_code, done.stderr) == (0, "")
    page = tmp_path / "reports" / "ink" / "report.html"
    assert done.stdout == f"11 figures and {page}\n"
    assert "How good the ink model is" in page.read_text()


TAG_CHARTS = {
    "importance", "leaderboard", "learning-curve", "precision-recall", "reliability", "tag-counts",
    "tag-pairs", "tag-scores", "thresholds",
}  # fmt: skip


def test_a_model_of_tags_is_told_tag_by_tag(tmp_path: Path) -> None:
    table = make_tag_table(120)
    table.to_csv(tmp_path / "mine.csv", index=False)
    train_model(
        tmp_path / "mine.csv",
        task="motif",
        many=True,
        features=Features.V1,
        search=Preset.SMOKE,
        jobs=1,
        families="logistic_regression",
        out=tmp_path / "motif",
    )
    (tmp_path / "images").mkdir()
    for name in table["filename"]:
        cv2.imwrite(str(tmp_path / "images" / name), np.full((8, 8, 3), 90, np.uint8))
    made = Project(tmp_path, tmp_path / "mine.csv", tmp_path / "motif", tmp_path / "images")
    out = tmp_path / "report"
    options = [*made.options(out), "--images", str(made.images), "--jobs", "1"]
    done = CliRunner().invoke(app, options)
    assert (done.exit_code, done.stderr) == (0, "")
    model, files = facts(made), contents(out)
    sheets = {Path(name).stem for name in files} - TAG_CHARTS - {"report"}
    assert {"nearest"} <= sheets <= {"nearest", "missed", "said-wrongly"}
    page = files["report.html"].decode()
    assert "Confusion" not in page
    assert '<th class="n">mean average precision over the folds</th>' in page
    many = model["holdout"]["many"]
    for value in (many["mean_average_precision"], many["hamming_loss"], model["holdout"]["ece"]):
        assert f"<dd>{value:.3f}<small>" in page
    for row, tag in zip(cells(page, "Tags"), many["tags"], strict=True):
        assert row[:3] == [tag["name"], str(tag["rows"]), str(tag["positives"])]
        assert row[3].startswith(f"{tag['average_precision']:.2f} (")
        assert row[4] == f"{tag['threshold']:.2f}"
        assert row[8].startswith(f"{tag['f1']:.2f} (")
    spoiled = json.loads((made.model / "model.json").read_text())
    spoiled["holdout"]["many"]["tags"][0]["recall"] += 0.01
    (made.model / "model.json").write_text(json.dumps(spoiled))
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 2
    assert "does not repeat its hold-out figures here (mean average precision" in done.stderr
