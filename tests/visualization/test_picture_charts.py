from dataclasses import dataclass, replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from src.errors import DataError
from src.features.feature_words import label_group
from src.models.explain_model import ClassOdds, Contribution, Explanation, explain
from src.tasks import Task
from src.visualization.class_labels import class_colors
from src.visualization.figures import draw_explanation, draw_prediction
from tests.models.fitted_models import paint
from tests.models.tag_models import tag_classifier
from tests.visualization.drawn import bar_lengths, texts, titles, y_names

PICTURE = np.zeros((8, 8, 3), np.uint8)
EXPLANATION = Explanation(
    "a.png",
    ClassOdds("BLUE", 0.9, 3.2, -3.0),
    ClassOdds("TEAL", 0.08, -3.5, -2.0),
    (
        Contribution("b_lab_mean", "lab", 101.4, -2.1, 5.0, -1.0),
        Contribution("s_hsv_mean", "hsv", 90.0, 0.3, 1.0, 0.5),
        Contribution("a_lab_mean", "lab", 128.0, 0.1, 0.2, -1.0),
    ),
)


@dataclass(frozen=True)
class Shade:
    hex: str
    share: float
    name: str | None


def test_of_tags_neither_speaks_against_the_other() -> None:
    model = tag_classifier()
    explanation = explain(paint("RED", np.random.default_rng(1)), model=model, order="bgr")
    drawn = texts(draw_explanation(explanation, task=model.task))
    first, second = explanation.label, explanation.runner_up
    title = f"{first.name} {first.probability:.2f}, {second.name} {second.probability:.2f}"
    assert {title, f"for {first.name}", f"for {second.name}"} <= set(drawn)


def test_a_prediction_shows_picture_palette_and_all_scores() -> None:
    palette = [Shade("#2457c5", 0.7, "BLUE"), Shade("#eeeeee", 0.3, None)]
    figure = draw_prediction(PICTURE, {"BLUE": 0.75, "TEAL": 0.25}, palette)
    left, right = figure.axes[:2]
    assert left.images[0].get_array() is not None
    assert y_names(right) == ["BLUE", "TEAL"]
    assert bar_lengths(right) == [0.75, 0.25]
    (strip,) = left.child_axes
    assert isinstance(strip, Axes)
    assert bar_lengths(strip) == pytest.approx([0.7, 0.3])
    assert [to_hex(bar.get_facecolor()) for bar in strip.patches] == ["#2457c5", "#eeeeee"]
    assert {"70%", "0.750", "BLUE #2457c5, #eeeeee"} <= set(texts(figure))


def test_a_prediction_without_palette_has_no_strip() -> None:
    assert draw_prediction(PICTURE, {"BLUE": 1.0}).axes[0].child_axes == []


def test_an_explanation_shows_features_rest_and_spaces_for_both_classes() -> None:
    figure = draw_explanation(EXPLANATION, count=2)
    features, spaces = figure.axes
    assert y_names(features) == [
        "yellowness (b_lab_mean)\n101 (-2.1 sd)",
        "saturation (s_hsv_mean)\n90 (+0.3 sd)",
        "the other 1",
    ]
    assert bar_lengths(features) == pytest.approx([5, 1, 0.2, -1, 0.5, -1])
    assert y_names(spaces) == [label_group("hsv"), label_group("lab")]
    assert bar_lengths(spaces) == pytest.approx([1, 5.2, 0.5, -2])
    assert titles(figure) == ["what each feature did", "and each colour space"]
    assert {"BLUE 0.90, not TEAL 0.08", "for BLUE", "for TEAL, the runner-up"} <= set(texts(figure))
    blue = class_colors(["BLUE"])["BLUE"]
    assert to_hex(features.patches[0].get_facecolor()) == blue


def test_an_explanation_can_stand_beside_its_picture() -> None:
    assert len(draw_explanation(EXPLANATION, PICTURE).axes[2].images) == 1


def test_what_is_no_picture_or_no_prediction_is_refused() -> None:
    with pytest.raises(DataError, match=r"no picture to draw \(float64"):
        draw_prediction(PICTURE / 255, {"BLUE": 1.0})  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"shape \(8, 8\)"):
        draw_explanation(EXPLANATION, PICTURE[..., 0])
    with pytest.raises(DataError, match="without scores"):
        draw_prediction(PICTURE, {})


def test_of_many_classes_the_most_probable_stand_alone() -> None:
    scores = {f"class {i:02d}": (40 - i) / 820 for i in range(40)}
    axes = draw_prediction(PICTURE, scores).axes[1]
    assert y_names(axes) == [*list(scores)[:11], "the other 29"]
    assert sum(bar_lengths(axes)) == pytest.approx(1)


def test_label_and_runner_up_differ_in_colour_where_their_classes_have_none() -> None:
    task = Task("artist", "artist").learned(["BLUE", "TEAL", *map(str, range(20))])
    features = draw_explanation(EXPLANATION, task=task).axes[0]
    assert len({to_hex(patch.get_facecolor()) for patch in features.patches}) == 2


def test_groups_that_are_no_colour_spaces_are_called_groups() -> None:
    parts = (Contribution("block1_mean", "block1", 0.2, 0.1, 1.0, 0.5),)
    figure = draw_explanation(replace(EXPLANATION, contributions=parts))
    assert titles(figure)[1] == "and each group of features"
