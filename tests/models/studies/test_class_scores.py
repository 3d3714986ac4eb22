import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from src.errors import DataError
from src.models.studies.class_scores import (
    average_f1,
    average_recall,
    frequent_confusions,
    score_classes,
    wilson_interval,
)

CLASSES = ("BLACK", "RED", "PINK", "TEAL")
MATRIX = [[50, 3, 1, 0], [4, 20, 6, 0], [0, 5, 3, 0], [0, 0, 0, 0]]


def test_scores_are_those_of_scikit_learn() -> None:
    counts = np.array(MATRIX)
    truth, answer = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices((4, 4)))
    expected = np.array(precision_recall_fscore_support(truth, answer, labels=[0, 1, 2])[:3])
    scores = score_classes(MATRIX, CLASSES)[:3]
    found = [[s.precision.value, s.recall.value, s.f1.value] for s in scores]
    assert np.transpose(found) == pytest.approx(expected, abs=1e-12)
    assert [(s.rows, s.answers) for s in scores] == [(54, 54), (30, 28), (8, 10)]


def test_a_class_that_is_neither_there_nor_answered_has_no_scores() -> None:
    teal = score_classes(MATRIX, CLASSES)[3]
    assert (teal.rows, teal.answers) == (0, 0)
    for estimate in (teal.precision, teal.recall, teal.f1):
        assert np.isnan([estimate.value, estimate.low, estimate.high]).all()


def test_intervals_hold_the_score_and_narrow_with_more_rows() -> None:
    few = score_classes(MATRIX, CLASSES)[:3]
    many = score_classes((np.array(MATRIX) * 100).tolist(), CLASSES)[:3]
    for rare, frequent in zip(few, many, strict=True):
        for name in ("precision", "recall", "f1"):
            wide, narrow = getattr(rare, name), getattr(frequent, name)
            assert 0 <= wide.low <= wide.value <= wide.high <= 1
            assert narrow.high - narrow.low < (wide.high - wide.low) / 5


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
    # Medicine 17, 1998, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_published_intervals(part: int, whole: int, low: float, high: float) -> None:
    found = wilson_interval(part, whole)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_the_bootstrap_is_repeatable_and_covers_what_it_should() -> None:
    assert score_classes(MATRIX, CLASSES)[:3] == score_classes(MATRIX, CLASSES)[:3]
    red = score_classes(MATRIX, CLASSES)[1].f1
    rng = np.random.default_rng(5)
    total = np.sum(MATRIX)
    draws = rng.multinomial(total, np.ravel(MATRIX) / total, 4000).reshape(-1, 4, 4)
    f1 = 2 * draws[:, 1, 1] / (draws[:, 1].sum(1) + draws[:, :, 1].sum(1))
    assert np.mean((f1 >= red.low) & (f1 <= red.high)) == pytest.approx(0.95, abs=0.015)


def test_confusions_are_listed_by_frequency() -> None:
    found = frequent_confusions(MATRIX, CLASSES, count=3)
    assert [(c.truth, c.answer, c.count, c.rows) for c in found] == [
        ("RED", "PINK", 6, 30),
        ("PINK", "RED", 5, 8),
        ("RED", "BLACK", 4, 30),
    ]
    assert frequent_confusions([[3, 0], [0, 2]], CLASSES[:2]) == []


@pytest.mark.parametrize("matrix", [[[1, 2]], [[0, 0], [0, 0]], []])
def test_a_matrix_that_does_not_fit_is_refused(matrix: list[list[int]]) -> None:
    with pytest.raises(DataError, match="does not fit its 2 classes"):
        score_classes(matrix, CLASSES[:2])


def test_hundreds_of_classes_are_scored_as_if_each_were_alone() -> None:
    counts = np.zeros((300, 300), int)
    counts[np.arange(300), np.arange(300)] = 4
    counts[np.arange(299), np.arange(1, 300)] = 1
    scores = score_classes(counts.tolist(), [str(i) for i in range(300)])
    assert {score.recall.value for score in scores[:-1]} == {0.8}
    assert all(score.f1.low < score.f1.value < score.f1.high for score in scores[1:-1])
    low, high = np.mean([(score.f1.low, score.f1.high) for score in scores[1:-1]], axis=0)
    assert (low, high) == pytest.approx((0.40, 1.0), abs=0.06)


def test_means_over_classes_and_their_intervals() -> None:
    matrix = [[90, 10, 0], [20, 80, 0], [0, 0, 0]]
    balanced, f1 = average_recall(matrix), average_f1(matrix)
    assert balanced.value == pytest.approx(0.85)
    assert f1.value == pytest.approx((2 * 90 / 210 + 2 * 80 / 190) / 2)
    # The standard error of the mean of two shares of a hundred each.
    half = 1.96 * np.sqrt(0.9 * 0.1 / 100 + 0.8 * 0.2 / 100) / 2
    for found, value in ((balanced, 0.85), (f1, f1.value)):
        assert (found.low, found.high) == pytest.approx((value - half, value + half), abs=0.01)


def test_a_mean_of_few_rows_that_are_all_right_is_not_certain() -> None:
    balanced = average_recall([[3, 0], [0, 5]])
    assert balanced.value == balanced.high == 1
    assert balanced.low == pytest.approx(0.64, abs=0.02)
    # Of one class it is Wilson's interval.
    assert average_recall([[3, 1], [0, 0]]) == wilson_interval(3, 4)


def test_a_class_of_one_row_stays_in_every_resample() -> None:
    few = average_f1([[100, 0], [1, 0]])
    assert few.high == few.value < 0.5


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_within_its_interval(part: int, more: int) -> None:
    for inside in (wilson_interval(part, part + more), wilson_interval(part + more, part + more)):
        assert 0 <= inside.low <= inside.value <= inside.high <= 1
