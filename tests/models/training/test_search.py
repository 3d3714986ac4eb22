import os
import signal
import threading
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info

from src.errors import ConfigError
from src.features.extract_features import FEATURE_NAMES
from src.models.one_answer import FOLDS
from src.models.storage.metadata import LeaderboardRow
from src.models.training import search
from src.models.training.pipelines import candidates_of, pipeline_grid
from src.models.training.plan import FAMILIES, Preset, SearchPlan, parse_families
from src.models.training.rows import LabelledRows, Split, split_holdout
from src.models.training.search import (
    parameters_of,
    pick_winner,
    pipeline_of,
    search_families,
    training_processes,
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


def test_a_fast_search_tells_what_is_left_to_fit_and_all_that_it_took(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Timed(Listener):
        def finished(self, row: LeaderboardRow, seconds: float) -> None:
            self.told.append((row, seconds))

    monkeypatch.setattr(search, "monotonic", lambda: 0.0)
    listener = Timed()
    search_families(split, SearchPlan(("svm", "logistic_regression"), jobs=1), listener)
    announced = dict(told for told in listener.told if isinstance(told[0], str))
    assert announced
    for family, fits in announced.items():
        grid = ParameterGrid(pipeline_grid(candidates_of(family, Preset.FAST)))
        assert fits <= len(grid) * (len(split.sides.folds) - 1)
    # What the first fold took is told too, which was over before.
    took = [told[1] for told in listener.told if isinstance(told[0], LeaderboardRow)]
    assert len(took) == 2
    assert min(took) > 0


def test_every_family_competes_and_is_announced(split: Split) -> None:
    listener = Listener()
    with training_processes():
        leaderboard = search_families(split, smoke(), listener)
    assert tuple(row.family for row in leaderboard) == FAMILIES
    assert all(0.4 < row.cv_mean < 1 for row in leaderboard)
    assert listener.told[0] == ("svm", 2 * FOLDS)
    assert listener.told[1::2] == list(leaderboard)


def test_number_of_processes_changes_nothing(split: Split) -> None:
    found = []
    for jobs in (1, 2):
        plan = smoke("random_forest", "neural_network", jobs=jobs)
        with training_processes():
            found.append(scores(search_families(split, plan, Listener())))
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


def search_with(
    split: Split, grids: Mapping[str, Mapping[str, Sequence[float]]], jobs: int = 1
) -> list[LeaderboardRow]:
    plan = SearchPlan(tuple(grids), Preset.FAST, seed=0, jobs=jobs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            search,
            "_candidates",
            lambda family, *_: replace(candidates_of(family, Preset.FAST), grid=grids[family]),
        )
        listener = Listener()
        leaderboard = search_families(split, plan, listener)
    told = [row for row in listener.told if isinstance(row, LeaderboardRow)]
    assert told == list(leaderboard)
    return told


def test_a_family_without_a_hopeful_candidate_is_given_up_after_one_fold(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[float] = []
    original = LogisticRegression.fit

    def spy(self: LogisticRegression, *arguments: Any, **options: Any) -> LogisticRegression:
        fits.append(self.C)
        return original(self, *arguments, **options)

    monkeypatch.setattr(LogisticRegression, "fit", spy)
    best, hopeless = search_with(split, {"svm": {"C": [100]}, "logistic_regression": {"C": [1e-9]}})
    assert fits == [1e-9]
    assert (best.given_up_after, hopeless.given_up_after) == (0, 1)
    rows, (kept, compared) = split.training, split.sides.folds[0]
    right = pipeline_of(hopeless, SearchPlan()).fit(rows.features[kept], rows.labels[kept])
    mean = np.mean(right.predict(rows.features[compared]) == rows.labels[compared])
    assert (hopeless.cv_mean, hopeless.cv_std) == pytest.approx((mean, 0))


Script = Mapping[str, Mapping[float, Sequence[float]]]


def play(split: Split, script: Script) -> tuple[list[LeaderboardRow], dict[float, list[int]]]:
    """Return the rows of a search where each candidate, by its C, reaches on each fold what a
    script says, and on which folds each was tried."""
    tries: dict[float, list[int]] = {}
    places = {id(fold[1]): place for place, fold in enumerate(split.sides.folds)}
    every = {c: reached for family in script.values() for c, reached in family.items()}

    def try_on(_make: Any, _callbacks: Any, _rows: Any, grid: Any, folds: Any) -> Any:
        on = [places[id(fold[1])] for fold in folds]
        for params in grid:
            tries[params["classify__C"]] = tries.get(params["classify__C"], []) + on
        found = np.array([[every[params["classify__C"]][fold] for fold in on] for params in grid])
        return search._Tried(grid, found, found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_try_on", try_on)
        grids = {family: {"C": [*candidates]} for family, candidates in script.items()}
        return search_with(split, grids), tries


# A standard error is about 0.08.
SCRIPT = {
    "svm": {
        1.0: [0.80, 0.80, 0.80, 0.80, 0.80],
        2.0: [0.78, 0.84, 0.99, 0.99, 0.99],
        3.0: [0.80, 0.60, 0.99, 0.99, 0.99],
        4.0: [0.50, 0.99, 0.99, 0.99, 0.99],
        5.0: [0.79, 0.80, 0.99, 0.99, 0.99],
    },
    "logistic_regression": {6.0: [0.79, 0.45, 0.9, 0.9, 0.9], 7.0: [0.80, 0.44, 0.9, 0.9, 0.9]},
    "neural_network": {8.0: [0.50, 0.9, 0.9, 0.9, 0.9], 9.0: [0.60, 0.9, 0.9, 0.9, 0.9]},
    "kernel_logistic_regression": {10.0: [0.30, 0.9, 0.9, 0.9, 0.9], 11.0: [0.81] * FOLDS},
}


def test_candidates_go_on_by_folds_while_they_may_win_and_at_most_half_to_the_end(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_BEATEN_BY", 1.0)
    (svm, logistic, network, kernel), tries = play(split, SCRIPT)
    every = [*range(FOLDS)]
    # 3 falls behind on the second fold, 4 on the first; of the four tried on both two go on.
    assert {c: tries[c] for c in SCRIPT["svm"]} == {
        1.0: every, 2.0: every, 3.0: [0, 1], 4.0: [0], 5.0: [0, 1]
    }  # fmt: skip
    assert (svm.params, svm.given_up_after) == ({"C": 2.0}, 0)
    assert svm.cv_mean == pytest.approx(np.mean(SCRIPT["svm"][2.0]))
    # All of a family fall behind.
    assert tries[6.0] == tries[7.0] == [0, 1]
    assert (logistic.params, logistic.given_up_after) == ({"C": 6.0}, 2)
    # At once; it is known by its best.
    assert tries[8.0] == tries[9.0] == [0]
    assert (network.params, network.given_up_after) == ({"C": 9.0}, 1)
    # None is judged by its first candidate.
    assert (tries[10.0], tries[11.0]) == ([0], every)
    assert (kernel.params, kernel.given_up_after) == ({"C": 11.0}, 0)


def test_one_or_two_errors_on_a_small_fold_give_nobody_up(split: Split) -> None:
    kept, compared = split.sides.folds[0]
    folds = [(kept, compared[start : start + 12]) for start in range(0, 2 * FOLDS, 2)]
    small = replace(split, sides=replace(split.sides, folds=folds))
    right = {"svm": 12, "logistic_regression": 11, "random_forest": 10, "neural_network": 6}
    script = {name: {float(n): [n / 12] * FOLDS} for name, n in right.items()}
    rows, _ = play(small, script)
    assert {row.family: row.given_up_after for row in rows}["neural_network"] == 1
    assert all(row.given_up_after != 1 for row in rows[:3])


def test_a_family_whose_first_candidate_learns_nothing_may_win(split: Split) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 6))
    products = features[:, 0] * features[:, 1] + features[:, 2] * features[:, 3]
    rows = LabelledRows(features, np.where(products > 0, "GREEN", "RED"))
    folds = list(StratifiedKFold(FOLDS).split(features, rows.labels))
    sides = replace(split.sides, classes=("GREEN", "RED"), folds=folds)
    plan = SearchPlan(("svm", "random_forest", "logistic_regression"), Preset.FAST, jobs=1)
    board = search_families(replace(split, training=rows, sides=sides), plan, Listener())
    winner = pick_winner(board)
    assert (winner.family, winner.params) == ("svm", {"C": 300, "gamma": 0.01})
    assert winner.cv_mean > 0.85
    first = replace(winner, params={"C": 10, "gamma": 0.003})
    kept, compared = folds[0]
    poor = pipeline_of(first, plan).fit(features[kept], rows.labels[kept])
    assert poor.score(features[compared], rows.labels[compared]) < winner.cv_mean - 0.2


def test_first_tries_are_the_same_by_any_number_of_processes(split: Split) -> None:
    grids = {"svm": {"C": [100]}, "random_forest": {"max_depth": [1]}}
    assert scores(search_with(split, grids)) == scores(search_with(split, grids, jobs=2))


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


def count_threads() -> int:
    return max(int(library["num_threads"]) for library in threadpool_info())


def handles_interrupts() -> bool:
    return signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_process_has_one_thread(jobs: int) -> None:
    with training_processes():
        assert set(Parallel(n_jobs=jobs)(delayed(count_threads)() for _ in range(4))) == {1}


def test_only_the_first_process_hears_of_interrupts() -> None:
    with training_processes():
        assert set(Parallel(n_jobs=2)(delayed(handles_interrupts)() for _ in range(4))) == {False}
    assert handles_interrupts()


def test_an_interrupt_that_scikit_learn_swallows_ends_the_block() -> None:
    features = np.random.default_rng(0).normal(size=(2000, 18))
    slow = MLPClassifier(batch_size=1, max_iter=10_000, n_iter_no_change=10_000)

    def interrupt() -> None:
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt), training_processes():
        slow.fit(features, features[:, 0] > 0)


def test_fits_that_stop_early_are_not_reported() -> None:
    with training_processes():
        warnings.warn("stopped", ConvergenceWarning, stacklevel=1)


def test_other_warnings_pass() -> None:
    with pytest.warns(UserWarning, match="look here"), training_processes():
        warnings.warn("look here", UserWarning, stacklevel=1)


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
