"""Networks on the same rows and the same splits, whatever each of them has seen or cannot tell."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from src import config
from src.errors import ConfigError, DataError
from src.features import backbones
from src.features.backbones import Backbone, embedding_spec
from src.features.new_backbone import Wish as NewBackbone
from src.features.new_backbone import add_backbone
from src.models.artifact import load_model_folder
from src.models.predict_model import load_model
from src.models.train_model import train_model
from src.models.training.plan import Preset, SearchPlan
from src.models.training.preparation import Wish
from src.models.training.side_by_side import agree_on_rows, enter, time_networks
from src.visualization.judged_model import JudgedModel, find_model_table, judge_model
from tests.features.tiny_networks import write_network

# Colours that are near to each other, so that some networks tell them better.
LEVELS = {"brick": (90, 90, 120), "moss": (90, 120, 90), "slate": (120, 90, 90)}
EACH = 24
NAMES = ("one", "two", "three")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of pictures, three networks, and what is learned from them stays for all tests."""
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTLENS_DATA_DIR", str(root / "data"))
        patch.setenv("ARTLENS_MODELS_DIR", str(root / "models"))
        forget()
        rng = np.random.default_rng(0)
        for label, level in LEVELS.items():
            (root / "pictures" / label).mkdir(parents=True)
            for number in range(EACH):
                noise = rng.normal(0, 30, (40, 40, 3)) + rng.normal(0, 25, 3)
                bgr = (np.array(level) + noise).clip(0, 255).astype(np.uint8)
                cv2.imwrite(str(root / "pictures" / label / f"{number}.png"), bgr)
        for seed, name in enumerate(NAMES):
            path = write_network(root / f"{name}.onnx", seed=seed, pooled=name == "three")
            add_backbone(path, NewBackbone())
        yield root
        forget()


def forget() -> None:
    for known in (config.settings, backbones._find_again):
        known.cache_clear()


def train(project: Path, *names: str, **options: Any) -> None:
    asked: dict[str, Any] = {"task": "look", "families": "logistic_regression", "seed": 3}
    source = None if "dataset" in options else project / "pictures"
    train_model(source, backbone=list(names), search=Preset.SMOKE, jobs=1, **asked | options)


def networks(project: Path) -> list[Backbone]:
    return [backbones.find_backbone(name) for name in NAMES]


@pytest.fixture(scope="module")
def trained(project: Path) -> Path:
    train(project, *NAMES, "one")
    return project / "models" / "look"


def test_each_network_is_trained_and_the_best_is_kept(project: Path, trained: Path) -> None:
    metadata = load_model_folder(trained).metadata
    rows = {row.network: row for row in metadata.networks}
    assert list(rows) == list(NAMES)
    for name, known in zip(NAMES, networks(project), strict=True):
        row = rows[name]
        assert (row.sha256, row.width) == (known.sha256, 4 if name == "three" else 8)
        assert row.bytes == known.path.stat().st_size
        assert row.picture_ms > 0
        assert row.figures.keys() == {"accuracy", "balanced accuracy", "macro F1"}
    best = max(metadata.networks, key=lambda row: row.cv_mean)
    assert len({row.cv_mean for row in metadata.networks}) > 1
    assert metadata.feature_spec.network == f"{best.network} {best.sha256}"
    assert metadata.leaderboard[0].cv_mean == best.cv_mean
    assert metadata.holdout.accuracy == best.figures["accuracy"]


def test_a_network_alone_says_the_same_of_the_same_rows(project: Path, trained: Path) -> None:
    compared = {row.network: row for row in load_model_folder(trained).metadata.networks}
    for name in NAMES[1:]:
        train(project, name, name=f"alone-{name}")
        alone = load_model_folder(project / "models" / f"alone-{name}").metadata
        assert alone.networks == ()
        assert alone.leaderboard[0].cv_mean == compared[name].cv_mean
        assert alone.holdout.macro_f1 == compared[name].figures["macro F1"]


def test_card_and_output_have_them_side_by_side(
    project: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(project, *NAMES, name="again")
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == [
        *("network", "numbers", "MB", "ms", "a", "picture", "pictures/s", "CV", "score"),
        *("accuracy", "balanced", "accuracy", "macro", "F1"),
    ]
    assert [line.replace("*", "").split()[0] for line in out[1:4]] == list(NAMES)
    assert [line[0] for line in out[1:4]].count("*") == 1
    card = (trained / "README.md").read_text()
    section = card.partition("## Networks side by side")[2].partition("##")[0]
    assert all(f"| {name} |" in section for name in NAMES)
    assert json.loads((trained / "model.json").read_text())["networks"][1]["network"] == "two"


def test_the_report_finds_the_very_rows_again(project: Path, trained: Path) -> None:
    model = load_model(trained)
    table = find_model_table(model.metadata)
    judged = judge_model(model, table.table)
    assert isinstance(judged, JudgedModel)
    assert len(judged.split.holdout.labels) == model.metadata.holdout.rows
    right = (judged.judged["truth"] == judged.judged["answer"]).mean()
    assert right == pytest.approx(model.metadata.holdout.accuracy)


def test_the_data_set_is_compared_on_without_its_source(project: Path, trained: Path) -> None:
    train(project, *NAMES[:2], dataset="look", name="from-data-set")
    metadata = load_model_folder(project / "models" / "from-data-set").metadata
    compared = {row.network: row for row in load_model_folder(trained).metadata.networks}
    for row in metadata.networks:
        assert row.cv_mean == compared[row.network].cv_mean
    assert metadata.data_source == "data set look"


def entered(project: Path) -> Any:
    specs = [embedding_spec(known) for known in networks(project)]
    return enter(Wish(task="look"), specs, SearchPlan(jobs=1), lambda _: None)


def test_what_one_network_was_trained_on_judges_none(project: Path, trained: Path) -> None:
    images = project / "data" / "raw" / "look" / "images"
    names = ["brick/3.png", "moss/5.png"]
    sums = [sha256((images / name).read_bytes()).hexdigest() for name in names]
    note = networks(project)[1].path.with_suffix(".seen")
    note.write_text("\n".join(digest[:16] for digest in sums))
    try:
        entrants = entered(project)
        agree_on_rows(entrants, lambda _: None)
    finally:
        note.unlink()
    for entrant in entrants:
        table = entrant.read().table
        assert sorted(table["filename"][table["seen"] == "true"]) == sorted(names)


def test_a_picture_that_one_network_does_not_tell_is_in_no_table(
    project: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    first, *others = entered(project)
    lacking = pd.Series(first.read().table["filename"]).tolist()[1:]

    def distinct(table: pd.DataFrame, names: Any) -> pd.DataFrame:
        return table if "four" in names else table[table["filename"].isin(lacking)]

    monkeypatch.setattr("src.models.training.side_by_side.distinct_rows", distinct)
    agree_on_rows([first, *others], said.append)
    for entrant in (first, *others):
        table = entrant.read().table
        assert table["filename"].tolist() == lacking
        assert "seen" not in table
    assert said == ["1 pictures are left out: not every network tells them from others"]


def test_each_network_is_timed(project: Path) -> None:
    specs = [embedding_spec(known) for known in networks(project)]
    seconds = time_networks(specs, rounds=3)
    assert len(seconds) == 3
    assert all(0 < each < 1 for each in seconds)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"task": "same_artist"}, "same_artist is learned by one network at a time"),
        ({"gallery_count": 9}, "--gallery-count 9 paints colours"),
        ({"features": "v1"}, "--features v1 are measured by no network"),
        ({"dataset": "none"}, "there is no table at"),
        ({"dataset": "look", "copy": True}, "--copy says how pictures are brought in"),
    ],
)
def test_what_cannot_be_compared_is_told(
    project: Path, trained: Path, capsys: pytest.CaptureFixture[str], options: Any, told: str
) -> None:
    with pytest.raises(SystemExit):
        train(project, *NAMES, **options)
    assert told in capsys.readouterr().err


def test_rows_of_one_network_are_no_comparison(project: Path, trained: Path) -> None:
    specs = [embedding_spec(known) for known in networks(project)]
    path = project / "data" / "processed" / "look" / "networks" / "one.parquet"
    for wish in (Wish(path, task="look"), Wish(data=path, task="look")):
        with pytest.raises(ConfigError, match="one.parquet holds the rows of one network, and one"):
            enter(wish, specs, SearchPlan(jobs=1), print)
    with pytest.raises(DataError, match="no picture is left that all networks tell"):
        agree_on_rows([], print)


def test_tags_are_compared_by_their_own_figures(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["file,motif"]
    for label in LEVELS:
        said = {"moss": "green|soft", "slate": "soft", "brick": "|"}[label]
        lines += [f"pictures/{label}/{number}.png,{said}" for number in range(EACH)]
    (project / "tags.csv").write_text("\n".join(lines) + "\n")
    train_model(
        project / "tags.csv",
        task="motif",
        many=True,
        backbone=list(NAMES[:2]),
        families="logistic_regression",
        search=Preset.SMOKE,
        jobs=1,
        seed=3,
    )
    out = capsys.readouterr().out
    assert "mean average precision" in out
    metadata = load_model_folder(project / "models" / "motif").metadata
    assert metadata.classes == ("green", "soft")
    assert {row.network for row in metadata.networks} == set(NAMES[:2])
    best = max(metadata.networks, key=lambda row: row.cv_mean)
    assert metadata.feature_spec == embedding_spec(backbones.find_backbone(best.network))
    assert best.figures["mean average precision"] == pytest.approx(
        metadata.holdout.many.mean_average_precision if metadata.holdout.many else 0
    )
