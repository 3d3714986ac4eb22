import pandas as pd
import pytest
from matplotlib.figure import Figure

from src.errors import DataError
from src.tasks import COLOR, Task
from src.visualization.class_labels import (
    class_colors,
    classes_to_draw,
    commonest_classes,
    name_classes,
    write_label,
)
from src.visualization.image_files import draw_pixels
from src.visualization.style import ACCENTS, NEUTRAL, new_figure, styled

SHAPES = Task("shape", "shape").learned(["round", "square", "oval"])


def test_a_class_has_the_same_colour_whatever_others_are_drawn() -> None:
    colors = class_colors(SHAPES.classes, SHAPES)
    assert list(colors.values()) == list(ACCENTS[:3])
    assert class_colors(["oval"], SHAPES) == {"oval": ACCENTS[2]}
    assert class_colors(COLOR.classes) == dict(zip(COLOR.classes, COLOR.swatches, strict=True))


def test_a_label_of_another_task_does_not_borrow_a_swatch() -> None:
    wines = Task("wine", "wine").learned(["RED", "WHITE"])
    assert class_colors(["RED"], wines) == {"RED": ACCENTS[0]}


def test_more_classes_than_can_be_told_apart_are_neutral() -> None:
    many = Task("artist", "artist").learned([f"painter {i}" for i in range(9)])
    assert set(class_colors(many.classes, many).values()) == {NEUTRAL}
    assert class_colors(["painter 8"], many) == {"painter 8": NEUTRAL}


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("NA", "NA"),
        ("живопись", "живопись"),
        ("$5 & $10", "$5 & $10"),
        ("two\nlines", "two\\nlines"),
        ("\U0001f3a8", "\\U0001f3a8"),
        ("the same long beginning 1", "the same long …nning 1"),
    ],
)
def test_labels_are_written_in_letters_that_can_be_drawn(label: str, written: str) -> None:
    assert write_label(label) == written


@styled
def draw_names(names: list[str]) -> Figure:
    figure = new_figure(3)
    name_classes(figure.subplots(), names, class_colors(names))
    return figure


def test_any_label_can_be_drawn_without_a_warning() -> None:
    names = ["$a_{b", "$\\frac{$", "中国", "السجاد", "\x00", "x" * 500, "<b>", "\\frac{"]
    pixels = draw_pixels(draw_names(names), dpi=60)
    assert pixels.getextrema() != ((255, 255),) * 3


def test_the_commonest_classes_come_in_the_order_of_the_task() -> None:
    table = pd.DataFrame({"shape": ["oval"] * 3 + ["round"] * 2 + ["square"]})
    assert commonest_classes(table, SHAPES, 2) == ["round", "oval"]
    assert classes_to_draw(table, SHAPES) == ["round", "square", "oval"]


def test_of_many_unknown_classes_some_are_named() -> None:
    table = pd.DataFrame({"shape": [f"odd {i:02d}" for i in range(30)]})
    with pytest.raises(DataError, match=r"odd 11 and 18 more\); it knows round, square, oval"):
        classes_to_draw(table, SHAPES)
