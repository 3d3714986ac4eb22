import numpy as np
import pytest

from src.errors import DataError
from src.features.feature_words import label_group
from src.models.studies.accuracy_studies import FeatureCurve, Importance, LearningCurve
from src.visualization.figures import draw_feature_curve, draw_importance, draw_learning_curve
from tests.visualization.drawn import bar_lengths, texts, titles, x_names, y_names

LOSSES = {"s_hsv_mean": np.array([0.01, 0.03]), "a_lab_mean": np.array([0.2, 0.3])}


def test_importance_shows_single_features_and_spaces_with_every_shuffling() -> None:
    spaces = {"hsv": np.array([0.02, 0.04]), "lab": np.array([0.4, 0.5])}
    figure = draw_importance(Importance(0.81, 1500, LOSSES, spaces))
    single, joint = figure.axes
    assert y_names(single) == ["redness (a_lab_mean)", "saturation (s_hsv_mean)"]
    assert y_names(joint) == [label_group("hsv"), label_group("lab")]
    assert bar_lengths(single) == pytest.approx([0.25, 0.02])
    assert list(np.asarray(single.lines[0].get_xdata())) == [0.2, 0.3]
    assert "collinear" in joint.get_xlabel()
    assert "from 0.810, 1,500 works" in joint.get_xlabel()


def test_the_feature_curve_has_a_point_for_every_number_of_features() -> None:
    accuracies = np.array([[0.3, 0.6, 0.7], [0.5, 0.6, 0.8]])
    figure = draw_feature_curve(
        FeatureCurve(np.array([1, 2, 3]), accuracies, ("a", "b_lab_std", "c"), 3000)
    )
    (axes,) = figure.axes
    assert list(np.asarray(axes.lines[0].get_ydata())) == pytest.approx([0.4, 0.6, 0.75])
    assert x_names(axes) == ["1  a", "2  variation of yellowness (b_lab_std)", "3  c"]
    assert "validation folds" in titles(figure)[0]
    assert "3,000 works" in axes.get_xlabel()
    assert {"0.40", "0.60", "0.75"} <= set(texts(figure))


def test_the_learning_curve_shows_rows_seen_and_unseen() -> None:
    sizes = np.array([100, 400])
    curve = LearningCurve(sizes, np.array([[0.6, 0.7]]), np.array([[0.95, 0.8]]))
    figure = draw_learning_curve(curve)
    (axes,) = figure.axes
    lines = {str(line.get_label()): list(np.asarray(line.get_ydata())) for line in axes.lines}
    assert lines == {
        "on works it was fitted on": [0.95, 0.8],
        "on validation folds": [0.6, 0.7],
    }
    assert x_names(axes) == ["100", "400"]


def test_measurements_without_points_are_refused() -> None:
    with pytest.raises(DataError, match="no importance was measured"):
        draw_importance(Importance(0.8, 10, {}, {}))
    with pytest.raises(DataError, match="without points"):
        draw_feature_curve(FeatureCurve(np.array([], int), np.empty((0, 0)), (), 0))
    none = np.empty((0, 0))
    with pytest.raises(DataError, match="without points"):
        draw_learning_curve(LearningCurve(np.array([], int), none, none))
