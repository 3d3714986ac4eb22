import numpy as np

from src.models.comparing.plda import Plda, fit_plda
from tests.models.comparing.hands import draw_rows


def log_density(x: np.ndarray, covariance: np.ndarray) -> float:
    return float(-0.5 * (x @ np.linalg.inv(covariance) @ x + np.linalg.slogdet(covariance)[1]))


def test_the_score_is_the_likelihood_ratio_by_the_densities_themselves() -> None:
    spread = np.array([2.0, 0.5])
    plda = Plda(np.zeros(2), np.eye(2), spread)
    a, b = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    between = np.diag(spread)
    total = between + np.eye(2)
    joint = np.block([[total, between], [between, total]])
    expected = log_density(np.concatenate([a, b]), joint)
    expected -= log_density(a, total) + log_density(b, total)
    assert abs(plda.score(a[None], b[None])[0] - expected) < 1e-12


def test_what_is_estimated_is_what_rows_were_drawn_with() -> None:
    rng = np.random.default_rng(0)
    means = np.repeat(rng.normal(0, 3, (2000, 2)), 8, axis=0)
    rows = means + rng.normal(0, [1, 2], means.shape)
    plda = fit_plda(rows, np.repeat(np.arange(2000).astype(str), 8), shrinkage=0)
    assert np.allclose(plda.spread, [9, 9 / 4], rtol=0.1)


def test_artists_it_never_saw_are_told_apart() -> None:
    rows, artists = draw_rows(30)
    plda = fit_plda(rows[:240].astype(float), artists[:240])
    new, names = rows[240:].astype(float), artists[240:]
    same = names[:, None] == names
    scores = np.array([plda.score(np.tile(row, (len(new), 1)), new) for row in new])
    assert scores[same].mean() > scores[~same].mean() + 5
