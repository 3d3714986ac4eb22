import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.errors import DataError
from src.visualization.confusion_sheets import most_confused
from src.visualization.figures import draw_confused_pairs
from tests.visualization.drawn import texts

JUDGED = pd.DataFrame(
    [
        ("1", "Goya", "Hals", 0.5),
        ("2", "Goya", "Hals", 0.8),
        ("3", "Goya", "Goya", 0.9),
        ("4", "Hals", "Goya", 0.7),
        ("5", "Hals", "Klee", 0.9),
        ("6", "Klee", "Klee", 0.6),
    ],
    columns=["filename", "truth", "answer", "confidence"],
)


def load(name: str) -> NDArray[np.uint8]:
    return np.full((4, 4, 3), int(name), np.uint8)


def test_pairs_are_counted_in_both_directions() -> None:
    assert most_confused(JUDGED, 9) == [("Goya", "Hals"), ("Hals", "Klee")]
    assert most_confused(JUDGED, 1) == [("Goya", "Hals")]


def test_what_was_taken_for_the_other_comes_first_and_is_framed() -> None:
    figure = draw_confused_pairs(JUDGED, load, pairs=1)
    shown = [
        (int(np.asarray(a.images[0].get_array())[0, 0, 0]), a) for a in figure.axes if a.images
    ]
    assert [number for number, _ in shown] == [2, 1, 3, 4]
    assert [axes.spines["left"].get_visible() for _, axes in shown] == [True, True, False, True]
    assert {
        "Goya: 2 of 3 taken for the other",
        "Hals: 1 of 2 taken for the other",
    } <= set(texts(figure))


def test_where_nothing_is_confused_nothing_is_drawn() -> None:
    with pytest.raises(DataError, match="nothing was taken for anything else"):
        draw_confused_pairs(JUDGED[JUDGED["truth"] == JUDGED["answer"]], load)
