from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from src.errors import ConfigError
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.models.artifact import load_model_folder, save_model
from src.models.one_answer import FOLDS
from src.models.scorer import Scorer
from src.models.storage.metadata import FittedModel, LeaderboardRow
from src.models.training import best_model
from src.models.training.best_model import fit_best_model
from src.models.training.calibration import Scores
from src.models.training.family_average import (
    FamilyAverage,
    Voter,
    average_families,
    missing_average,
    weigh,
)
from src.models.training.plan import (
    AVERAGE,
    FAMILIES,
    THOROUGH_FAMILIES,
    WIDE,
    Preset,
    SearchPlan,
    parse_families,
)
from src.models.training.processes import training_processes
from src.models.training.rows import Split, split_holdout
from src.models.training.search import search_families, unfitted_of
from src.models.training.table import TrainingTable
from src.tasks import COLOR, Kind
from tests.models.training.test_search import Listener
from tests.models.training_tables import make_table

THREE = ("svm", "logistic_regression", "random_forest")
PLAN = SearchPlan((*THREE, AVERAGE), Preset.SMOKE, seed=0, jobs=1)


class Told(Listener):
    def prepared(self, split: Split, plan: SearchPlan) -> None:
        self.told.append(plan)

    def calibrating(self, winner: LeaderboardRow) -> None:
        self.told.append(winner)


def blurred_table() -> pd.DataFrame:
    """Return a table of which no family knows all."""
    table, chance = make_table(), np.random.default_rng(0)
    names = list(FEATURE_NAMES)
    return table.assign(**(table[names] + chance.normal(0, 60, table[names].shape)))


@pytest.fixture(scope="module")
def split() -> Split:
    return split_holdout(blurred_table(), FEATURE_NAMES, COLOR, seed=0)


@pytest.fixture(scope="module")
def leaderboard(split: Split) -> tuple[LeaderboardRow, ...]:
    with training_processes():
        return search_families(split, PLAN, Listener()).leaderboard


@pytest.fixture(scope="module")
def average(split: Split, leaderboard: tuple[LeaderboardRow, ...]) -> FamilyAverage:
    found = average_families(leaderboard, split, PLAN, Listener())
    assert found is not None
    return found


def test_what_it_says_of_a_fold_is_learned_from_the_others(
    split: Split, leaderboard: tuple[LeaderboardRow, ...], average: FamilyAverage
) -> None:
    """Labels of a fold change neither its temperatures nor its shares."""
    rows = split.training
    _, compared = split.sides.folds[0]
    labels = rows.labels.copy()
    labels[compared] = np.roll(labels[compared], 1)
    said = [voter._replace(said=replace(voter.said, labels=labels)) for voter in average.voters]
    before, after = (weigh(voters, split.sides.folds)[1] for voters in (average.voters, said))
    np.testing.assert_array_equal(after.values[compared], before.values[compared])
    assert (after.values != before.values).any()


def test_its_figures_are_those_of_what_it_says(split: Split, average: FamilyAverage) -> None:
    rows, folds = split.training, split.sides.folds
    answers = np.unique(rows.labels)[average.scores.values.argmax(axis=1)]
    right = [(answers == rows.labels)[compared].mean() for _, compared in folds]
    assert average.row.family == AVERAGE
    assert average.row.cv_mean == pytest.approx(np.mean(right))
    assert average.row.cv_std == pytest.approx(np.std(right))
    np.testing.assert_allclose(average.scores.values.sum(axis=1), 1)


def test_shares_make_the_rows_likeliest_and_what_adds_nothing_has_none(split: Split) -> None:
    labels, folds = split.training.labels, split.sides.folds
    truth = np.unique(labels, return_inverse=True)[1]
    chance = np.random.default_rng(0)

    def voter(name: str, sure_of: NDArray[np.bool_]) -> Voter:
        values = np.where(sure_of[:, np.newaxis], np.eye(4)[truth] * 4, 0) + chance.normal(
            0, 0.1, (len(truth), 4)
        )
        return Voter(name, Pipeline([]), Scores(values, labels, decisions=True))

    half = np.arange(len(truth)) % 2 == 0
    voters = [voter("a", half), voter("b", ~half), voter("guesses", half & ~half)]
    shares, scores = weigh(voters, folds)
    assert shares.keys() == {"a", "b"}
    assert shares["a"] == pytest.approx(0.5, abs=0.1)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    alone = voters[0].said.accuracies(compared for _, compared in folds)
    assert np.mean(scores.accuracies(compared for _, compared in folds)) > np.mean(alone) + 0.1


def test_networks_count_as_the_mean_of_several_beginnings(split: Split) -> None:
    plan = SearchPlan(("logistic_regression", "neural_network", AVERAGE), Preset.SMOKE, jobs=1)
    listener = Listener()
    with training_processes():
        board = search_families(split, plan, listener).leaderboard
        found = average_families(board, split, plan, listener)
        assert found is not None
        vote = found.fit(split.training)[-1]
    assert listener.told[-2:] == [(AVERAGE, 6 * FOLDS), found.row]
    networks = [one for one in found.voters if one.family == "neural_network"]
    assert [one.pipeline[-1].random_state for one in networks] == [0, 1, 2, 3, 4]
    share = found.row.params["neural_network"]
    assert vote.weights[-5:] == pytest.approx([share / 5] * 5)


def test_networks_alone_are_an_average(split: Split) -> None:
    families = parse_families("neural_network,average")
    assert families == ("neural_network", AVERAGE)
    plan = SearchPlan(families, Preset.SMOKE, jobs=1)
    with training_processes():
        found = average_families(
            search_families(split, plan, Listener()).leaderboard, split, plan, Listener()
        )
    assert found is not None
    assert (len(found.voters), found.row.params) == (5, {"neural_network": 1.0})


def test_where_one_fit_would_be_all_of_it_there_is_none(
    split: Split, leaderboard: tuple[LeaderboardRow, ...]
) -> None:
    assert average_families(leaderboard[:1], split, PLAN, Listener()) is None
    easy = split_holdout(make_table(), FEATURE_NAMES, COLOR, seed=0)
    with training_processes():
        board = search_families(easy, PLAN, Listener()).leaderboard
        assert average_families(board, easy, PLAN, Listener()) is None


def test_fitted_it_says_the_mean_of_what_its_families_say(
    split: Split, average: FamilyAverage
) -> None:
    pipeline, rows = average.fit(split.training), split.holdout.features
    scaled = pipeline[0].transform(rows)
    voters = pipeline[-1].estimators_
    said = [voter.predict_proba(scaled) for voter in voters]
    weights = [average.row.params[voter.family] for voter in average.voters]
    expected = np.average(said, axis=0, weights=weights)
    np.testing.assert_allclose(pipeline.predict_proba(rows), expected)
    # One way to scale and to fit, whoever asks.
    for (_, unfitted, _), voter in zip(average.voters, voters, strict=True):
        alone = clone(unfitted).fit(split.training.features, split.training.labels)
        answers = voter.calibrated_classifiers_[0].estimator.predict(scaled)
        assert answers.tolist() == alone.predict(rows).tolist()


@pytest.fixture(scope="module")
def model() -> FittedModel:
    """Fit a model of which the average wins."""
    data = TrainingTable(blurred_table(), "test", "0" * 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_model, "pick_winner", lambda rows: rows[-1])
        return fit_best_model(data, FEATURES_V1, COLOR, PLAN, Told())


def test_a_model_of_it_is_judged_kept_and_asked_as_any(model: FittedModel, tmp_path: Any) -> None:
    known = model.metadata
    (row,) = (row for row in known.leaderboard if row.family == AVERAGE)
    assert (known.family, known.parameters) == (AVERAGE, row.params)
    assert known.holdout.accuracy > 0.5
    save_model(model, tmp_path / "model")
    loaded = load_model_folder(tmp_path / "model")
    rows = model.check_rows
    expected = Scorer.plain(model.estimator, known.classes)(rows)
    np.testing.assert_allclose(loaded.scorer(rows), expected, atol=1e-9)
    np.testing.assert_allclose(expected.sum(axis=1), 1)


def test_fitted_anew_it_is_its_best_family(model: FittedModel) -> None:
    known = model.metadata
    best = next(row for row in known.leaderboard if row.family in known.parameters)
    classifier = unfitted_of(known)[-1]
    assert {name: classifier.get_params()[name] for name in best.params} == best.params


def test_it_competes_where_time_does_not_matter_or_it_is_named() -> None:
    assert SearchPlan(preset=Preset.PUBLISHED).averages()
    assert not SearchPlan(preset=Preset.FAST).averages()
    assert not SearchPlan(THREE, Preset.PUBLISHED).averages()
    assert SearchPlan(("svm", "lda", AVERAGE)).averages()
    assert PLAN.families_for(4, 18) == THREE


def test_a_thorough_search_has_more_families_and_any_has_those_it_is_told() -> None:
    published = SearchPlan(preset=Preset.PUBLISHED).families_for(4, 18)
    assert published == FAMILIES + THOROUGH_FAMILIES
    assert SearchPlan().families_for(4, 18) == FAMILIES
    assert SearchPlan(THOROUGH_FAMILIES).families_for(4, 18) == THOROUGH_FAMILIES


def test_without_its_name_no_average_is_made() -> None:
    """Of a table of which, with its name, there is one."""
    data = TrainingTable(blurred_table(), "test", "0" * 64)
    plan = replace(PLAN, families=THREE)
    found = fit_best_model(data, FEATURES_V1, COLOR, plan, Told())
    assert {row.family for row in found.metadata.leaderboard} == set(THREE)
    assert missing_average(found.metadata, plan) is None


def test_where_none_is_made_though_it_was_to_compete_that_is_said(model: FittedModel) -> None:
    known = model.metadata
    assert missing_average(known, PLAN) is None
    families = tuple(row for row in known.leaderboard if row.family != AVERAGE)
    without = replace(known, leaderboard=families)
    assert missing_average(without, PLAN) == "no average: one family would be all of it"
    wide = replace(without, feature_spec=replace(FEATURES_V1, names=("x",) * WIDE))
    tags = replace(without, task=replace(known.task, kind=Kind.MANY))
    for linear in (wide, tags):
        assert missing_average(linear, PLAN) == "no average: it takes two families that are linear"


@pytest.mark.parametrize("text", ["average", "svm,average"])
def test_an_average_of_less_than_two_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=rf"less than two families \({text}\)"):
        parse_families(text)
