import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.svm import SVC

from src.models.soft_vote_svc import SoftVoteSVC

SETTINGS = {"C": 10, "gamma": 0.05, "decision_function_shape": "ovo"}


def blobs(classes: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    X, y = make_blobs(400, 3, centers=classes, cluster_std=spread, random_state=0)
    return X, np.array([f"class {i:02d}" for i in range(classes)])[y]


def test_classes_that_lie_apart_are_told_as_by_svc() -> None:
    X, y = blobs(7, spread=0.3)
    expected = SVC(**SETTINGS).fit(X, y).predict(X)
    assert (SoftVoteSVC(**SETTINGS).fit(X, y).predict(X) == expected).all()


def test_votes_are_the_clipped_margins_of_the_duels() -> None:
    X, y = blobs(4, spread=3)
    duels = np.clip(SVC(**SETTINGS).fit(X, y).decision_function(X), -1, 1)
    votes = SoftVoteSVC(**SETTINGS).fit(X, y).decision_function(X)
    # The order of the duels is 0-1, 0-2, 0-3, 1-2, 1-3, 2-3.
    assert votes[:, 2] == pytest.approx(-duels[:, 1] - duels[:, 3] + duels[:, 5])
    assert votes.sum(axis=1) == pytest.approx(0, abs=1e-9)


def test_a_row_between_two_classes_has_a_close_decision() -> None:
    X, y = blobs(5, spread=0.5)
    svc = SoftVoteSVC(**SETTINGS).fit(X, y)
    first, second = (X[y == name].mean(axis=0) for name in ("class 00", "class 01"))
    line = first + np.linspace(0, 1, 101)[:, None] * (second - first)
    votes = svc.decision_function(line)
    lead = votes[:, 0] - votes[:, 1]
    assert lead[0] > 1.5
    assert lead[-1] < -1.5
    assert np.abs(lead).min() < 0.2


def test_two_classes_have_one_margin() -> None:
    X, y = blobs(2, spread=1)
    svc = SoftVoteSVC(**SETTINGS).fit(X, y)
    assert svc.decision_function(X).shape == (400,)
    assert (svc.predict(X) == SVC(**SETTINGS).fit(X, y).predict(X)).all()
