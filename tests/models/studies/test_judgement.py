from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from src.errors import DataError
from src.models.one_answer import evaluate_model
from src.models.studies.judgement import (
    Comparison,
    Judgement,
    compare_answers,
    fill_bins,
    judge_answers,
)

CLASSES = ("ash", "elm", "fir", "oak")


def answered(labels: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    """Return the table of answers that scores come to."""
    order = np.argsort(-scores, axis=1, kind="stable")
    place = [
        list(row).index(CLASSES.index(name)) + 1 for row, name in zip(order, labels, strict=True)
    ]
    said = [CLASSES[row[0]] for row in order]
    return pd.DataFrame(
        {"label": labels, "said": said, "score": scores.max(axis=1), "place": place, "left_out": ""}
    )


def guesses(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, without one of the classes, and scores that often fit them."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(CLASSES[:3], rows)
    scores = rng.dirichlet(np.ones(4), rows)
    scores[np.arange(rows), [CLASSES.index(name) for name in labels]] += 0.3
    return labels, scores / scores.sum(axis=1, keepdims=True)


def judged(rows: int) -> Judgement:
    return judge_answers(answered(*guesses(rows)), CLASSES)


def test_figures_are_those_that_a_model_is_judged_by_in_training() -> None:
    labels, scores = guesses(200)
    found = judge_answers(answered(labels, scores), CLASSES)
    expected = evaluate_model(labels, scores, CLASSES)
    assert found.accuracy.value == pytest.approx(expected.accuracy)
    assert found.balanced_accuracy.value == pytest.approx(expected.balanced_accuracy)
    assert found.macro_f1.value == pytest.approx(expected.macro_f1)
    assert found.confusion == expected.confusion_matrix
    top = np.argsort(-scores, axis=1)[:, :2]
    among = np.mean([CLASSES.index(name) in row for name, row in zip(labels, top, strict=True)])
    assert found.among_two.value == pytest.approx(among)


def test_intervals_are_wilson_s_and_of_the_bootstrap() -> None:
    found = judged(200)
    hits = round(found.accuracy.value * 200)
    wilson = binomtest(hits, 200).proportion_ci(method="wilson")
    assert (found.accuracy.low, found.accuracy.high) == pytest.approx((wilson.low, wilson.high))
    for estimate in (found.balanced_accuracy, found.macro_f1):
        assert 0.08 < estimate.high - estimate.low < 0.2
        assert estimate.low < estimate.value < estimate.high


def test_what_is_better_than_nothing_is_told() -> None:
    labels, scores = np.array(["elm"] * 3 + ["fir"]), np.eye(4)[[1, 1, 1, 1]]
    found = judge_answers(answered(labels, scores), CLASSES)
    assert (found.commonest, found.always_commonest, found.by_chance) == ("elm", 0.75, 0.25)
    # Classes that neither occur nor are answered are not spoken of.
    assert found.classes == ("elm", "fir")
    assert found.confusion == [[3, 0], [1, 0]]


def test_abstentions_count_what_is_sure_enough() -> None:
    labels = np.array(["ash", "ash", "elm", "elm"])
    scores = np.array([[0.9, 0.1, 0, 0], [0.6, 0.4, 0, 0], [0.7, 0.3, 0, 0], [0.5, 0.5, 0, 0]])
    found = judge_answers(answered(labels, scores), CLASSES)
    told = {each.min_score: (each.answered, each.right.value) for each in found.abstentions}
    assert told[0.0] == (4, 0.5)
    assert told[0.5] == (4, 0.5)
    assert told[0.6][0] == 3
    assert told[0.6][1] == pytest.approx(2 / 3)
    assert told[0.8] == (1, 1.0)
    assert told[0.95][0] == 0
    assert np.isnan(told[0.95][1])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=500))
def test_bins_hold_every_answer_once_in_order(answers: list[tuple[float, bool]]) -> None:
    score, right = np.array([a for a, _ in answers]), np.array([b for _, b in answers])
    bins = fill_bins(score, right)
    assert sum(each.rows for each in bins) == len(answers)
    assert sum(each.rows * each.right.value for each in bins) == pytest.approx(right.sum())
    means = [each.score for each in bins]
    assert means == sorted(means)
    assert len(bins) <= max(1, min(15, len(answers) // 20))


def test_bins_are_equally_filled_and_equal_scores_stay_together() -> None:
    score = np.linspace(0.3, 1, 310)
    assert {each.rows for each in fill_bins(score, score > 0.5)} <= {20, 21}
    same = fill_bins(np.repeat([0.5, 0.9], 100), np.tile([True, False], 100))
    assert [(each.score, each.rows) for each in same] == [(0.5, 100), (pytest.approx(0.9), 100)]


def test_calibration_error_is_the_mean_gap() -> None:
    labels, scores = np.array(["ash"] * 40), np.tile([0.9, 0.1, 0, 0], (40, 1))
    assert judge_answers(answered(labels, scores), CLASSES).calibration_error == pytest.approx(0.1)


def test_no_answers_cannot_be_judged() -> None:
    with pytest.raises(DataError, match="no picture is left"):
        judge_answers(answered(*guesses(3)).iloc[:0], CLASSES)


def compared(only_first: int, only_second: int, both: int) -> Comparison:
    first = [1] * only_first + [2] * only_second + [1] * both
    second = [2] * only_first + [1] * only_second + [1] * both
    tables = [pd.DataFrame({"place": p, "left_out": ""}) for p in (first, second)]
    found = compare_answers("a", tables[0], "b", tables[1])
    assert found is not None
    return found


def test_two_models_are_compared_where_they_differ() -> None:
    found = compared(3, 17, 80)
    assert (found.rows, found.only_first, found.only_second) == (100, 3, 17)
    assert found.difference.value == pytest.approx(0.14)
    assert found.p_value == pytest.approx(2 * sum_of_binomial(3, 20))
    # By hand: 18/102 - 4/102, and 1.96 times the root of (22/102 - 0.13725²) / 102.
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (0.0513, 0.2232), abs=5e-4
    )


def sum_of_binomial(most: int, tries: int) -> float:
    return float(sum(comb(tries, k) for k in range(most + 1)) / 2**tries)


def test_models_that_never_differ_are_alike() -> None:
    found = compared(0, 0, 50)
    assert (found.difference.value, found.p_value) == (0.0, 1.0)
    assert found.difference.low < 0 < found.difference.high


def test_only_pictures_that_count_for_both_are_compared() -> None:
    one = pd.DataFrame({"place": [1, 1, 2], "left_out": ["", "unknown label", ""]})
    other = pd.DataFrame({"place": [1, 2, 1], "left_out": ["unknown label", "", ""]})
    found = compare_answers("a", one, "b", other)
    assert found is not None
    assert (found.rows, found.only_second) == (1, 1)
    assert compare_answers("a", one.iloc[:2], "b", other.iloc[:2]) is None
