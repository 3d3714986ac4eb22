"""What is cut off a picture and, more important, what is not."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from src.decoding.borders import LEAST_SIDE, crop_borders

Pixels = NDArray[np.uint8]


def painting(height: int = 120, width: int = 90) -> Pixels:
    """Return a picture of which no line is flat."""
    return np.random.default_rng(5).integers(60, 200, (height, width, 3)).astype(np.uint8)


def framed(level: int, *, top: int = 0, bottom: int = 0, left: int = 0, right: int = 0) -> Pixels:
    sides = ((top, bottom), (left, right), (0, 0))
    return np.pad(painting(), sides, constant_values=level)


@pytest.mark.parametrize(
    "bars",
    [
        pytest.param({"top": 30, "bottom": 31}, id="letterbox"),
        pytest.param({"left": 20, "right": 25}, id="pillars"),
        pytest.param({"top": 9, "bottom": 8, "left": 7, "right": 6}, id="all round"),
        pytest.param({"right": 12}, id="one side"),
        pytest.param({"bottom": 1}, id="one line"),
    ],
)
@pytest.mark.parametrize("level", [0, 20, 255, 240])
def test_dark_and_light_bars_are_cut_with_a_line_more(bars: dict[str, int], level: int) -> None:
    cut = crop_borders(framed(level, **bars))
    first = [1 if bars.get(side) else 0 for side in ("top", "left")]
    last = [-1 if bars.get(side) else None for side in ("bottom", "right")]
    expected = painting()[first[0] : last[0], first[1] : last[1]]
    assert cut.shape == expected.shape
    assert (cut == expected).all()


def test_bars_are_found_through_the_ripples_of_jpeg_and_a_scanners_dust() -> None:
    picture = np.full((160, 600, 3), 4, np.uint8)
    picture[20:-20] = cv2.GaussianBlur(painting(120, 600), (0, 0), 4) // 2 + 90
    picture[3, 10:12] = 255
    _, file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])
    decoded = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)
    assert len(np.unique(decoded[16:20])) > 2
    cut = crop_borders(decoded)
    # Of the block of eight lines in which a bar ends, some may look like neither.
    assert 118 <= len(cut) <= 120 + 2 * 4
    assert cut.shape[1] == 600


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(painting(), id="no bars"),
        pytest.param(framed(128, top=30, bottom=30), id="grey bars"),
        pytest.param(np.zeros((60, 80, 3), np.uint8), id="wholly flat"),
        pytest.param(np.full((1, 1, 3), 255, np.uint8), id="a pixel"),
        pytest.param(np.zeros((1, 400, 3), np.uint8), id="a line"),
        pytest.param(painting(1, 1), id="a grey pixel"),
        pytest.param(painting(10, 200), id="panorama"),
        pytest.param(np.repeat(painting()[..., :1], 3, axis=2), id="greyscale"),
    ],
)
def test_what_has_no_bars_stays_as_it_is(picture: Pixels) -> None:
    cut = crop_borders(picture)
    assert cut.shape == picture.shape
    assert (cut == picture).all()


def test_a_drawing_on_white_keeps_its_paper() -> None:
    paper = np.full((200, 160, 3), 252, np.uint8)
    cv2.line(paper, (90, 95), (90, 105), (20, 20, 20), 2)
    assert crop_borders(paper) is paper


def test_no_sliver_is_left() -> None:
    thin = np.zeros((100, 100, 3), np.uint8)
    thin[45:54] = painting(9, 100)
    assert crop_borders(thin) is thin
    thin[45 : 45 + LEAST_SIDE + 2] = painting(LEAST_SIDE + 2, 100)
    assert crop_borders(thin).shape == (LEAST_SIDE, 100, 3)


def test_a_panorama_between_bars_is_found() -> None:
    picture = np.zeros((220, 400, 3), np.uint8)
    picture[90:130] = painting(40, 400)
    assert crop_borders(picture).shape == (38, 400, 3)


def test_turned_and_mirrored_pictures_are_cut_alike() -> None:
    picture = framed(250, top=11, left=23, right=3)
    turned = crop_borders(np.ascontiguousarray(picture.transpose(1, 0, 2)))
    assert (turned.transpose(1, 0, 2) == crop_borders(picture)).all()
    assert (crop_borders(picture[:, ::-1])[:, ::-1] == crop_borders(picture)).all()
