import csv
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest
from matplotlib.colors import XKCD_COLORS

from src.gallery.paintings import PUBLISHED_COUNTS, Commission, paint, plan_gallery
from src.tasks.color import COLORS

# Mean blue, green and red of the first painting of each colour. The shipped model was trained on
# this gallery, and its figures hold for no other.
MEANS_BGR = {
    "BLACK": (4.8, 8.1, 8.5),
    "BROWN": (121.1, 143.7, 160.9),
    "TEAL": (118.0, 111.2, 106.6),
    "GREEN": (72.7, 97.5, 101.2),
    "BLUE": (65.8, 99.5, 123.0),
    "WHITE": (130.4, 135.8, 145.6),
    "RED": (75.5, 73.9, 100.6),
    "YELLOW": (52.7, 132.5, 165.3),
    "ORANGE": (67.8, 109.4, 148.5),
    "PURPLE": (127.4, 110.2, 129.5),
    "PINK": (133.4, 131.4, 193.9),
}


@pytest.mark.parametrize("color", COLORS)
def test_the_gallery_stays_what_it_is(color: str) -> None:
    means = paint(Commission(color, 0, seed=0)).mean((0, 1))
    # The last digits are another processor's own.
    np.testing.assert_allclose(means, MEANS_BGR[color], atol=0.3)


def test_the_same_commission_gives_the_same_bytes() -> None:
    first = paint(Commission("TEAL", 3, seed=1))
    assert first.dtype == np.uint8
    assert first.shape == (218, 218, 3)
    assert np.array_equal(first, paint(Commission("TEAL", 3, seed=1)))


@pytest.mark.parametrize(
    "other", [Commission("TEAL", 4, 1), Commission("TEAL", 3, 2), Commission("BLUE", 3, 1)]
)
def test_every_part_of_a_commission_matters(other: Commission) -> None:
    assert not np.array_equal(paint(Commission("TEAL", 3, 1)), paint(other))


def test_paintings_do_not_depend_on_what_was_painted_before() -> None:
    plan = [Commission(color, 0, seed=8) for color in COLORS]
    forwards = [paint(commission) for commission in plan]
    backwards = [paint(commission) for commission in reversed(plan)]
    assert np.array_equal(forwards, backwards[::-1])


def test_a_gallery_has_the_published_proportions() -> None:
    counts = Counter(commission.color for commission in plan_gallery(16_311, seed=0))
    assert {color: counts[color] for color in COLORS} == pytest.approx(PUBLISHED_COUNTS, abs=1)


@pytest.mark.parametrize("count", [1, 2, 11, 12, 100, 12_345])
def test_a_plan_has_the_wanted_number_of_different_works(count: int) -> None:
    plan = plan_gallery(count, seed=5)
    assert len(plan) == count
    assert len({commission.name for commission in plan}) == count
    assert {commission.color for commission in plan} == set(COLORS[:count])


def test_a_small_gallery_is_part_of_no_other_seeds_gallery() -> None:
    assert not set(plan_gallery(50, seed=0)) & set(plan_gallery(50, seed=1))


def test_the_survey_of_colour_names_is_the_one_that_matplotlib_has() -> None:
    text = (files("src.gallery") / "xkcd_colors.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert {f"xkcd:{row['name']}": row["hex"] for row in rows} == XKCD_COLORS
    assert len(rows) == len(XKCD_COLORS)
