from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from src.errors import DataError
from src.models.one_answer import expected_calibration_error
from src.visualization.class_labels import class_colors
from src.visualization.figures import draw_confusion, draw_leaderboard, draw_reliability
from tests.models.example_metadata import METADATA, MLP, SVM
from tests.visualization.drawn import bars, texts, titles, x_names, y_names


def test_the_leaderboard_has_the_best_on_top_with_error_bars() -> None:
    figure = draw_leaderboard([MLP, SVM])
    (axes,) = figure.axes
    assert y_names(axes) == ["neural network", "svm"]
    (spread,) = axes.collections
    low, high = np.asarray(spread.get_paths()[1].vertices)[:, 0]
    assert (low, high) == pytest.approx((SVM.cv_mean - SVM.cv_std, SVM.cv_mean + SVM.cv_std))
    assert any("0.879 ± 0.002" in text or "0.878 ± 0.002" in text for text in texts(figure))
    assert any("C=100, gamma=0.01" in text for text in texts(figure))


def test_what_was_given_up_stands_below_what_was_tried_on_all_folds_and_says_so() -> None:
    lucky = replace(MLP, cv_mean=0.9, cv_std=0.0, given_up_after=1)
    figure = draw_leaderboard([lucky, SVM])
    assert y_names(figure.axes[0]) == ["neural network", "svm"]
    assert any("0.900 on the first fold, given up" in text for text in texts(figure))


def test_an_average_of_many_leaves_room_for_the_bars() -> None:
    shares = {f"family_number_{place}": 0.125 for place in range(8)}
    figure = draw_leaderboard([SVM, replace(SVM, family="average", params=shares)])
    (text,) = (text for text in texts(figure) if "family_number_0" in text)
    assert text.endswith(" …")
    assert figure.axes[0].get_position().width > 0.6


def test_confusions_stand_as_percent_of_the_truth_and_as_counts() -> None:
    figure = draw_confusion(METADATA.holdout.confusion_matrix, METADATA.classes)
    (axes,) = figure.axes
    assert x_names(axes) == y_names(axes) == ["BLACK", "RED", "PINK"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("answer", "truth")
    at = {(*map(round, text.get_position()), text.get_text()) for text in axes.texts}
    assert at == {
        (0, 0, "92 %"), (0, 0, "12"), (1, 0, "8 %"), (1, 0, "1"),
        (0, 1, "29 %"), (0, 1, "2"), (1, 1, "71 %"), (1, 1, "5"),
    }  # fmt: skip
    assert titles(figure) == ["Confusion of 20 works"]
    colors = class_colors(METADATA.classes)
    for label in axes.get_yticklabels():
        patch = label.get_bbox_patch()
        assert patch is not None
        assert to_hex(patch.get_facecolor()) == colors[label.get_text()]


def test_reliability_shows_where_each_bin_lies_and_the_calibration_error() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.4, 1, 420)
    right = rng.random(420) < sure**2
    figure = draw_reliability(sure, right)
    top, bottom = figure.axes
    ece = expected_calibration_error(sure, right)
    assert f"error {ece:.3f}" in titles(figure)[0]
    assert sum(bar.get_height() for bar in bars(bottom)) == 420
    points = np.asarray(top.lines[1].get_xydata())
    highest = np.argsort(sure)[-28:]
    assert points[-1] == pytest.approx((sure[highest].mean(), right[highest].mean()))
    assert bottom.get_xlabel().endswith("Each point stands for 28 of the answers.")
    assert top.get_xlim()[0] <= sure.min()


def test_reliability_of_crowded_answers_has_bins_that_are_equally_filled() -> None:
    rng = np.random.default_rng(0)
    sure = np.concatenate([rng.uniform(0.95, 1, 450), rng.uniform(0.3, 0.95, 450)])
    points = points_of(sure, rng.random(900) < sure)
    assert len(points) == 15
    assert (points[:, 0] > 0.95).sum() in (7, 8)


@pytest.mark.parametrize(("answers", "points"), [(3, 1), (39, 1), (40, 2), (299, 14), (9000, 15)])
def test_reliability_makes_no_bins_of_a_few_answers(answers: int, points: int) -> None:
    sure = np.linspace(0.2, 0.9, answers)
    assert len(points_of(sure, sure > 0.5)) == points


def test_reliability_keeps_equal_probabilities_together_in_any_order() -> None:
    sure = np.repeat([0.5, 1.0], [100, 300])
    right = np.arange(400) % 4 > 0
    points = points_of(sure, right)
    assert points.tolist() == [[0.5, 0.75], [1, 0.75]]
    assert points_of(sure[::-1], right[::-1]).tolist() == points.tolist()
    assert len(points_of(np.ones(50), right[:50])) == 1


def points_of(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the points of a reliability diagram: how sure, and how often right."""
    return np.asarray(draw_reliability(sure, right).axes[0].lines[1].get_xydata())


def test_results_that_cannot_be_drawn_say_why() -> None:
    with pytest.raises(DataError, match="empty leaderboard"):
        draw_leaderboard([])
    with pytest.raises(DataError, match="of 1 class shows nothing"):
        draw_confusion([[3]], ["RED"])
    with pytest.raises(DataError, match=r"does not fit its classes \(shape \(2, 2\)"):
        draw_confusion([[3, 1], [0, 2]], ["RED", "PINK", "BLUE"])
    with pytest.raises(DataError, match="counts no answers"):
        draw_confusion([[0, 0], [0, 0]], ["RED", "PINK"])
    with pytest.raises(DataError, match="0 confidences"):
        draw_reliability(np.array([]), np.array([], bool))
    with pytest.raises(DataError, match="2 confidences and 1 outcomes"):
        draw_reliability(np.array([0.5, 0.6]), np.array([True]))


def test_confusions_of_many_classes_are_a_map_and_the_most_frequent_pairs() -> None:
    names = [f"class {i:02d}" for i in range(30)]
    counts = 10 * np.eye(30, dtype=int)
    counts[3, 27] = 8
    counts[27, 3] = 6
    figure = draw_confusion(counts.tolist(), names)
    areas = {axes.get_title(loc="left"): axes for axes in figure.get_axes()}
    shades = areas["Confusion of 314 works of 30 classes"]
    order = y_names(shades)
    assert sorted(order) == names
    assert order == x_names(shades)
    assert abs(order.index("class 03") - order.index("class 27")) == 1
    drawn = np.asarray(shades.images[0].get_array())
    place = order.index("class 03"), order.index("class 27")
    assert drawn[place] == pytest.approx(100 * 8 / 18)
    pairs = areas["What is most often taken for what: truth → answer"]
    assert y_names(pairs) == ["class 03 → class 27", "class 27 → class 03"]
    assert {"8 of 18 (44%)", "6 of 16 (38%)"} <= set(texts(figure))


def test_a_map_of_hundreds_of_classes_names_none_and_may_have_no_mistakes() -> None:
    figure = draw_confusion(np.eye(100, dtype=int).tolist(), [str(i) for i in range(100)])
    assert y_names(figure.get_axes()[0]) == []
