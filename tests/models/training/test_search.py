from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from src.errors import ConfigError
from src.features.extract_features import FEATURE_NAMES
from src.models.one_answer import FOLDS
from src.models.storage.metadata import LeaderboardRow
from src.models.training.plan import FAMILIES, Preset, SearchPlan, parse_families
from src.models.training.processes import training_processes
from src.models.training.rows import Split, split_holdout
from src.models.training.search import (
    parameters_of,
    pick_winner,
    pipeline_of,
    search_families,
    unfitted_of,
)
from src.tasks import COLOR
from tests.models.example_metadata import METADATA
from tests.models.training_tables import make_table
from tests.models.wide_rows import SPEC as WIDE_SPEC


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
def split() -> Split:
    return split_holdout(make_table(), FEATURE_NAMES, COLOR, seed=0)


def smoke(*families: str, jobs: int = 1) -> SearchPlan:
    return SearchPlan(families or FAMILIES, Preset.SMOKE, seed=0, jobs=jobs)


def scores(leaderboard: Iterable[LeaderboardRow]) -> list[Any]:
    return [(row.family, row.params, row.cv_mean, row.cv_std) for row in leaderboard]


def test_a_fast_search_tells_what_all_fits_of_a_family_took(split: Split) -> None:
    class Timed(Listener):
        def finished(self, row: LeaderboardRow, seconds: float) -> None:
            self.told.append((row, seconds))

    listener = Timed()
    plan = SearchPlan(("svm", "logistic_regression"), jobs=1)
    leaderboard = search_families(split, plan, listener).leaderboard
    assert [row for row, _ in listener.told] == list(leaderboard)
    folds = [row.given_up_after or FOLDS for row in leaderboard]
    # At least what the best candidate of each took.
    least = [row.fit_seconds * n for row, n in zip(leaderboard, folds, strict=True)]
    assert all(seconds > s - 0.01 for (_, seconds), s in zip(listener.told, least, strict=True))


def test_every_family_competes_and_is_announced(split: Split) -> None:
    listener = Listener()
    with training_processes():
        leaderboard = search_families(split, smoke(), listener).leaderboard
    assert tuple(row.family for row in leaderboard) == FAMILIES
    assert all(0.4 < row.cv_mean < 1 for row in leaderboard)
    assert listener.told[0] == ("svm", 2 * FOLDS)
    assert listener.told[1::2] == list(leaderboard)


def test_number_of_processes_changes_nothing(split: Split) -> None:
    found = []
    for jobs in (1, 2):
        plan = smoke("random_forest", "neural_network", jobs=jobs)
        with training_processes():
            found.append(scores(search_families(split, plan, Listener()).leaderboard))
    assert found[0] == found[1]


def test_scaler_never_sees_the_fold_it_is_scored_on(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    original = StandardScaler.fit

    def spy(self: StandardScaler, features: Any, *args: Any, **kwargs: Any) -> StandardScaler:
        seen.append(len(features))
        return original(self, features, *args, **kwargs)

    monkeypatch.setattr(StandardScaler, "fit", spy)
    search_families(split, smoke("logistic_regression"), Listener())
    rows = len(split.training.labels)
    assert len(seen) == 2 * FOLDS
    assert all(rows - -(-rows // FOLDS) <= count <= rows - rows // FOLDS for count in seen)


def test_winner_has_the_highest_mean_and_of_equals_the_first() -> None:
    means = {"a": 0.8, "b": 0.9, "c": 0.9}
    rows = [LeaderboardRow(name, {}, mean, 0.0, 0.0) for name, mean in means.items()]
    assert pick_winner(rows).family == "b"
    lucky = LeaderboardRow("lucky", {}, 0.95, 0.0, 0.0, given_up_after=1)
    luckier = replace(lucky, family="luckier", given_up_after=2)
    board = sorted([lucky, luckier, *rows], key=LeaderboardRow.rank)
    assert [row.family for row in board] == ["b", "c", "a", "luckier", "lucky"]
    assert pick_winner([lucky, *rows]).family == "b"


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


@pytest.mark.parametrize(
    ("classes", "left_out"),
    [
        (50, set()),
        (51, {"random_forest", "gradient_boosting"}),
        (501, {"random_forest", "gradient_boosting", "svm"}),
        (1000, {"random_forest", "gradient_boosting", "svm"}),
    ],
)
def test_many_classes_leave_out_what_grows_with_them_but_not_what_is_asked_for(
    classes: int, left_out: set[str]
) -> None:
    assert SearchPlan().families_for(classes) == tuple(
        family for family in FAMILIES if family not in left_out
    )
    assert SearchPlan(("svm", "random_forest")).families_for(classes) == ("svm", "random_forest")


def test_a_model_is_fitted_anew_as_it_was_searched_and_an_average_as_its_best_family() -> None:
    board = (
        LeaderboardRow("average", {"lda": 0.4, "logistic_regression": 0.6}, 0.8, 0.01, 0.0),
        LeaderboardRow("svm", {"C": 3}, 0.79, 0.01, 1.0),
        LeaderboardRow("logistic_regression", {"C": 0.004}, 0.78, 0.01, 1.0),
        LeaderboardRow("lda", {"shrinkage": 0.4}, 0.77, 0.01, 1.0),
    )
    averaged = replace(
        METADATA,
        family="average",
        parameters=board[0].params,
        leaderboard=board,
        feature_spec=WIDE_SPEC,
    )
    pipeline = unfitted_of(averaged)
    assert list(pipeline.named_steps) == ["scale", "reduce", "classify"]
    assert isinstance(pipeline[-1], LogisticRegression)
    assert pipeline[-1].C == 0.004
    single = unfitted_of(replace(averaged, family="lda", parameters={"shrinkage": 0.4}))
    assert single[-1].get_params()["shrinkage"] == 0.4
