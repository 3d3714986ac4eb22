from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from src.errors import DataError
from src.models.studies.said_tags import TagAnswers, trace_tag
from src.visualization.figures import (
    draw_precision_recall,
    draw_tag_counts,
    draw_tag_pairs,
    draw_tag_sheet,
    draw_threshold_curves,
)
from tests.models.studies.test_said_tags import ANSWERS, draw_answers
from tests.visualization.drawn import bar_lengths, texts, titles, x_names, y_names


def widen(tags: int) -> TagAnswers:
    """Return answers to many tags, ever worse told."""
    rng = np.random.default_rng(5)
    has = rng.random((80, tags)) < 0.4
    noise = rng.random((80, tags))
    blur = np.arange(tags) / tags
    scores = has + noise * (1.3 + 3 * blur)
    names = tuple(f"t{tag:02}" for tag in range(tags))
    return TagAnswers(names, has.astype(float), scores, np.full(tags, 0.5))


def test_a_threshold_stands_where_it_comes_to_its_precision_and_recall() -> None:
    answers = draw_answers()
    figure = draw_precision_recall(answers)
    panels = figure.axes[:4]
    assert [title.split("\n")[0] for title in titles(figure)[:4]] == list("abcd")
    for tag, axes in enumerate(panels):
        has, said = answers.has[:, tag], answers.said[:, tag] & answers.known[:, tag]
        share, curve, point = axes.lines
        x, y = map(np.asarray, point.get_data())
        assert x.tolist() == pytest.approx([(has & said).sum() / has.sum()])
        assert y.tolist() == pytest.approx([(has & said).sum() / said.sum()])
        lowest = np.asarray(share.get_ydata())
        assert lowest[0] == pytest.approx(has.sum() / answers.known[:, tag].sum())
        precise = trace_tag(answers, tag).average_precision
        # The area under the steps that are drawn.
        recall, precision = map(np.asarray, curve.get_data())
        assert np.diff(recall) @ precision[1:] == pytest.approx(precise)
        assert f"AP {precise:.3f}, threshold {answers.thresholds[tag]:.2f}" in titles(figure)[tag]


def test_a_tag_that_is_never_said_has_no_point() -> None:
    shy = replace(ANSWERS, thresholds=np.array([0.5, 0.99]))
    one, other = draw_precision_recall(shy).axes[:2]
    assert (len(one.lines), len(other.lines)) == (3, 2)


def test_f1_over_thresholds_is_that_of_saying_from_there_on() -> None:
    answers = draw_answers()
    axes = draw_threshold_curves(answers).axes[1]
    lines = {line.get_label(): line for line in axes.lines}
    limits, values = map(np.asarray, lines["F1"].get_data())
    known, has = answers.known[:, 1], answers.has[:, 1]
    for limit in (0.15, 0.42, 0.77):
        said = (answers.scores[:, 1] >= limit) & known
        # The line keeps its height from a probability down to the next one.
        height = values[np.flatnonzero(limits >= limit)[-1]]
        assert height == pytest.approx(2 * (said & has).sum() / (said.sum() + has.sum()))
    assert lines["its threshold"].get_xdata() == [answers.thresholds[1]] * 2


def test_of_many_tags_those_told_worst_are_drawn() -> None:
    answers = widen(30)
    precise = {tag: trace_tag(answers, i).average_precision for i, tag in enumerate(answers.tags)}
    figure = draw_precision_recall(answers)
    worst = sorted(answers.tags, key=lambda tag: precise[tag])[:24]
    assert [title.split("\n")[0] for title in titles(figure)] == sorted(worst)
    assert any("the 24 of 30 with the lowest average precision" in each for each in texts(figure))


@pytest.mark.parametrize(("tags", "columns"), [(1, 3), (4, 4), (5, 3), (7, 4), (9, 3)])
def test_panels_fill_their_lines(tags: int, columns: int) -> None:
    figure = draw_threshold_curves(widen(tags))
    grid = figure.axes[0].get_gridspec()
    assert grid is not None
    assert grid.ncols == columns
    assert sum(axes.axison for axes in figure.axes) == tags


def test_tags_that_no_picture_has_have_no_curve() -> None:
    none = replace(ANSWERS, truth=np.array([[0, np.nan]] * 4))
    with pytest.raises(DataError, match="no tag is there in some pictures and not in others"):
        draw_precision_recall(none)
    one = replace(ANSWERS, truth=np.array([[0, 1], [0, 0], [0, 1], [0, 1]]))
    drawn = [title.split("\n")[0] for title in titles(draw_precision_recall(one)) if title]
    assert drawn == ["sunset"]
    # What no picture lacks is told from nothing.
    with pytest.raises(DataError):
        draw_precision_recall(replace(ANSWERS, truth=np.array([[0, 1]] * 4)))


def test_pairs_are_counted_where_both_are_known() -> None:
    nan = np.nan
    truth = np.array([[1, 1], [1, 0], [1, nan], [0, 1], [nan, 1]])
    scores = np.array([[0.9, 0.9], [0.9, 0.9], [0.9, 0.9], [0.9, 0.2], [0.1, 0.9]])
    figure = draw_tag_pairs(TagAnswers(("sea", "sunset"), truth, scores, np.array([0.5, 0.5])))
    shown = [axes.images[0].get_array() for axes in figure.axes[:2]]
    true, said = (np.asarray(cells, float) for cells in shown)
    # Of two pictures with the sea of which sunset is known one has it, and the other way round.
    assert true[0, 1] == true[1, 0] == 50
    assert said[0, 1] == pytest.approx(200 / 3)
    assert said[1, 0] == 100
    assert np.isnan(np.diagonal(true)).all()
    assert y_names(figure.axes[0]) == x_names(figure.axes[0]) == ["sea", "sunset"]
    assert {"50", "67", "100"} <= set(texts(figure))


def test_a_tag_by_itself_goes_with_none() -> None:
    with pytest.raises(DataError, match="a single tag goes with no other"):
        draw_tag_pairs(widen(1))


def test_of_very_many_tags_those_that_most_pictures_have_are_paired() -> None:
    wide = widen(50)
    figure = draw_tag_pairs(wide)
    counts = wide.has.sum(axis=0)
    shown = [int(name[1:]) for name in y_names(figure.axes[0])]
    assert len(shown) == 40
    assert shown == sorted(shown)
    assert counts[shown].min() >= np.delete(counts, shown).max()


def test_works_are_counted_by_what_is_known_of_them() -> None:
    truth = np.array([[1, 0], [1, np.nan], [0, np.nan], [np.nan, 1]])
    figure = draw_tag_counts(["sea", "sunset"], truth)
    (axes,) = figure.axes
    assert y_names(axes) == ["sea", "sunset"]
    assert bar_lengths(axes) == [2, 1, 1, 1, 1, 2]
    assert {"2", "1"} <= set(texts(figure))
    many = draw_tag_counts([f"t{i}" for i in range(70)], np.ones((3, 70)))
    assert titles(many) == ["Works by tag (the 60 of 70 that most have)"]


def test_a_sheet_has_a_row_for_each_tag() -> None:
    loaded = []

    def load(name: str) -> NDArray[np.uint8]:
        loaded.append(name)
        return np.zeros((4, 4, 3), np.uint8)

    stated = draw_answers(200).mistakes()
    counts = stated["tag"].value_counts()
    figure = draw_tag_sheet(stated, load, "Mistakes")
    assert len(loaded) == sum(min(count, 8) for count in counts)
    first = stated[stated["tag"] == counts.index[0]]
    assert loaded[:8] == first["filename"].tolist()[:8]
    assert f"8 of {len(first)}\nthreshold {first['threshold'].iloc[0]:.2f}" in texts(figure)


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="nothing is stated of any tag"):
        draw_tag_sheet(ANSWERS.mistakes().head(0), lambda name: np.zeros((1, 1, 3), np.uint8), "")
