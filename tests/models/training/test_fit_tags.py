from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.errors import DataError
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1, FeatureSpec
from src.models.artifact import save_model
from src.models.reporting.training_report import ConsoleProgress
from src.models.storage.metadata import FittedModel
from src.models.training.fit_tags import fit_tags
from src.models.training.plan import Preset, SearchPlan
from src.models.training.table import TrainingTable
from tests.models.tag_models import MOTIF

PLAN = SearchPlan(("logistic_regression", "svm"), Preset.SMOKE, seed=0, jobs=1)
TAGS = ("fog", "sea", "trees")
SHARES = (0.15, 0.5, 0.35)


def make_table(count: int = 240, seed: int = 0, noise: float = 12) -> pd.DataFrame:
    """Return rows in which tags are directions; they lie 100 apart or so."""
    rng = np.random.default_rng(seed)
    has = rng.random((count, len(TAGS))) < SHARES
    axes = np.random.default_rng(7).normal(size=(len(TAGS), len(FEATURE_NAMES)))
    rows = has @ axes * 25 + rng.normal(100, noise, (count, len(FEATURE_NAMES)))
    table = pd.DataFrame(rows, columns=list(FEATURE_NAMES))
    table.insert(0, "filename", [f"{i:04d}.jpg" for i in range(count)])
    return table.assign(motif=["|".join(np.array(TAGS)[row]) or "|" for row in has])


def fit(
    table: pd.DataFrame, plan: SearchPlan = PLAN, spec: FeatureSpec = FEATURES_V1
) -> FittedModel:
    data = TrainingTable(table, "test", "0" * 64)
    return fit_tags(data, spec, MOTIF, plan, ConsoleProgress(terminal=False))


def said(model: FittedModel, table: pd.DataFrame) -> NDArray[np.float64]:
    rows = table[list(FEATURE_NAMES)].to_numpy(float)
    return np.asarray(model.estimator.predict_proba(rows))


@pytest.fixture(scope="module")
def model() -> FittedModel:
    return fit(make_table())


def test_metadata_tell_the_run(model: FittedModel) -> None:
    metadata = model.metadata
    assert metadata.classes == TAGS
    assert set(metadata.thresholds) == set(TAGS)
    assert all(0 < threshold < 1 for threshold in metadata.thresholds.values())
    assert metadata.training_rows + metadata.holdout.rows == 240
    assert [row.family for row in metadata.leaderboard] == sorted(
        (row.family for row in metadata.leaderboard),
        key=lambda family: -next(r.cv_mean for r in metadata.leaderboard if r.family == family),
    )
    assert metadata.family == metadata.leaderboard[0].family
    assert metadata.holdout.many is not None
    assert [tag.name for tag in metadata.holdout.many.tags] == list(TAGS)


def test_tags_of_pictures_it_never_saw_are_told(model: FittedModel) -> None:
    others = make_table(seed=1)
    scores = said(model, others)
    has = np.array([[tag in cell.split("|") for tag in TAGS] for cell in others["motif"]])
    right = (scores >= [model.metadata.thresholds[tag] for tag in TAGS]) == has
    assert right.mean() > 0.9
    # Calibrated: of all tags together about as many are there as are told to be.
    assert abs(scores.mean(axis=0) - has.mean(axis=0)).max() < 0.08


def test_what_is_not_known_is_no_no() -> None:
    table = make_table()
    half = np.arange(len(table)) % 2 == 0
    cells = table["motif"].str.split("|")
    # Of every other row only the sea is known.
    only_sea = ["sea|-" if "sea" in row else "-sea" for row in cells]
    some = table.assign(motif=np.where(half, only_sea, table["motif"]))
    lied = table.assign(
        motif=np.where(
            half, [c.replace("-sea", "|").replace("sea|-", "sea") for c in only_sea], table["motif"]
        )
    )
    others = make_table(seed=1)
    trees = others["motif"].str.contains("trees")
    knows, taken_for_no = (said(fit(one), others)[trees, 2] for one in (some, lied))
    assert knows.mean() > 0.75
    assert taken_for_no.mean() < knows.mean() - 0.2


def test_a_precision_that_is_asked_for_is_kept() -> None:
    others = make_table(1000, seed=1, noise=45)
    has = np.array([[tag in cell.split("|") for tag in TAGS] for cell in others["motif"]])

    def precision(asked: float | None) -> float:
        found = fit(make_table(500, noise=45), replace(PLAN, precision=asked))
        told = said(found, others) >= [found.metadata.thresholds[tag] for tag in TAGS]
        return float((told & has).sum() / told.sum())

    assert precision(None) < 0.86
    assert precision(0.95) > 0.9


def test_the_same_table_gives_the_same_bytes_whatever_its_order(
    model: FittedModel, tmp_path: Path
) -> None:
    again = fit(make_table().sample(frac=1, random_state=3))
    board = [(row.family, row.params, row.cv_mean) for row in model.metadata.leaderboard]
    assert [(row.family, row.params, row.cv_mean) for row in again.metadata.leaderboard] == board
    for one, name in ((model, "a"), (again, "b")):
        save_model(one, tmp_path / name)
    files = [(tmp_path / name / "model.skops").read_bytes() for name in "ab"]
    assert files[0] == files[1]


def test_nothing_is_fitted_or_chosen_by_the_hold_out(model: FittedModel) -> None:
    table = make_table().assign(split="train")
    table.loc[::5, "split"] = "test"
    other = table.copy()
    rng = np.random.default_rng(0)
    names = list(FEATURE_NAMES)
    other.loc[::5, names] = rng.uniform(0, 255, (len(other) // 5, len(names)))

    def learned(one: FittedModel) -> Any:
        return (
            one.metadata.thresholds,
            one.metadata.leaderboard[0].params,
            said(one, table).tolist(),
        )

    found = [fit(each) for each in (table, other)]
    assert learned(found[0]) == learned(found[1])
    assert found[0].metadata.holdout != found[1].metadata.holdout


def test_tags_of_too_few_rows_are_named_and_left_out() -> None:
    table = make_table()
    table.loc[:4, "motif"] += "|boat"
    found = fit(table).metadata
    assert (found.classes, found.left_out) == (TAGS, {"boat": 5})
    with pytest.raises(DataError, match="no tag that is known"):
        fit(table.assign(motif="sea|-"))
