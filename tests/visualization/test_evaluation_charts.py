import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from src.errors import DataError
from src.models.studies.class_scores import score_classes, wilson_interval
from src.models.studies.judgement import Abstention
from src.tasks import COLOR
from src.visualization.figures import draw_abstention, draw_class_scores
from tests.visualization.drawn import bar_lengths, texts, titles, y_names


def test_each_class_has_a_bar_as_long_as_the_share_that_is_found() -> None:
    scores = score_classes([[8, 2, 0], [1, 9, 0], [0, 0, 0]], ["RED", "BLUE", "PINK"])
    figure = draw_class_scores(scores, COLOR)
    (axes,) = figure.axes
    assert y_names(axes) == ["RED", "BLUE", "PINK"]
    assert bar_lengths(axes)[:2] == [0.8, 0.9]
    assert np.isnan(bar_lengths(axes)[2])
    drawn = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    found, right = (np.asarray(each.lines[0].get_xdata())[:2] for each in drawn)
    assert found.tolist() == pytest.approx([0.8, 0.9])
    assert right.tolist() == pytest.approx([8 / 9, 9 / 11])
    ends = np.asarray(drawn[0].lines[2][0].get_segments()[0])[:, 0]
    assert ends.tolist() == pytest.approx([scores[0].recall.low, scores[0].recall.high])


@pytest.mark.parametrize(("classes", "said"), [(50, "is right"), (80, "that are found least)")])
def test_of_many_classes_those_found_least_come_first(classes: int, said: str) -> None:
    names = [f"c{i:02}" for i in range(classes)]
    confusion = np.diag(classes - np.arange(classes))
    confusion[:, 0] += np.arange(classes)
    figure = draw_class_scores(score_classes(confusion.tolist(), names))
    assert y_names(figure.axes[0]) == sorted(names, reverse=True)[:60]
    assert titles(figure)[0].endswith(said)


def test_answers_are_given_from_the_surest_on() -> None:
    score = np.linspace(1, 0.5, 100)
    right = np.arange(100) < 60
    marked = [
        Abstention(0.0, 100, wilson_interval(60, 100)),
        Abstention(0.8, 40, wilson_interval(40, 40)),
    ]
    figure = draw_abstention(score, right, marked)
    (axes,) = figure.axes
    x, y = np.asarray(axes.lines[0].get_data())
    assert x[[0, -1]].tolist() == [0.2, 1.0]
    assert y[x <= 0.6].tolist() == [1.0] * 41
    assert y[-1] == 0.6
    assert {"all", "0.8"} <= set(texts(figure))


def test_answers_that_are_equally_sure_are_given_together() -> None:
    score = np.repeat([0.9, 0.6], 50)
    figure = draw_abstention(score, np.tile([True, False], 50))
    assert np.asarray(figure.axes[0].lines[0].get_xdata()).tolist() == [0.5, 1.0]


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(DataError, match="no class"):
        draw_class_scores([])
    with pytest.raises(DataError, match="no answers"):
        draw_abstention(np.array([]), np.array([], bool))
