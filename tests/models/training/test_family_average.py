from typing import Any

import numpy as np
import pytest

from src.errors import ConfigError
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.models.artifact import load_model_folder, save_model
from src.models.scorer import Scorer
from src.models.storage.metadata import FittedModel, LeaderboardRow
from src.models.training import best_model, family_average
from src.models.training.best_model import fit_best_model
from src.models.training.calibration import Scores, fit_calibrator
from src.models.training.family_average import FamilyAverage, average_families
from src.models.training.plan import AVERAGE, FAMILIES, Preset, SearchPlan, parse_families
from src.models.training.rows import Split, split_holdout
from src.models.training.search import search_families, training_processes, unfitted_of
from src.models.training.table import TrainingTable
from src.tasks import COLOR
from tests.models.training.test_search import Listener
from tests.models.training_tables import make_table

THREE = ("svm", "logistic_regression", "random_forest")
PLAN = SearchPlan((*THREE, AVERAGE), Preset.SMOKE, seed=0, jobs=1)


class Told(Listener):
    def prepared(self, split: Split, plan: SearchPlan) -> None:
        self.told.append(plan)

    def calibrating(self, winner: LeaderboardRow) -> None:
        self.told.append(winner)


@pytest.fixture(scope="module")
def split() -> Split:
    return split_holdout(make_table(), FEATURE_NAMES, COLOR, seed=0)


@pytest.fixture(scope="module")
def leaderboard(split: Split) -> tuple[LeaderboardRow, ...]:
    with training_processes():
        return search_families(split, PLAN, Listener())


@pytest.fixture(scope="module")
def average(split: Split, leaderboard: tuple[LeaderboardRow, ...]) -> FamilyAverage:
    found = average_families(leaderboard, split, PLAN, Listener())
    assert found is not None
    return found


def test_it_is_of_the_best_families_in_equal_shares(
    leaderboard: tuple[LeaderboardRow, ...], average: FamilyAverage
) -> None:
    ranked = sorted(leaderboard, key=lambda row: -row.cv_mean)
    assert average.row.family == AVERAGE
    assert list(average.row.params) == [row.family for row in ranked][: len(average.row.params)]
    assert sum(average.row.params.values()) == pytest.approx(1, abs=1e-3)
    assert len(set(average.row.params.values())) == 1


def test_what_it_says_of_a_fold_is_calibrated_by_the_others(
    split: Split, average: FamilyAverage
) -> None:
    folds, expected = split.sides.folds, np.zeros_like(average.scores.values)
    for _, compared in folds:
        others = np.setdiff1d(np.arange(len(split.training.labels)), compared)
        for _, said in average.members.values():
            calibrator = fit_calibrator(said, "temperature", others)
            expected[compared] += calibrator.predict_proba(said.values[compared])
    np.testing.assert_allclose(average.scores.values, expected / len(average.members))
    right = np.unique(split.training.labels)[expected.argmax(axis=1)] == split.training.labels
    means = [right[compared].mean() for _, compared in folds]
    assert average.row.cv_mean == pytest.approx(np.mean(means))
    assert average.row.cv_std == pytest.approx(np.std(means))


CLASSIFIERS = {
    "SoftVoteSVC": "svm",
    "LogisticRegression": "logistic_regression",
    "RandomForestClassifier": "random_forest",
}


def test_the_one_that_is_right_most_often_is_taken(
    split: Split, leaderboard: tuple[LeaderboardRow, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = np.unique(split.training.labels, return_inverse=True)[1]
    order = sorted(leaderboard, key=lambda row: -row.cv_mean)

    def said(pipeline: Any, *_: Any) -> Scores:
        is_worst = CLASSIFIERS[type(pipeline[-1]).__name__] == order[-1].family
        # Surely wrong, or right and less sure.
        values = np.eye(4)[(truth + 1) % 4] * 50 if is_worst else np.eye(4)[truth] * 5
        return Scores(values, split.training.labels, decisions=True)

    monkeypatch.setattr(family_average, "score_across", said)
    found = average_families(leaderboard, split, PLAN, Listener())
    assert found is not None
    assert list(found.row.params) == [row.family for row in order[:2]]
    assert found.row.cv_mean == 1


def test_of_a_single_family_there_is_none(
    split: Split, leaderboard: tuple[LeaderboardRow, ...]
) -> None:
    assert average_families(leaderboard[:1], split, PLAN, Listener()) is None


def test_fitted_it_says_the_mean_of_what_its_families_say(
    split: Split, average: FamilyAverage
) -> None:
    pipeline, rows = average.fit(split.training), split.holdout.features
    scaled = pipeline[0].transform(rows)
    voters = pipeline[-1].estimators_
    said = [voter.predict_proba(scaled) for voter in voters]
    np.testing.assert_allclose(pipeline.predict_proba(rows), np.mean(said, axis=0))
    # One way to scale and to fit, whoever asks.
    for (alone, _), voter in zip(average.members.values(), voters, strict=True):
        alone.fit(split.training.features, split.training.labels)
        answers = voter.calibrated_classifiers_[0].estimator.predict(scaled)
        assert answers.tolist() == alone.predict(rows).tolist()


@pytest.fixture(scope="module")
def model() -> FittedModel:
    """Fit a model of which the average wins."""
    data = TrainingTable(make_table(), "test", "0" * 64)
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
    assert SearchPlan(preset=Preset.PUBLISHED).families_for(4, 18) == FAMILIES


def test_without_its_name_no_average_is_made() -> None:
    data = TrainingTable(make_table(), "test", "0" * 64)
    plan = SearchPlan(("svm", "logistic_regression"), Preset.SMOKE, seed=0, jobs=1)
    found = fit_best_model(data, FEATURES_V1, COLOR, plan, Told())
    assert AVERAGE not in {row.family for row in found.metadata.leaderboard}


@pytest.mark.parametrize("text", ["average", "svm,average"])
def test_an_average_of_less_than_two_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=rf"less than two families \({text}\)"):
        parse_families(text)
