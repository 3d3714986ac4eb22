import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.oklab import linearize, to_oklab, to_polar


@pytest.mark.parametrize(
    ("rgb", "lightness", "chroma", "hue"),
    [
        ((1, 0, 0), 0.62796, 0.25768, 29.23),
        ((0, 1, 0), 0.86644, 0.29483, 142.50),
        ((0, 0, 1), 0.45201, 0.31321, 264.05),
        ((0, 0.50196, 0), 0.51975, 0.17686, 142.50),
    ],
)
def test_published_values(
    rgb: tuple[float, float, float], lightness: float, chroma: float, hue: float
) -> None:
    """CSS Color Module Level 4 gives these of ``red``, ``lime``, ``blue`` and ``green``."""
    found = to_polar(to_oklab(linearize(np.array([rgb[::-1]], np.float64))))
    assert [float(part[0]) for part in found] == pytest.approx([lightness, chroma, hue], abs=0.005)


@given(st.floats(0, 1))
def test_a_grey_has_lightness_alone(level: float) -> None:
    ((lightness, a, b),) = to_oklab(np.full((1, 3), level)).tolist()
    assert 0 <= lightness <= 1 + 1e-6
    assert (a, b) == pytest.approx((0, 0), abs=1e-6)
    assert to_oklab(np.ones((1, 3)))[0, 0] == pytest.approx(1, abs=1e-6)
