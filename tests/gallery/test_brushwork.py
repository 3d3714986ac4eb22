import cv2
import numpy as np
import pytest

from src.gallery import brushwork
from src.gallery.brushwork import SIDE, lay_brushwork

SEEDS = range(40)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_pixel_has_a_stroke_and_every_stroke_a_pixel(seed: int) -> None:
    laid = lay_brushwork(np.random.default_rng(seed))
    strokes = laid.stroke_of_pixel
    assert strokes.shape == laid.relief.shape == (SIDE, SIDE)
    assert np.unique(strokes).tolist() == list(range(len(laid.centres)))
    rows, columns = np.nonzero(strokes == strokes[100, 100])
    centre = laid.centres[strokes[100, 100]] * (SIDE - 1)
    np.testing.assert_allclose(centre, (columns.mean(), rows.mean()))


def test_no_stroke_is_so_large_that_sums_of_positions_run_together() -> None:
    for index in range(len(brushwork._SHEETS)):
        strokes, _ = brushwork._sheet(index)
        assert np.bincount(strokes.ravel()).max() * (SIDE - 1) < 1 << brushwork._SUM_BITS


def test_lines_are_drawn_together_as_they_are_one_by_one() -> None:
    side = brushwork._SHEET_SIDE
    lines = np.random.default_rng(0).integers(-30, side + 30, (300, 2, 2), dtype=np.int32)
    lines[200:, 1] = lines[200:, 0] + np.random.default_rng(1).integers(-6, 7, (100, 2))
    lines[0, 1], lines[1, :, 0], lines[2, :, 1] = lines[0, 0], 7, 9
    one_by_one = np.full((side, side), -1, np.int32)
    for number, (start, stop) in enumerate(lines.tolist()):
        cv2.line(one_by_one, start, stop, number)
    np.testing.assert_array_equal(brushwork._topmost_line(lines), one_by_one)


def test_each_painting_has_its_own_window() -> None:
    windows = {lay_brushwork(np.random.default_rng(s)).stroke_of_pixel.tobytes() for s in SEEDS}
    assert len(windows) == len(SEEDS)
