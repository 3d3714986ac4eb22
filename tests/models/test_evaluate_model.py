import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from src.models.evaluate_model import evaluate_model, expected_calibration_error

CLASSES = ("BLACK", "RED", "PINK")


def one_hot(answers: list[str]) -> NDArray[np.float64]:
    return np.array([[float(answer == name) for name in CLASSES] for answer in answers])


def test_figures_by_hand() -> None:
    truth = np.array(["BLACK", "BLACK", "RED", "RED", "PINK"])
    metrics = evaluate_model(truth, one_hot(["BLACK", "RED", "RED", "RED", "BLACK"]), CLASSES)
    assert metrics.rows == 5
    assert metrics.accuracy == pytest.approx(3 / 5)
    assert metrics.balanced_accuracy == pytest.approx((1 / 2 + 1 + 0) / 3)
    # F1: BLACK 1/2 and 1/2; RED 2/3 and 1; PINK 0.
    assert metrics.macro_f1 == pytest.approx((1 / 2 + 4 / 5 + 0) / 3)
    assert metrics.confusion_matrix == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]


def test_a_class_absent_from_truth_and_answers_counts_nowhere_but_keeps_its_place() -> None:
    metrics = evaluate_model(np.array(["BLACK", "RED"]), one_hot(["BLACK", "RED"]), CLASSES)
    assert (metrics.accuracy, metrics.balanced_accuracy, metrics.macro_f1) == (1, 1, 1)
    assert metrics.confusion_matrix == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_an_answer_that_is_never_true_lowers_f1_without_a_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    metrics = evaluate_model(np.array(["BLACK", "RED"]), one_hot(["BLACK", "PINK"]), CLASSES)
    assert metrics.balanced_accuracy == 1 / 2
    assert metrics.macro_f1 == pytest.approx(1 / 3)
    assert not recwarn.list


def test_calibration_error_by_hand() -> None:
    # Of 15 bins, (0.533, 0.6] holds two answers, one right, and (0.933, 1] two, both right.
    confidences = np.array([0.6, 0.6, 0.95, 0.97])
    correct = np.array([True, False, True, True])
    expected = (2 * abs(0.5 - 0.6) + 2 * abs(1 - 0.96)) / 4
    assert expected_calibration_error(confidences, correct) == pytest.approx(expected)


def test_a_confidence_on_a_border_belongs_to_the_lower_bin() -> None:
    error = expected_calibration_error(np.array([0.2, 0.15]), np.array([False, True]))
    assert error == pytest.approx(abs(0.5 - 0.175))


@pytest.mark.parametrize(("confidence", "error"), [(0.0, 0.0), (1.0, 1.0)])
def test_calibration_error_at_the_ends_of_the_scale(confidence: float, error: float) -> None:
    assert expected_calibration_error(np.array([confidence]), np.array([False])) == error


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_lies_between_the_mean_gap_and_one(
    pairs: list[tuple[float, bool]],
) -> None:
    confidences, correct = map(np.array, zip(*pairs, strict=True))
    error = expected_calibration_error(confidences, correct)
    assert abs(confidences.mean() - correct.mean()) - 1e-9 <= error <= 1
