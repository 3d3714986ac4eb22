import cv2
import numpy as np
import pytest

from src.gallery import composition
from src.gallery.composition import SIDE, compose, lay_brushwork

SEEDS = range(40)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_pixel_has_a_stroke_and_every_stroke_a_pixel(seed: int) -> None:
    brushwork = lay_brushwork(np.random.default_rng(seed))
    strokes = brushwork.stroke_of_pixel
    assert strokes.shape == brushwork.relief.shape == (SIDE, SIDE)
    assert np.unique(strokes).tolist() == list(range(len(brushwork.centres)))
    rows, columns = np.nonzero(strokes == strokes[100, 100])
    centre = brushwork.centres[strokes[100, 100]] * (SIDE - 1)
    np.testing.assert_allclose(centre, (columns.mean(), rows.mean()))


def test_no_stroke_is_so_large_that_sums_of_positions_run_together() -> None:
    for index in range(len(composition._SHEETS)):
        strokes, _ = composition._sheet(index)
        assert np.bincount(strokes.ravel()).max() * (SIDE - 1) < 1 << composition._SUM_BITS


def test_lines_are_drawn_together_as_they_are_one_by_one() -> None:
    side = composition._SHEET_SIDE
    lines = np.random.default_rng(0).integers(-30, side + 30, (300, 2, 2), dtype=np.int32)
    lines[200:, 1] = lines[200:, 0] + np.random.default_rng(1).integers(-6, 7, (100, 2))
    lines[0, 1], lines[1, :, 0], lines[2, :, 1] = lines[0, 0], 7, 9
    one_by_one = np.full((side, side), -1, np.int32)
    for number, (start, stop) in enumerate(lines.tolist()):
        cv2.line(one_by_one, start, stop, number)
    np.testing.assert_array_equal(composition._topmost_line(lines), one_by_one)


def test_each_painting_has_its_own_window() -> None:
    windows = {lay_brushwork(np.random.default_rng(s)).stroke_of_pixel.tobytes() for s in SEEDS}
    assert len(windows) == len(SEEDS)


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
