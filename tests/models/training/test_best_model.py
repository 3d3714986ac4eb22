from typing import Any

import numpy as np
import pandas as pd
import pytest

from src.errors import DataError
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.models.reporting.training_report import ConsoleProgress
from src.models.storage.metadata import FittedModel
from src.models.training.best_model import fit_best_model
from src.models.training.plan import Preset, SearchPlan
from src.models.training.rows import split_holdout
from src.models.training.table import TrainingTable
from src.tasks import COLOR
from tests.models.training_tables import SMALL, make_table

PLAN = SearchPlan(("svm", "logistic_regression"), Preset.SMOKE, seed=0, jobs=1)
NAMES = list(FEATURE_NAMES)


def fit(table: pd.DataFrame, plan: SearchPlan = PLAN) -> FittedModel:
    data = TrainingTable(table, "test", "0" * 64)
    return fit_best_model(data, FEATURES_V1, COLOR, plan, ConsoleProgress(terminal=False))


def facts(model: FittedModel) -> Any:
    """Everything that is learned from training rows; times differ from run to run."""
    board = [(row.family, row.params, row.cv_mean) for row in model.metadata.leaderboard]
    return (
        board,
        model.metadata.calibration,
        model.estimator.predict_proba(model.check_rows).tolist(),
    )


@pytest.fixture(scope="module")
def model() -> FittedModel:
    return fit(make_table())


def test_metadata_tell_the_run(model: FittedModel) -> None:
    metadata = model.metadata
    total = sum(SMALL.values())
    assert metadata.task == COLOR
    assert metadata.classes == ("BLACK", "GREEN", "RED", "PINK")
    assert metadata.family == metadata.leaderboard[0].family
    assert metadata.leaderboard[0].cv_mean >= metadata.leaderboard[1].cv_mean
    assert metadata.training_rows + metadata.holdout.rows == total
    assert np.sum(metadata.holdout.confusion_matrix) == metadata.holdout.rows
    assert (metadata.search, metadata.seed, metadata.data_source) == ("smoke", 0, "test")
    assert model.estimator.n_features_in_ == 18


def test_holdout_figures_are_those_of_the_model_on_the_rows_set_aside(model: FittedModel) -> None:
    holdout = split_holdout(make_table(), FEATURE_NAMES, COLOR, seed=0).holdout
    accuracy = (model.estimator.predict(holdout.features) == holdout.labels).mean()
    matrix = np.array(model.metadata.holdout.confusion_matrix)
    assert model.metadata.holdout.accuracy == pytest.approx(accuracy)
    assert matrix.trace() / matrix.sum() == pytest.approx(accuracy)
    by_class = [int((holdout.labels == name).sum()) for name in model.metadata.classes]
    assert matrix.sum(axis=1).tolist() == by_class


def test_nothing_is_learned_from_the_holdout(model: FittedModel) -> None:
    table = make_table()
    aside = split_holdout(table, FEATURE_NAMES, COLOR, seed=0).holdout.features
    held_out = table[NAMES].apply(tuple, axis=1).isin(set(map(tuple, aside)))
    noise = np.random.default_rng(9).uniform(0, 255, (held_out.sum(), 18))
    table.loc[held_out, NAMES] = noise
    spoilt = fit(table)
    assert facts(spoilt) == facts(model)
    assert spoilt.metadata.holdout.accuracy < model.metadata.holdout.accuracy - 0.2


def test_order_of_rows_changes_nothing(model: FittedModel) -> None:
    assert facts(fit(make_table().sample(frac=1, random_state=1))) == facts(model)


def test_seed_decides_which_rows_are_set_aside(model: FittedModel) -> None:
    other = fit(make_table(), SearchPlan(PLAN.families, PLAN.preset, seed=1, jobs=1))
    assert facts(other) != facts(model)


def test_twins_do_not_help_a_scarce_class() -> None:
    table = make_table({"RED": 12, "BLUE": 12})
    table.loc[table.index[:6], NAMES] = table.loc[0, NAMES].to_numpy(dtype=float)
    with pytest.raises(DataError, match=r"\(BLUE: 12, RED: 7\)"):
        fit(table)
