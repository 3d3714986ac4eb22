from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from src.errors import ConfigError
from src.models.one_answer import FOLDS
from src.models.scorer import NumpySteps, Scorer
from src.models.storage.metadata import FittedModel, LeaderboardRow
from src.models.training.best_model import fit_best_model
from src.models.training.folding import LINEAR
from src.models.training.plan import AVERAGE, FAMILIES, WIDE_FAMILIES, Preset, SearchPlan
from src.models.training.processes import training_processes
from src.models.training.race import Competition
from src.models.training.rows import LabelledRows, Split, split_holdout
from src.models.training.search import pipeline_of
from src.models.training.table import TrainingTable
from src.models.training.wide_search import (
    find_space,
    fit_wide,
    search_wide,
)
from tests.models.wide_rows import SPEC, TASK, WIDTH, make_wide_table

CLASSES = ("Adam", "Bea", "Cleo", "Dora")


class Listener:
    def __init__(self) -> None:
        self.told: list[Any] = []

    def started(self, family: str, fits: int) -> list[Any]:
        self.told.append((family, fits))
        return []

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        self.told.append(row)

    def calibrating(self, winner: LeaderboardRow) -> None:
        self.told.append(winner.family)

    def prepared(self, split: Split, plan: SearchPlan) -> None:
        self.told.append(len(split.training.labels))


def plan(*families: str) -> SearchPlan:
    return SearchPlan(families, Preset.SMOKE, seed=0, jobs=1)


@pytest.fixture(scope="module")
def split() -> Split:
    return split_holdout(make_wide_table(CLASSES), SPEC.names, TASK, seed=0)


@pytest.fixture(scope="module")
def found(split: Split) -> Competition:
    with training_processes():
        return search_wide(split, plan(), Listener())


def test_every_family_competes_and_then_their_average(found: Competition) -> None:
    assert tuple(row.family for row in found.leaderboard) == (*WIDE_FAMILIES, AVERAGE)
    assert all(0.4 < row.cv_mean <= 1 for row in found.leaderboard)
    assert found.scores.keys() == {*WIDE_FAMILIES, AVERAGE}
    assert set(found.leaderboard[-1].params) < LINEAR


def test_scores_are_those_of_pipelines_that_never_saw_the_fold(
    split: Split, found: Competition
) -> None:
    rows = split.training
    row = next(row for row in found.leaderboard if row.family == "lda")
    for kept, compared in split.sides.folds:
        pipeline = pipeline_of(row, plan(), WIDTH).fit(rows.features[kept], rows.labels[kept])
        expected = pipeline.decision_function(rows.features[compared])
        np.testing.assert_allclose(found.scores["lda"].values[compared], expected, atol=0.05)


def test_the_average_is_of_the_best_linear_families_by_their_temperatures(
    found: Competition,
) -> None:
    shares = found.leaderboard[-1].params
    values = sum(share * found.scores[family].values for family, share in shares.items())
    np.testing.assert_allclose(found.scores[AVERAGE].values, values)
    linear = sorted(
        (row for row in found.leaderboard if row.family in LINEAR), key=lambda row: -row.cv_mean
    )
    assert len(shares) > 1
    assert set(shares) <= {row.family for row in linear[:3]}


def test_families_that_are_named_are_averaged_where_the_average_is_named_too(split: Split) -> None:
    with training_processes():
        named, alone = (
            search_wide(split, plan("logistic_regression", "lda", *more), Listener()).leaderboard
            for more in ((AVERAGE,), ())
        )
    assert [row.family for row in named] == ["logistic_regression", "lda", AVERAGE]
    assert [row.family for row in alone] == ["logistic_regression", "lda"]


@pytest.mark.parametrize("family", [*sorted(LINEAR), "neural_network"])
def test_what_is_folded_answers_as_on_components(
    split: Split, found: Competition, family: str
) -> None:
    rows = split.training
    row = next(row for row in found.leaderboard if row.family == family)
    with training_processes():
        folded = fit_wide(row, found.leaderboard, plan(), rows)
    assert list(folded.named_steps) == ["scale", "classify"]
    plain = pipeline_of(row, plan(), WIDTH)
    with training_processes():
        plain.fit(rows.features.astype(np.float32), rows.labels)
    ask = "decision_function" if family in LINEAR else "predict_proba"
    expected = getattr(plain, ask)(split.holdout.features)
    found_ = getattr(folded, ask)(split.holdout.features)
    np.testing.assert_allclose(found_, expected, atol=2e-3 * np.abs(expected).max())


def test_the_average_is_one_linear_model(split: Split, found: Competition) -> None:
    board = found.leaderboard
    winner = board[-1]
    blended = fit_wide(winner, board, plan(), split.training)
    members = [
        fit_wide(row, board, plan(), split.training)
        for family in winner.params
        for row in board
        if row.family == family
    ]
    shares = winner.params.values()
    rows = split.holdout.features
    expected = sum(
        share * member.decision_function(rows)
        for share, member in zip(shares, members, strict=True)
    )
    np.testing.assert_allclose(blended.decision_function(rows), expected, atol=1e-3)
    assert blended.named_steps["classify"].coef_.dtype == np.float32


def test_a_fold_is_scaled_and_reduced_by_what_is_fitted_on_alone(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    original = StandardScaler.fit

    def spy(self: StandardScaler, features: Any, *args: Any, **kwargs: Any) -> StandardScaler:
        seen.append(len(features))
        return original(self, features, *args, **kwargs)

    monkeypatch.setattr(StandardScaler, "fit", spy)
    search_wide(split, plan("lda", "logistic_regression"), Listener())
    assert seen == [len(kept) for kept, _ in split.sides.folds]
    assert len(seen) == FOLDS


def rows_with_mirrors(counts: dict[str, int], without: str = "") -> LabelledRows:
    labels = np.array([name for name, count in counts.items() for _ in range(count)])
    features = np.arange(len(labels), dtype=float)[:, None]
    mirrored = np.where((labels == without)[:, None], np.nan, features + 0.5)
    return LabelledRows(features, labels, mirrored)


def test_mirrored_pictures_are_learned_with_their_own_pictures_and_never_others() -> None:
    rows = rows_with_mirrors({"few": 6, "many": 20}, without="many")
    places = np.r_[1:5, 6:20]
    features, labels = rows.to_fit_on(places)
    whole = features[:, 0] % 1 == 0
    np.testing.assert_array_equal(features[whole, 0], places)
    np.testing.assert_array_equal(features[~whole, 0], [1.5, 2.5, 3.5, 4.5])
    assert set(labels[~whole]) == {"few"}
    assert rows.has_mirror.sum() == 6


def test_a_fold_has_no_mirror_of_what_it_is_compared_by() -> None:
    rows = rows_with_mirrors({"a": 10, "b": 10})
    space = find_space(rows, np.arange(0, 20, 2), np.arange(1, 20, 2), 1)
    assert (len(space.rows), len(space.labels), len(space.compared)) == (20, 20, 10)


def test_families_that_do_not_suit_the_width_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"random_forest.*rows of 300 .*lda"):
        plan("random_forest").families_for(4, WIDTH)
    with pytest.raises(ConfigError, match=r"lda.*rows of 18 .*random_forest.*, average"):
        plan("lda").families_for(4, 18)
    assert plan().families_for(4, 18) == FAMILIES


def fit(families: tuple[str, ...], seen: NDArray[np.bool_] | None = None) -> FittedModel:
    table = make_wide_table(CLASSES, each=60)
    if seen is not None:
        table["seen"] = seen
    mirrored = table[list(SPEC.names)].to_numpy()[:, ::-1]
    data = TrainingTable(table, "test", "0" * 64, mirrored)
    return fit_best_model(data, SPEC, TASK, plan(*families), Listener())


def test_the_winner_answers_by_numpy_with_calibrated_probabilities() -> None:
    model = fit(("logistic_regression", "lda"))
    assert NumpySteps.of(model.estimator) is not None
    rows = model.check_rows
    np.testing.assert_allclose(
        Scorer.of(model.estimator, model.metadata.classes)(rows),
        model.estimator.predict_proba(rows),
        atol=1e-6,
    )
    assert model.metadata.holdout.accuracy > 0.7
    assert model.metadata.holdout.ece < 0.2
    assert model.metadata.seen_rows == 0
    assert model.metadata.mirrored_rows == model.metadata.training_rows


def test_a_model_is_judged_by_pictures_that_the_network_has_not_seen() -> None:
    seen = np.arange(240) % 4 > 0
    model = fit(("lda",), seen)
    assert model.metadata.seen_rows == 180
    assert model.metadata.holdout.rows == 30
    assert model.metadata.training_rows == 210
