from collections.abc import Sequence
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
from src.models.storage.metadata import FittedModel, LeaderboardRow
from src.models.training import fit_tags as module
from src.models.training.calibration import Scores, fit_calibrated
from src.models.training.fit_tags import best_f1, fit_tags, prefer_smooth
from src.models.training.plan import Preset, SearchPlan
from src.models.training.table import TrainingTable
from tests.models.tag_models import MOTIF
from tests.models.wide_rows import SPEC

PLAN = SearchPlan(("logistic_regression", "svm"), Preset.SMOKE, seed=0, jobs=1)
TAGS = ("fog", "sea", "trees")
SHARES = (0.15, 0.5, 0.35)


def make_table(
    count: int = 240, seed: int = 0, noise: float = 12, names: Sequence[str] = FEATURE_NAMES
) -> pd.DataFrame:
    """Return rows in which tags are directions; they lie 100 apart or so."""
    rng = np.random.default_rng(seed)
    has = rng.random((count, len(TAGS))) < SHARES
    axes = np.random.default_rng(7).normal(size=(len(TAGS), len(names)))
    rows = has @ axes * 25 + rng.normal(100, noise, (count, len(names)))
    table = pd.DataFrame(rows, columns=list(names))
    table.insert(0, "filename", [f"{i:04d}.jpg" for i in range(count)])
    return table.assign(motif=["|".join(np.array(TAGS)[row]) or "|" for row in has])


def fit(
    table: pd.DataFrame, plan: SearchPlan = PLAN, spec: FeatureSpec = FEATURES_V1
) -> FittedModel:
    data = TrainingTable(table, "test", "0" * 64)
    return fit_tags(data, spec, MOTIF, plan, ConsoleProgress(terminal=False))


def said(
    model: FittedModel, table: pd.DataFrame, names: Sequence[str] = FEATURE_NAMES
) -> NDArray[np.float64]:
    rows = table[list(names)].to_numpy(float)
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

    assert precision(None) < 0.9
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


@pytest.mark.parametrize("family", ["soft_f1", "svm"])
def test_rows_of_a_network_are_told_by_each_family(family: str) -> None:
    plan = replace(PLAN, families=(family,))
    found = fit(make_table(120, noise=25, names=SPEC.names), plan, SPEC)
    assert found.metadata.family == family
    others = make_table(200, seed=1, noise=25, names=SPEC.names)
    has = np.array([[tag in cell.split("|") for tag in TAGS] for cell in others["motif"]])
    limits = [found.metadata.thresholds[tag] for tag in TAGS]
    assert ((said(found, others, SPEC.names) >= limits) == has).mean() > 0.9


def test_the_smooth_family_wins_what_is_a_tie() -> None:
    def row(family: str, mean: float) -> LeaderboardRow:
        return LeaderboardRow(family, {}, mean, 0.04, 0.0)

    best, near, far = row("lda", 0.9), row("svm", 0.885), row("svm", 0.875)
    assert prefer_smooth([best, near], best, 4) is near
    assert prefer_smooth([best, far], best, 4) is best
    assert prefer_smooth([best], best, 4) is best


def test_pictures_a_network_has_seen_calibrate_but_do_not_compete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calibrated: list[int] = []

    def count(pipeline: Any, scores: Scores, method: str, folds: int) -> Any:
        calibrated.append(len(scores.scored))
        return fit_calibrated(pipeline, scores, method, folds)

    monkeypatch.setattr(module, "fit_calibrated", count)
    seen, new = make_table(80), make_table(160, seed=2)
    new["filename"] = "new-" + new["filename"]
    new["motif"] = new["motif"].sample(frac=1, random_state=0).to_numpy()
    table = pd.concat([seen.assign(seen=True), new.assign(seen=False)], ignore_index=True)
    found = fit(table, replace(PLAN, families=("logistic_regression",))).metadata
    assert calibrated == [found.training_rows] * len(TAGS)
    # Of the others nothing can be told.
    assert found.leaderboard[0].cv_mean < 0.7


def test_combinations_decide_only_where_they_do_not_make_more_rows_wrong() -> None:
    truth = np.array([[1.0, 0], [0, 1]] * 10)
    folds = [(np.arange(10, 20), np.arange(10)), (np.arange(10), np.arange(10, 20))]
    unsure = np.where(truth == 1, 0.7, 0.6)
    combined = module._combine_across(unsure, truth, folds)
    assert combined is not None
    assert ((combined >= 0.5) == (truth == 1)).all()
    # What is in one half never is in the other.
    apart = np.repeat([[1.0, 0], [0, 1]], 10, axis=0)
    assert module._combine_across(np.where(apart == 1, 0.9, 0.1), apart, folds) is None


def test_a_threshold_is_even_unless_another_is_surely_better() -> None:
    rng = np.random.default_rng(0)
    few = rng.random(40)
    lucky = best_f1(few, rng.random(40) < few)
    assert lucky == 0.5
    # Half as probable as they say they are.
    many = rng.random(4000)
    assert best_f1(many / 2, rng.random(4000) < many) < 0.4


def test_mirrored_pictures_are_learned_on_their_own_side_alone() -> None:
    table = make_table(120)
    table["split"] = np.where(np.arange(120) % 4 == 0, "test", "train")
    mirrored = np.full((120, len(FEATURE_NAMES)), np.nan)
    # Of pictures of fog, which lie elsewhere when they are mirrored.
    fog = np.flatnonzero(table["motif"].str.contains("fog"))
    mirrored[fog] = table.loc[fog, list(FEATURE_NAMES)].to_numpy() + 80
    plan = replace(PLAN, families=("svm",))
    elsewhere = make_table(120)
    elsewhere[list(FEATURE_NAMES)] += 80

    def fog_elsewhere(mirrors: NDArray[np.float64] | None) -> tuple[float, int]:
        data = TrainingTable(table, "test", "0" * 64, mirrored=mirrors)
        found = fit_tags(data, FEATURES_V1, MOTIF, plan, ConsoleProgress(terminal=False))
        score = float(said(found, elsewhere.iloc[fog])[:, 0].mean())
        return score, found.metadata.mirrored_rows

    others = mirrored.copy()
    others[table["split"] == "train"] = np.nan
    learned = int((table.loc[fog, "split"] == "train").sum())
    plain, none = fog_elsewhere(None)
    assert none == 0
    assert fog_elsewhere(others) == (plain, 0)
    score, count = fog_elsewhere(mirrored)
    assert score > plain + 0.1
    assert count == learned
