from typing import ClassVar, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from src.errors import DataError, ModelError
from src.features.extract_features import FEATURE_NAMES
from src.models.one_answer import Cells
from src.models.studies.accuracy_studies import (
    limit_rows,
    measure_feature_curve,
    measure_importance,
    measure_learning_curve,
)
from src.models.training.rows import LabelledRows

NAMES = ["noise_bgr_mean", "l_lab_mean", "a_lab_mean"]
CLASSIFIER = LogisticRegression()


def make_rows(count: int = 600) -> LabelledRows:
    """Give rows of three classes that the last two features tell, the last one better."""
    rng = np.random.default_rng(0)
    labels = rng.choice(["RED", "PINK", "BLUE"], count, p=[0.6, 0.3, 0.1])
    a = np.select([labels == "RED", labels == "PINK"], [3.0, 0.0], -3.0)
    lightness = np.where(labels == "PINK", 1.5, 0.0)
    features = np.column_stack([rng.normal(size=count), lightness, a])
    features[:, 1:] += rng.normal(size=(count, 2))
    return LabelledRows(features, labels)


ROWS = make_rows()


def test_the_feature_curve_ranks_within_folds_and_grows_to_all_features() -> None:
    curve = measure_feature_curve(CLASSIFIER, ROWS, NAMES)
    assert curve.ranking == ("a_lab_mean", "l_lab_mean", "noise_bgr_mean")
    assert curve.accuracies.shape == (3, 3)
    assert curve.rows == 400
    assert curve.counts.tolist() == [1, 2, 3]
    one, two, three = curve.accuracies.mean(axis=0)
    assert one > 0.75
    assert two > one
    assert abs(three - two) < 0.02


def test_versions_of_a_work_and_pictures_that_were_seen_judge_no_curve() -> None:
    """Rows say nothing of their classes but those that were seen, every third; all occur twice."""
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.normal(size=(300, 3)), 2, axis=0)
    labels = np.repeat(np.array(["oval", "round"])[np.arange(300) % 2], 2)
    works, nearest = np.repeat(np.arange(300), 2), KNeighborsClassifier(1)
    seen = works % 3 == 0
    rows[seen] += np.where(labels[seen] == "oval", 20, 40)[:, np.newaxis]
    cells = Cells(labels, works.astype(str), seen=seen)
    alone = measure_learning_curve(nearest, LabelledRows(rows, labels))
    assert alone.validation[:, -1].mean() > 0.7
    curve = measure_learning_curve(nearest, LabelledRows(rows, labels, cells=cells))
    assert curve.validation[:, -1].mean() < 0.6
    assert limit_rows(LabelledRows(rows, labels, cells=cells), 100).cells is not None


def test_worker_processes_are_silent_about_fits_that_stop_early(
    capfd: pytest.CaptureFixture[str],
) -> None:
    hasty = LogisticRegression(max_iter=1)
    measure_learning_curve(hasty, make_rows(60), jobs=2)
    assert capfd.readouterr().err == ""


class Recorder(DummyClassifier):  # type: ignore[misc]  # untyped base
    """Remembers which rows, told by their first feature, it was fitted on or asked about."""

    seen: ClassVar[list[set[float]]] = []

    def fit(self, X: NDArray[np.float64], y: NDArray[np.str_]) -> Self:
        self.seen.append(set(X[:, 0]))
        super().fit(X, y)
        return self

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.str_]:
        self.seen[-1].update(X[:, 0])
        return np.asarray(super().predict(X))


def test_judging_rows_have_no_part_in_the_ranking() -> None:
    features = np.random.default_rng(1).normal(size=(90, 20))
    rows = LabelledRows(features, np.array(["RED", "BLUE", "BLUE"] * 30))
    Recorder.seen.clear()
    curve = measure_feature_curve(Recorder(), rows, [f"n{i}_lab_mean" for i in range(20)])
    assert curve.counts.tolist() == [*range(1, 19), 19, 20]
    ranked = Recorder.seen[:3]
    assert [len(seen) for seen in ranked] == [60, 60, 60]
    # Each row is left out of one fold's ranking: where it judges.
    assert all(sum(value in seen for seen in ranked) == 2 for value in features[:, 0])


def test_the_learning_curve_judges_on_the_same_rows_at_every_size() -> None:
    curve = measure_learning_curve(CLASSIFIER, ROWS)
    assert curve.sizes[0] == 200
    assert curve.sizes[-1] == 400
    assert curve.validation.shape == curve.training.shape == (3, len(curve.sizes))
    assert curve.validation.mean() > 0.8
    again = measure_learning_curve(CLASSIFIER, ROWS, jobs=2)
    assert np.array_equal(again.validation, curve.validation)
    other = measure_learning_curve(CLASSIFIER, ROWS, seed=1)
    assert not np.array_equal(other.validation, curve.validation)


def test_few_rows_hold_every_class() -> None:
    few = limit_rows(ROWS, 30)
    counts = dict(zip(*np.unique(few.labels, return_counts=True), strict=True))
    assert set(counts) == {"RED", "PINK", "BLUE"}
    assert 15 <= counts["RED"] <= 21
    assert len(limit_rows(ROWS, 10_000).labels) == 600
    rare = LabelledRows(np.zeros((100, 1)), np.array(["RED"] * 99 + ["PINK"]))
    assert "PINK" in limit_rows(rare, 3).labels


@pytest.mark.parametrize("labels", [["RED"] * 9, ["RED"] * 7 + ["PINK"] * 2, []])
def test_rows_that_allow_no_folds_are_refused(labels: list[str]) -> None:
    rows = LabelledRows(np.zeros((len(labels), 3)), np.array(labels, str))
    for measure in (
        lambda: measure_feature_curve(CLASSIFIER, rows, NAMES),
        lambda: measure_learning_curve(CLASSIFIER, rows),
    ):
        with pytest.raises(DataError, match="two or more classes with at least 3 rows"):
            measure()


COPIED = ["b_bgr_mean", "l_lab_mean", "a_lab_mean"]


def make_copied_rows(count: int = 300) -> LabelledRows:
    """Give rows whose class is the sign of the second feature, which the third one copies."""
    features = np.random.default_rng(0).normal(size=(count, 3))
    features[:, 2] = features[:, 1]
    return LabelledRows(features, np.where(features[:, 1] > 0, "light", "dark"))


def by_either(features: NDArray[np.float64]) -> NDArray[np.str_]:
    return np.where(features[:, 1] + features[:, 2] > 0, "light", "dark")


def test_what_is_not_used_costs_nothing_and_what_stands_in_shows_in_the_group() -> None:
    found = measure_importance(by_either, make_copied_rows(), COPIED, repeats=4)
    assert (found.score, found.rows) == (1.0, 300)
    assert found.single["b_bgr_mean"].tolist() == [0, 0, 0, 0]
    assert found.by_space["bgr"].tolist() == [0, 0, 0, 0]
    assert found.by_space["lab"].shape == (4,)
    # Each of the two halves the other's loss; together they lose all that chance does not give.
    assert 0.15 < found.single["l_lab_mean"].mean() < 0.35
    assert 0.4 < found.by_space["lab"].mean() < 0.6
    assert found.ranking()[-1] == "b_bgr_mean"


def test_the_features_of_a_space_are_shuffled_as_one() -> None:
    rows = make_copied_rows()
    alike = LabelledRows(rows.features, np.full(300, "same"))
    found = measure_importance(
        lambda X: np.where(X[:, 1] == X[:, 2], "same", "other"), alike, COPIED
    )
    assert found.by_space["lab"].tolist() == [0] * 5
    assert found.single["l_lab_mean"].min() > 0.9


def test_the_same_seed_shuffles_alike_and_rows_stay_as_they_are() -> None:
    rows = make_copied_rows()
    before = rows.features.copy()
    once = measure_importance(by_either, rows, COPIED, seed=3)
    again = measure_importance(by_either, rows, COPIED, seed=3)
    other = measure_importance(by_either, rows, COPIED, seed=4)
    assert once.single["l_lab_mean"].tolist() == again.single["l_lab_mean"].tolist()
    assert once.single["l_lab_mean"].tolist() != other.single["l_lab_mean"].tolist()
    assert np.array_equal(rows.features, before)


def test_a_model_that_is_not_fitted_is_refused() -> None:
    with pytest.raises(ModelError, match="not fitted"):
        measure_importance(LogisticRegression().predict, make_copied_rows(), COPIED)


def test_no_rows_or_other_features_are_refused() -> None:
    with pytest.raises(DataError, match=r"shape \(0, 3\)"):
        measure_importance(by_either, LabelledRows(np.empty((0, 3)), np.array([], str)), COPIED)
    with pytest.raises(DataError, match="of the 18 features"):
        measure_importance(by_either, make_copied_rows(), FEATURE_NAMES)


def test_rare_classes_keep_as_many_rows_as_folds_need() -> None:
    labels = np.array(["RED"] * 990 + ["PINK"] * 8 + ["BLUE"] * 2)
    rows = LabelledRows(np.arange(1000.0)[:, np.newaxis], labels)
    few = limit_rows(rows, 50, least=3)
    assert dict(zip(*np.unique(few.labels, return_counts=True), strict=True)) == {
        "BLUE": 2,
        "PINK": 3,
        "RED": 45,
    }
    assert np.array_equal(limit_rows(rows, 990, least=3).features, limit_rows(rows, 990).features)
