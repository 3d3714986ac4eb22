import numpy as np
import pytest

from src.gallery import composition
from src.gallery.composition import compose

SEEDS = range(40)


def test_a_scene_divides_the_strokes_into_a_handful_of_shaded_regions() -> None:
    centres = np.random.default_rng(0).uniform(0, 1, (2000, 2))
    scenes = [compose(np.random.default_rng(seed), centres) for seed in SEEDS]
    assert all(regions.shape == shade.shape == (2000,) for regions, shade in scenes)
    assert all(regions.min() >= 0 and 2 <= len(np.unique(regions)) <= 6 for regions, _ in scenes)
    assert all(np.isfinite(shade).all() and shade.std() > 0 for _, shade in scenes)


def test_only_strokes_next_to_an_edge_are_held_against_it_and_none_falls_on_the_wrong_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    centres = np.random.default_rng(0).uniform(0, 1, (2000, 2))
    scenes = [compose(np.random.default_rng(seed), centres) for seed in SEEDS]
    monkeypatch.setattr(composition, "_SURELY_IN", 0.0)
    monkeypatch.setattr(composition, "_SURELY_OUT", np.inf)
    for seed, scene in zip(SEEDS, scenes, strict=True):
        for part, held in zip(scene, compose(np.random.default_rng(seed), centres), strict=True):
            np.testing.assert_array_equal(part, held)
