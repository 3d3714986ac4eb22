import numpy as np
import pytest

from src.gallery.targets import SCHOOLS, draw_target
from src.tasks.color import COLORS


@pytest.mark.parametrize("school", SCHOOLS)
@pytest.mark.parametrize("color", COLORS)
def test_targets_are_what_a_picture_can_have(color: str, school: str) -> None:
    rng = np.random.default_rng(0)
    targets = np.array([draw_target(rng, color, school) for _ in range(200)])
    assert targets.shape == (200, 18)
    assert (targets >= 0).all()
    assert (targets <= 255).all()
    assert (targets.std(axis=0) > 0).all()


def test_statistics_vary_together_within_a_colour() -> None:
    rng = np.random.default_rng(0)
    targets = np.array([draw_target(rng, "BROWN", "broad") for _ in range(500)])
    green, lightness = targets[:, 1], targets[:, 6]
    assert np.corrcoef(green, lightness)[0, 1] > 0.9


def test_black_is_darker_than_white() -> None:
    rng = np.random.default_rng(0)
    black, white = (
        np.median([draw_target(rng, color, "broad")[6] for _ in range(200)])
        for color in ("BLACK", "WHITE")
    )
    assert black == pytest.approx(61, abs=8)
    assert white == pytest.approx(190.5, abs=8)
