import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from src.errors import DataError
from src.tasks import COLOR
from src.visualization.figures import (
    draw_class_sheet,
    draw_collection,
    draw_least_certain,
    draw_mistakes,
)
from tests.visualization.drawn import texts

JUDGED = pd.DataFrame(
    {
        "filename": [f"{i}.png" for i in range(40)],
        "truth": ["RED"] * 30 + ["PINK"] * 10,
        "answer": ["RED"] * 20 + ["PINK"] * 20,
        "confidence": np.linspace(0.2, 0.98, 40),
    }
)


def load(name: str) -> NDArray[np.uint8]:
    """Give a picture whose shade is the number in its name."""
    return np.full((4, 4, 3), int(name.removesuffix(".png")), np.uint8)


def shown(figure: Figure) -> list[int]:
    """Return the numbers of the pictures in a sheet, in its order."""
    images = [image for axes in figure.axes for image in axes.images]
    return [int(np.asarray(image.get_array())[0, 0, 0]) for image in images]


def test_mistakes_come_surest_first_with_truth_and_answer() -> None:
    figure = draw_mistakes(JUDGED, load, count=4)
    assert shown(figure) == [29, 28, 27, 26]
    assert {"RED", "PINK 0.78", "The 4 surest of 10 mistakes"} <= set(texts(figure))


def test_the_least_certain_come_first_whether_right_or_not() -> None:
    figure = draw_least_certain(JUDGED, load, count=9)
    assert shown(figure) == list(range(9))
    assert "RED 0.20" in texts(figure)


def test_a_class_is_sampled_from_end_to_end() -> None:
    figure = draw_class_sheet(JUDGED, "PINK", load, count=4)
    assert shown(figure) == [30, 33, 36, 39]
    assert "PINK: 4 of 10 works" in texts(figure)
    assert shown(draw_class_sheet(JUDGED, "PINK", load)) == list(range(30, 40))


def test_a_collection_has_a_row_for_each_class_with_its_chip_and_the_titles_of_its_works() -> None:
    works = JUDGED.assign(color=JUDGED["truth"], title=JUDGED["filename"].map("Harbour {}".format))
    figure = draw_collection(works, load, COLOR, count=3)
    assert shown(figure) == [0, 1, 2, 30, 31, 32]
    assert {"RED", "PINK", "Harbour 0.png", "Harbour 32.png", "Works by color, 40 in all"} <= set(
        texts(figure)
    )
    rows = [round(axes.get_position().y0, 2) for axes in figure.axes if axes.images]
    assert rows == sorted(rows, reverse=True)
    assert len(set(rows)) == 2


def test_a_collection_needs_no_titles_and_may_have_short_rows() -> None:
    works = JUDGED.assign(color=JUDGED["truth"]).iloc[28:31]
    figure = draw_collection(works, load, COLOR)
    assert shown(figure) == [28, 29, 30]
    assert {text for text in texts(figure) if text} == {"RED", "PINK", "Works by color, 3 in all"}


def test_a_long_title_stands_in_two_lines() -> None:
    works = JUDGED.assign(color="RED", title="Procession before the Storm, No. 5").iloc[:1]
    assert "Procession before\nthe Storm, No. 5" in texts(draw_collection(works, load, COLOR))


def test_sheets_of_nothing_are_refused() -> None:
    with pytest.raises(DataError, match="no work of class BLUE"):
        draw_class_sheet(JUDGED, "BLUE", load)
    with pytest.raises(DataError, match="no mistake"):
        draw_mistakes(JUDGED.iloc[:20], load)
    with pytest.raises(DataError, match="without rows"):
        draw_least_certain(JUDGED.iloc[:0], load)
    with pytest.raises(DataError, match="lacks 1 of the columns to draw .*confidence"):
        draw_mistakes(JUDGED.drop(columns="confidence"), load)


def test_long_labels_fit_below_their_picture() -> None:
    long = JUDGED.assign(truth="a label that is far too long 1", answer="another label 2")
    found = texts(draw_mistakes(long, load, count=1))
    assert {"a label t…ng 1", "anoth…l 2 0.98"} <= set(found)
