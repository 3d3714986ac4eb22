from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from src.models.one_answer import Cells
from src.models.studies.tag_studies import (
    MEASURE,
    mean_precision,
    measure_tag_curve,
    measure_tag_importance,
)
from src.models.tag_rules import read_truth
from src.models.training.rows import LabelledRows
from tests.models.tag_models import TAGS, make_tag_rows, tag_classifier
from tests.models.training.test_fit_tags import make_table

PIPELINE = Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression())])


def make_rows(count: int = 240, unknown: float = 0.0, noise: float = 60) -> LabelledRows:
    """Return rows of three tags, of which some are not known of some."""
    table, rng = make_table(count, noise=noise), np.random.default_rng(1)
    labels = np.array(
        [
            "|".join(
                tag if tag in cell else f"-{tag}"
                for tag in ("fog", "sea", "trees")
                if rng.random() >= unknown
            )
            + "|-"  # what is not named is not known
            for cell in table["motif"]
        ]
    )
    features = table.drop(columns=["filename", "motif"]).to_numpy(float)
    return LabelledRows(features, labels, cells=Cells(labels))


def test_what_shuffling_costs_is_told_in_mean_average_precision() -> None:
    rows, labels = make_tag_rows()
    model = tag_classifier()
    found = measure_tag_importance(model, LabelledRows(rows, labels))
    assert found.measure == MEASURE
    scores = model.predict_scores(rows)
    assert found.score == pytest.approx(mean_precision(read_truth(labels, TAGS), scores))
    assert max(losses.mean() for losses in found.by_space.values()) > 0.01
    assert len(found.single) == rows.shape[1]


def test_more_rows_tell_tags_better_apart() -> None:
    rows = make_rows()
    curve = measure_tag_curve(PIPELINE, rows, ("fog", "sea", "trees"))
    assert curve.measure == MEASURE
    assert curve.sizes[0] == 50
    assert curve.sizes[-1] == 160
    assert curve.validation.shape == curve.training.shape == (3, len(curve.sizes))
    means = curve.validation.mean(axis=0)
    assert means[-1] > means[0] + 0.01
    assert (curve.training.mean(axis=0) > means).all()


def test_processes_have_no_say_and_the_seed_has() -> None:
    rows = make_rows(120)
    alone, both = (measure_tag_curve(PIPELINE, rows, ("fog", "sea"), 0, jobs) for jobs in (1, 2))
    assert np.array_equal(alone.validation, both.validation)
    other = measure_tag_curve(PIPELINE, rows, ("fog", "sea"), 1)
    assert not np.array_equal(alone.validation, other.validation)


class Stubborn(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Goes by the first feature, whatever it is taught."""

    def fit(self, X: NDArray[np.float64], y: NDArray[np.str_]) -> Self:
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        return X[:, 0]


def test_pictures_that_the_network_has_seen_judge_nothing() -> None:
    rng = np.random.default_rng(2)
    features, seen = rng.normal(size=(240, 2)), np.arange(240) % 2 == 0
    has = np.where(seen, rng.random(240) < 0.5, features[:, 0] > 0.4)
    labels = np.where(has, "sea|-fog", "fog|-sea")
    rows = LabelledRows(features, labels, cells=Cells(labels, seen=seen))
    pipeline = Pipeline([("scale", StandardScaler()), ("classify", Stubborn())])
    curve = measure_tag_curve(pipeline, rows, ("sea",))
    assert curve.validation == pytest.approx(1)
    assert (curve.training < 1).all()


def test_tags_are_learned_where_they_are_known() -> None:
    rows = make_rows(240, unknown=0.4, noise=30)
    curve = measure_tag_curve(PIPELINE, rows, ("fog", "sea"))
    # A random order comes to 0.33.
    assert curve.validation[:, -1].mean() > 0.6


def test_a_tag_without_rows_or_scores_is_no_part_of_the_mean() -> None:
    nan = np.nan
    truth = np.array([[1, 0, nan, 1], [0, 0, nan, 0], [1, 0, nan, 0]])
    scores = np.array([[0.9, 0.1, 0.5, nan], [0.95, 0.2, 0.5, nan], [0.8, 0.3, 0.5, nan]])
    assert mean_precision(truth, scores) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert np.isnan(mean_precision(truth[:, 1:3], scores[:, 1:3]))
