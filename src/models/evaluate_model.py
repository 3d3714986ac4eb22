"""How good the answers are: figures from truth and probabilities (pure)."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

from .storage.metadata import HoldoutMetrics

ECE_BINS: Final = 15


def evaluate_model(
    labels: NDArray[np.str_], probabilities: NDArray[np.float64], classes: Sequence[str]
) -> HoldoutMetrics:
    """Judge the probabilities of a model against the truth.

    Parameters
    ----------
    labels : ndarray of str, shape (n,)
        The true classes.
    probabilities : ndarray of float64, shape (n, n_classes)
        Each row sums to 1.
    classes : sequence of str
        What the columns of `probabilities` stand for; also the order of the confusion matrix.

    Returns
    -------
    HoldoutMetrics
        ``balanced_accuracy`` is the mean recall of the classes that occur in `labels`;
        ``macro_f1`` the mean over those that occur in `labels` or among the answers. Rows of the
        confusion matrix are the truth, columns the answers, over all of `classes`.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    >>> judged = evaluate_model(np.array(["RED", "BLUE", "BLUE", "RED"]), sure, ["RED", "BLUE"])
    >>> judged.accuracy, judged.confusion_matrix
    (0.75, [[2, 0], [1, 1]])
    """
    answers = np.asarray(classes)[probabilities.argmax(axis=1)]
    return HoldoutMetrics(
        rows=len(labels),
        accuracy=float(accuracy_score(labels, answers)),
        balanced_accuracy=float(
            recall_score(labels, answers, labels=np.unique(labels), average="macro")
        ),
        macro_f1=float(f1_score(labels, answers, average="macro", zero_division=0)),
        ece=expected_calibration_error(probabilities.max(axis=1), answers == labels),
        confusion_matrix=confusion_matrix(labels, answers, labels=list(classes)).tolist(),
    )


def expected_calibration_error(
    confidences: NDArray[np.float64], correct: NDArray[np.bool_], bins: int = ECE_BINS
) -> float:
    """Return by how much confidence and accuracy differ on average, over bins of confidence.

    Parameters
    ----------
    confidences : ndarray of float64, shape (n,)
        Probability of the answer given, in [0, 1].
    correct : ndarray of bool, shape (n,)
        Whether that answer was right.
    bins : int, default 15
        Number of bins of equal width; a confidence on a border belongs to the lower bin.

    Returns
    -------
    float
        In [0, 1]: the mean of ``|accuracy - confidence|`` per bin, weighted by the bins' sizes.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks",
    ICML 2017, eq. 3.

    Examples
    --------
    >>> expected_calibration_error(np.array([0.8, 0.8]), np.array([True, False]))
    0.3
    """
    which = np.clip(np.ceil(confidences * bins).astype(int) - 1, 0, bins - 1)
    surplus = np.bincount(which, weights=confidences - correct, minlength=bins)
    return float(round(np.abs(surplus).sum() / len(confidences), 12))
