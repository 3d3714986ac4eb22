import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.errors import DataError
from src.visualization.collection_charts import Cut
from src.visualization.figures import draw_clusters, draw_cut_borders, draw_picture_sizes
from tests.visualization.drawn import texts


def load(name: str) -> NDArray[np.uint8]:
    return np.full((4, 4, 3), int(name), np.uint8)


def test_sizes_say_how_many_pictures_are_small_and_leave_out_the_unknown() -> None:
    table = pd.DataFrame({"width": [100, 900, 800, None, 300], "height": [900, 700, 300, 5, 300]})
    figure = draw_picture_sizes(table.astype("Int64"), 224)
    assert "Width and height of 4 works" in texts(figure)
    assert "pixels; 25% have fewer than 224 (line)" in texts(figure)


def test_without_sizes_it_is_said_how_to_get_them() -> None:
    table = pd.DataFrame({"width": [pd.NA], "height": [pd.NA]}, dtype="Int64")
    with pytest.raises(DataError, match="run make_dataset"):
        draw_picture_sizes(table)


def test_clusters_stand_in_rows_the_largest_first() -> None:
    clusters = ["b", "a", "", "a", "", "c", "a", "b"]
    table = pd.DataFrame({"filename": [str(n) for n in range(8)], "cluster": clusters})
    figure = draw_clusters(table, load)
    shown = [int(np.asarray(a.images[0].get_array())[0, 0, 0]) for a in figure.axes if a.images]
    assert shown == [1, 3, 6, 0, 7]
    assert "2 works occur more than once (5 pictures)" in texts(figure)
    with pytest.raises(DataError, match="no work occurs twice"):
        draw_clusters(table.iloc[:3], load)


def test_a_large_cluster_says_how_many_are_not_shown() -> None:
    table = pd.DataFrame({"filename": [str(n) for n in range(10)], "cluster": "a"})
    assert "and 3 more" in texts(draw_clusters(table, load))


def test_borders_are_shown_before_and_after() -> None:
    cuts = [Cut(f"{n}.jpg", load("9"), load(str(n))) for n in range(5)]
    figure = draw_cut_borders(cuts)
    shown = [int(np.asarray(a.images[0].get_array())[0, 0, 0]) for a in figure.axes if a.images]
    assert shown == [9, 0, 9, 1, 9, 2, 9, 3, 9, 4]
    assert {f"{n}.jpg" for n in range(5)} <= set(texts(figure))
    with pytest.raises(DataError, match="no borders were cut"):
        draw_cut_borders([])
