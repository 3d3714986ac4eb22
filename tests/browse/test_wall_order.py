"""The order of a wall: every picture once, neighbours alike, the same on every run."""

import numpy as np
import pytest

from src.browse.wall_order import Palette, order_wall


def _palettes(count: int, seed: int = 0) -> list[Palette]:
    """Return palettes as paintings have them: around some hue, dark and light."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        angle, chroma = rng.uniform(0, 2 * np.pi), rng.gamma(2, 12)
        middle = [rng.uniform(5, 95), chroma * np.cos(angle), chroma * np.sin(angle)]
        size = int(rng.integers(1, 7))
        found.append(Palette(middle + rng.normal(0, 15, (size, 3)), rng.dirichlet(np.ones(size))))
    return found


def _mean_step(palettes: list[Palette], order: np.ndarray) -> float:
    means = np.array([palettes[k].mean for k in order])
    return float(np.linalg.norm(np.diff(means, axis=0), axis=1).mean())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 129, 700])
def test_every_picture_hangs_once(count: int) -> None:
    palettes = _palettes(count)
    order = order_wall(palettes)
    assert sorted(order.tolist()) == list(range(count))
    assert order_wall(palettes).tolist() == order.tolist()


def test_neighbours_are_far_more_alike_than_sorted_by_hue_and_light() -> None:
    palettes = _palettes(1000)
    means = np.array([palette.mean for palette in palettes])
    hue = np.degrees(np.arctan2(means[:, 2], means[:, 1])) % 360
    by_hue = _mean_step(palettes, np.lexsort((means[:, 0], hue // 15)))
    assert _mean_step(palettes, order_wall(palettes)) < 0.75 * by_hue
    assert _mean_step(palettes, order_wall(palettes)) < 0.4 * _mean_step(palettes, np.argsort(hue))


def test_alike_pictures_stay_together_however_many_there_are() -> None:
    same = Palette(np.array([[50.0, 10.0, 10.0]]), np.ones(1))
    order = order_wall([same] * 300 + _palettes(50))
    places = np.flatnonzero(order < 300)
    assert np.ptp(places) < 320
