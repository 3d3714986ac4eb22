import numpy as np
import pytest
from numpy.typing import NDArray

from src.errors import DataError
from src.models.studies.work_map import map_works
from src.visualization.figures import draw_class_map, draw_picture_map
from tests.visualization.drawn import texts

RED, GREEN = (250, 0, 0), (0, 250, 0)


def load(name: str) -> NDArray[np.uint8]:
    return np.full((20, 10, 3), RED if name.startswith("red") else GREEN, np.uint8)


def two_kinds(count: int = 30) -> NDArray[np.float64]:
    """Return rows of two kinds far apart, one after the other."""
    rows = np.random.default_rng(0).normal(size=(2 * count, 80))
    rows[count:] += 4
    return rows


def test_a_map_keeps_neighbours_together_and_is_the_same_again() -> None:
    places = map_works(two_kinds())
    assert np.array_equal(places, map_works(two_kinds()))
    apart = np.linalg.norm(places[:, None] - places, axis=2) + np.where(np.eye(60), np.inf, 0)
    assert ((apart.argmin(axis=1) < 30) == (np.arange(60) < 30)).all()


def test_of_a_handful_of_works_there_is_no_map() -> None:
    with pytest.raises(DataError, match=r"7 works make no map; give at least 8"):
        map_works(np.zeros((7, 3)))


def test_pictures_stand_where_their_works_lie() -> None:
    places = np.array([[0.0, 0.0], [10.0, 5.0]])
    figure = draw_picture_map(places, ["red", "green"], load, cells=4)
    canvas = np.asarray(figure.axes[0].images[0].get_array())
    side = len(canvas) // 4
    # Lower left and upper right; above the first and below the second there is nothing.
    assert canvas[-side + 5, 5].tolist() == list(RED)
    assert canvas[5, -side + 5].tolist() == list(GREEN)
    assert canvas[5, 5].tolist() == canvas[-side + 5, -side + 5].tolist() == [255] * 3


def test_a_work_may_have_several_names_or_none() -> None:
    places = np.array([[0.0, 0.0], [0.1, 0.0], [10.0, 9.0], [5.0, 2.0]])
    figure = draw_class_map(places, [["sea"], ["sea"], ["sunset", "trees"], []])
    assert {"sea", "sunset", "trees", "4 works of 3 classes"} <= set(texts(figure))
    assert len(np.asarray(figure.axes[0].collections[0].get_offsets())) == 4


def test_of_works_on_one_another_the_middle_one_is_shown() -> None:
    places = np.array([[0.0, 0.0], [0.12, 0.12], [1.0, 1.0]])
    figure = draw_picture_map(places, ["red", "green", "red"], load, cells=4)
    canvas = np.asarray(figure.axes[0].images[0].get_array())
    assert canvas[-len(canvas) // 4 + 5, 5].tolist() == list(GREEN)
    assert "3 works, those alike side by side (2 are shown)" in texts(figure)


def test_a_class_in_two_parts_is_named_in_one_of_them() -> None:
    far = np.array([[0.0, 0.0]] * 3 + [[1.0, 1.0]] * 8 + [[0.5, 0.0]] * 3)
    figure = draw_class_map(far, ["Goya"] * 11 + ["Hals"] * 3)
    named = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert named["Goya"][1] == 1.0
    assert named["Hals"][1] == 0.0


def test_no_name_covers_another() -> None:
    places = np.random.default_rng(0).normal(size=(300, 2))
    figure = draw_class_map(places, [f"painter {i % 100}" for i in range(300)])
    (axes,) = figure.axes
    assert len(axes.texts) < 100
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert f"300 works of 100 classes; {len(boxes)} of them are named" in texts(figure)


def test_places_must_fit_the_works() -> None:
    with pytest.raises(DataError, match=r"2 works at places of shape \(3, 2\)"):
        draw_class_map(np.zeros((3, 2)), ["a", "b"])
