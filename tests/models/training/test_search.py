from collections.abc import Iterable
from typing import Any

import pytest
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler

from src.errors import ConfigError
from src.features.extract_features import FEATURE_NAMES
from src.models.storage.metadata import LeaderboardRow
from src.models.training.plan import FAMILIES, Preset, SearchPlan, parse_families
from src.models.training.processes import training_processes
from src.models.training.rows import FOLDS, LabelledRows, split_holdout
from src.models.training.search import (
    folds_of,
    parameters_of,
    pick_winner,
    pipeline_of,
    search_families,
)
from src.tasks import COLOR
from tests.models.training_tables import make_table


class Listener:
    def __init__(self) -> None:
        self.told: list[Any] = []

    def started(self, family: str, fits: int) -> list[Any]:
        self.told.append((family, fits))
        return []

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        self.told.append(row)

    def calibrating(self, winner: LeaderboardRow) -> None:
        raise AssertionError("the search alone does not calibrate")


@pytest.fixture(scope="module")
def training_rows() -> LabelledRows:
    return split_holdout(make_table(), FEATURE_NAMES, COLOR, seed=0).training


def smoke(*families: str, jobs: int = 1) -> SearchPlan:
    return SearchPlan(families or FAMILIES, Preset.SMOKE, seed=0, jobs=jobs)


def scores(leaderboard: Iterable[LeaderboardRow]) -> list[Any]:
    return [(row.family, row.params, row.cv_mean, row.cv_std) for row in leaderboard]


def test_every_family_competes_and_is_announced(training_rows: LabelledRows) -> None:
    listener = Listener()
    with training_processes():
        leaderboard = search_families(training_rows, smoke(), listener)
    assert tuple(row.family for row in leaderboard) == FAMILIES
    assert all(0.4 < row.cv_mean < 1 for row in leaderboard)
    assert listener.told[0] == ("svm", 2 * FOLDS)
    assert listener.told[1::2] == list(leaderboard)


def test_number_of_processes_changes_nothing(training_rows: LabelledRows) -> None:
    found = []
    for jobs in (1, 2):
        plan = smoke("random_forest", "neural_network", jobs=jobs)
        with training_processes():
            found.append(scores(search_families(training_rows, plan, Listener())))
    assert found[0] == found[1]


def test_scaler_never_sees_the_fold_it_is_scored_on(
    training_rows: LabelledRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    original = StandardScaler.fit

    def spy(self: StandardScaler, features: Any, *args: Any, **kwargs: Any) -> StandardScaler:
        seen.append(len(features))
        return original(self, features, *args, **kwargs)

    monkeypatch.setattr(StandardScaler, "fit", spy)
    search_families(training_rows, smoke("logistic_regression"), Listener())
    rows = len(training_rows.labels)
    assert len(seen) == 2 * FOLDS
    assert all(rows - -(-rows // FOLDS) <= count <= rows - rows // FOLDS for count in seen)


def test_folds_are_the_same_at_every_call(training_rows: LabelledRows) -> None:
    first, again = (
        [test.tolist() for _, test in folds_of(smoke()).split(*rows)]
        for rows in [(training_rows.features, training_rows.labels)] * 2
    )
    assert first == again


def test_winner_has_the_highest_mean_and_of_equals_the_first() -> None:
    means = {"a": 0.8, "b": 0.9, "c": 0.9}
    rows = [LeaderboardRow(name, {}, mean, 0.0, 0.0) for name, mean in means.items()]
    assert pick_winner(rows).family == "b"


def test_pipeline_of_a_row_has_its_parameters() -> None:
    row = LeaderboardRow("svm", {"C": 7}, 0.9, 0.0, 0.0)
    params = pipeline_of(row, smoke()).get_params()
    assert (params["classify__C"], params["classify__gamma"]) == (7, 0.01)
    expected = {"C": 7, "gamma": 0.01, "decision_function_shape": "ovo"}
    assert parameters_of(row, smoke()) == expected


@pytest.mark.parametrize(("text", "found"), [("xgboost,svm", "xgboost"), (" , ", "none given")])
def test_unknown_families_are_refused_with_the_list(text: str, found: str) -> None:
    with pytest.raises(ConfigError, match=rf"\({found}\).*svm, logistic_regression, random"):
        parse_families(text)


def test_halving_tries_the_better_candidates_on_all_rows(
    training_rows: LabelledRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.models.training.rungs.MIN_RUNG_ROWS", 10)
    listener, sizes = Listener(), []
    original = StandardScaler.fit

    def spy(self: StandardScaler, features: Any, *args: Any, **kwargs: Any) -> StandardScaler:
        sizes.append(len(features))
        return original(self, features, *args, **kwargs)

    monkeypatch.setattr(StandardScaler, "fit", spy)
    plan = SearchPlan(("svm",), Preset.HALVING, seed=0, jobs=1)
    (row,) = search_families(training_rows, plan, listener)
    assert listener.told == [("svm", (35 + 12 + 4) * FOLDS), row]
    assert len(sizes) == (35 + 12 + 4) * FOLDS
    # The last rung scores on the same folds as any other search.
    full = len(training_rows.labels) * (FOLDS - 1) / FOLDS
    assert sum(abs(size - full) < 1 for size in sizes) == 4 * FOLDS
    pipeline = pipeline_of(row, plan)
    folds = cross_val_score(
        pipeline, training_rows.features, training_rows.labels, cv=folds_of(plan)
    )
    assert row.cv_mean == pytest.approx(folds.mean())


def test_halving_is_the_same_at_every_run(
    training_rows: LabelledRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.models.training.rungs.MIN_RUNG_ROWS", 10)
    found = []
    for jobs in (1, 2):
        plan = SearchPlan(("svm", "logistic_regression"), Preset.HALVING, jobs=jobs)
        with training_processes():
            found.append(scores(search_families(training_rows, plan, Listener())))
    assert found[0] == found[1]
