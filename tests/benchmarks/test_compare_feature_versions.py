import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score

from benchmarks.compare_feature_versions import compare_answers

CLASSES = np.array(["BLUE", "GREEN", "PINK", "RED"])


def draw(seed: int, share_wrong: float, truth: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the truth with some of its labels replaced at random, never by PINK."""
    rng = np.random.default_rng(seed)
    replaced = rng.random(len(truth)) < share_wrong
    return np.where(replaced, rng.choice(CLASSES[[0, 1, 3]], len(truth)), truth)


TRUTH = np.random.default_rng(0).choice(CLASSES, 400, p=[0.5, 0.3, 0.05, 0.15])
POOR, GOOD = draw(1, 0.5, TRUTH), draw(2, 0.3, TRUTH)


def test_figures_are_those_of_scikit_learn() -> None:
    accuracy, macro_f1 = compare_answers(TRUTH, POOR, GOOD)
    assert accuracy.first == pytest.approx(accuracy_score(TRUTH, POOR))
    assert accuracy.second == pytest.approx(accuracy_score(TRUTH, GOOD))
    assert macro_f1.first == pytest.approx(f1_score(TRUTH, POOR, average="macro"))
    assert macro_f1.second == pytest.approx(f1_score(TRUTH, GOOD, average="macro"))


def test_an_interval_is_as_wide_as_theory_has_it() -> None:
    """The mean of the paired differences of 0 and 1 has a normal interval for many pictures."""
    accuracy, _ = compare_answers(TRUTH, POOR, GOOD)
    gains = (GOOD == TRUTH).astype(float) - (POOR == TRUTH)
    half = 1.96 * gains.std() / np.sqrt(len(gains))
    assert accuracy.low == pytest.approx(gains.mean() - half, abs=0.01)
    assert accuracy.high == pytest.approx(gains.mean() + half, abs=0.01)
    assert 0 < accuracy.low < accuracy.high


def test_the_same_answers_differ_by_nothing() -> None:
    for figure in compare_answers(TRUTH, POOR, POOR):
        assert (figure.first, figure.low, figure.high) == (figure.second, 0, 0)


def test_a_class_that_nobody_answers_counts_in_macro_f1() -> None:
    truth = np.array(["RED", "RED", "PINK"])
    answers = np.array(["RED", "RED", "RED"])
    macro_f1 = compare_answers(truth, answers, truth)[1]
    assert macro_f1.first == pytest.approx(0.4)
    assert macro_f1.second == 1
    assert str(macro_f1).startswith("| macro F1 | 0.4000 | 1.0000 | +")
