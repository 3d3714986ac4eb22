import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from src.features.extract_features import FEATURE_NAMES
from src.models.one_answer import FOLDS
from src.models.storage.metadata import LeaderboardRow
from src.models.training import race
from src.models.training.calibration import score_across
from src.models.training.pipelines import candidates_of
from src.models.training.plan import AVERAGE, Preset, SearchPlan
from src.models.training.processes import training_processes
from src.models.training.race import Race
from src.models.training.rows import LabelledRows, Split, split_holdout
from src.models.training.search import pick_winner, pipeline_of
from src.tasks import COLOR
from tests.models.training_tables import make_table


@pytest.fixture(scope="module")
def split() -> Split:
    return split_holdout(make_table(), FEATURE_NAMES, COLOR, seed=0)


def search_with(
    split: Split,
    grids: Mapping[str, Mapping[str, Sequence[float]]],
    jobs: int = 1,
    brief: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[LeaderboardRow, ...]:
    plan = SearchPlan(tuple(grids), Preset.FAST, seed=0, jobs=jobs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            race,
            "candidates_of",
            lambda family, preset: replace(
                candidates_of(family, preset), grid=grids[family], brief=brief.get(family, {})
            ),
        )
        return Race(split, plan, plan.families).run().leaderboard


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


def play(
    split: Split, script: Script, brief: Mapping[str, float] = MappingProxyType({})
) -> tuple[tuple[LeaderboardRow, ...], dict[float, list[int]]]:
    """Return the rows of a search where each candidate, by its C, reaches on each fold what a
    script says, and on which folds each was tried. What is brief goes by that C."""
    tries: dict[float, list[int]] = {}
    places = {id(fold[1]): place for place, fold in enumerate(split.sides.folds)}
    every = {c: reached for family in script.values() for c, reached in family.items()}

    def try_on(_pipeline: Any, _features: Any, _labels: Any, params: Any, fold: Any) -> race.Fit:
        c, place = params["classify__C"], places[id(fold[1])]
        tries.setdefault(c, []).append(place)
        return race.Fit(every[c][place], every[c][place], np.zeros((len(fold[1]), 4)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(race, "try_on", try_on)
        short = {family: {"C": c} for family, c in brief.items()}
        grids = {
            family: {"C": [c for c in candidates if c != brief.get(family)]}
            for family, candidates in script.items()
        }
        rows = search_with(split, grids, brief=short)
    return rows, {c: sorted(on) for c, on in tries.items()}


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
    monkeypatch.setattr(race, "_BEATEN_BY", 1.0)
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


@pytest.mark.parametrize(("briefly", "tried"), [(0.30, []), (0.50, [0, 1, 2, 3, 4])])
def test_no_more_than_a_brief_form_is_tried_of_what_is_far_behind(
    split: Split, briefly: float, tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race, "_LEAST_ROWS", 2)
    # What comes within two standard errors of 0.8 with two thirds of its errors is not.
    script = {
        "svm": {1.0: [0.8] * FOLDS},
        "random_forest": {2.0: [briefly] * FOLDS, 3.0: [0.81] * FOLDS},
        "neural_network": {4.0: [0.79] * FOLDS},
    }
    (_, forest, network), tries = play(split, script, {"random_forest": 2.0})
    assert (tries[2.0], tries.get(3.0, [])) == ([0], tried)
    given_up = LeaderboardRow("random_forest", {"C": 2.0}, briefly, 0.0, briefly, 1)
    assert forest == given_up or tried
    assert (forest.given_up_after, network.given_up_after) == (0 if tried else 1, 0)


def test_forests_are_tried_with_few_trees_unless_rows_are_few_they_are_alone_or_averaged(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, alone, averaged = (
        SearchPlan(names, Preset.FAST, jobs=1)
        for names in (("svm", "random_forest"), ("random_forest",), ("random_forest", AVERAGE))
    )
    assert not Race(split, both, both.families).brief
    monkeypatch.setattr(race, "_LEAST_ROWS", 2)
    few_trees = {"random_forest": {"classify__n_estimators": 20}}
    assert Race(split, both, both.families).brief == few_trees
    assert not Race(split, alone, alone.families).brief
    assert not Race(split, averaged, both.families).brief


def test_what_is_said_in_a_race_is_what_its_best_say_across_the_folds(split: Split) -> None:
    plan = SearchPlan(("svm", "neural_network", "random_forest"), Preset.FAST, jobs=1)
    with training_processes():
        leaderboard, said = Race(split, plan, plan.families).run()
    assert {row.family for row in leaderboard if not row.given_up_after} == set(said)
    winner = pick_winner(leaderboard)
    pipeline, folds = pipeline_of(winner, plan), split.sides.folds
    with training_processes():
        anew = score_across(pipeline, split.training, folds, plan)
    np.testing.assert_array_equal(said[winner.family].values, anew.values)
    assert said[winner.family].decisions == anew.decisions
    # As many are right as the leaderboard says.
    right = anew.accuracies(compared for _, compared in folds)
    assert np.mean(right) == pytest.approx(winner.cv_mean)


def test_a_terminal_has_a_bar_for_each_turn(
    split: Split, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(race, "_LEAST_ROWS", 2)
    forest = {3.0: [0.1] * FOLDS, 4.0: [0.1] * FOLDS}
    script = {"svm": {1.0: [0.8] * FOLDS, 2.0: [0.8] * FOLDS}, "random_forest": forest}
    play(split, script, {"random_forest": 3.0})
    told = capsys.readouterr().err
    assert told.count("fold 1: 100%") == 1
    assert "0fit [" not in told
    for bar in (
        "fold 1: 100%|##########| 3/3",
        "fold 2: 100%",
        "folds 3 to 5: 100%|##########| 3/3",
    ):
        assert bar in told.replace("█", "#")


def test_a_family_whose_first_candidate_learns_nothing_may_win(split: Split) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 6))
    products = features[:, 0] * features[:, 1] + features[:, 2] * features[:, 3]
    rows = LabelledRows(features, np.where(products > 0, "GREEN", "RED"))
    folds = list(StratifiedKFold(FOLDS).split(features, rows.labels))
    sides = replace(split.sides, classes=("GREEN", "RED"), folds=folds)
    plan = SearchPlan(("svm", "random_forest", "logistic_regression"), Preset.FAST, jobs=1)
    board = Race(replace(split, training=rows, sides=sides), plan, plan.families).run().leaderboard
    winner = pick_winner(board)
    assert (winner.family, winner.params) == ("svm", {"C": 300, "gamma": 0.01})
    assert winner.cv_mean > 0.85
    first = replace(winner, params={"C": 10, "gamma": 0.003})
    kept, compared = folds[0]
    poor = pipeline_of(first, plan).fit(features[kept], rows.labels[kept])
    assert poor.score(features[compared], rows.labels[compared]) < winner.cv_mean - 0.2


def test_first_tries_are_the_same_by_any_number_of_processes(split: Split) -> None:
    grids = {"svm": {"C": [100]}, "random_forest": {"max_depth": [1]}}
    found = [search_with(split, grids, jobs) for jobs in (1, 2)]
    assert [replace(row, fit_seconds=0) for row in found[0]] == [
        replace(row, fit_seconds=0) for row in found[1]
    ]
