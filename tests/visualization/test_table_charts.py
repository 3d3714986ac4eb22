import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

from src.errors import DataError
from src.features.extract_features import FEATURE_NAMES
from src.tasks import COLOR, Task
from src.visualization.class_labels import class_colors
from src.visualization.figures import (
    draw_channel_boxes,
    draw_channel_densities,
    draw_class_counts,
    draw_feature_boxes,
)
from tests.models.training_tables import SMALL, make_table
from tests.visualization.drawn import bar_lengths, texts, titles, x_names, y_names

TABLE = make_table()


def test_counts_stand_at_bars_of_the_classes_own_colors_most_frequent_on_top() -> None:
    figure = draw_class_counts(TABLE, COLOR)
    (axes,) = figure.axes
    assert y_names(axes) == sorted(SMALL, key=SMALL.__getitem__)
    widths = bar_lengths(axes)
    assert widths == sorted(SMALL.values())
    colors = class_colors(SMALL)
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [
        colors[name] for name in y_names(axes)
    ]
    assert "60 (43.5%)" in texts(figure)
    assert axes.get_xlabel() == "works, of 138 in all"


def test_boxes_stand_from_dark_to_light_and_hold_the_middle_half() -> None:
    figure = draw_channel_boxes(TABLE, COLOR)
    assert len(figure.axes) == 9
    lightness = figure.axes[6]
    assert titles(figure)[6] == "lightness (l_lab)"
    medians = TABLE.groupby("color")["l_lab_mean"].median()
    assert x_names(lightness) == list(medians.sort_values().index)
    boxes = [patch for patch in lightness.patches if isinstance(patch, PathPatch)]
    darkest = TABLE.loc[TABLE["color"] == x_names(lightness)[0], "l_lab_mean"]
    corners = np.asarray(boxes[0].get_path().vertices)[:, 1]
    assert (corners.min(), corners.max()) == pytest.approx(
        tuple(darkest.quantile([0.25, 0.75])), abs=1e-9
    )


def test_densities_show_mean_and_spread_of_every_channel() -> None:
    figure = draw_channel_densities(TABLE)
    assert titles(figure)[2:5] == ["red light (r_bgr)", "hue (h_hsv)", "saturation (s_hsv)"]
    assert all(len(axes.collections) == 2 for axes in figure.axes)
    assert figure.axes[3].get_xlim() == (0, 179)
    assert {"average of a work", "variation within it"} <= set(texts(figure))


def test_a_feature_of_a_single_value_is_a_line_where_that_is() -> None:
    hue = draw_channel_densities(TABLE.assign(h_hsv_std=3.0)).axes[3]
    (line,) = hue.lines
    assert set(np.asarray(line.get_xdata(), float)) == {3.0}
    assert len(hue.collections) == 1


@pytest.mark.parametrize(
    "draw",
    [draw_class_counts, draw_channel_boxes, lambda table, _task: draw_channel_densities(table)],
    ids=["counts", "boxes", "densities"],
)
def test_tables_that_cannot_be_drawn_say_why(draw: object) -> None:
    assert callable(draw)
    with pytest.raises(DataError, match="without rows"):
        draw(TABLE.iloc[:0], COLOR)
    with pytest.raises(DataError, match="lacks 1 of the columns to draw"):
        draw(TABLE.drop(columns=["color" if draw is draw_class_counts else "s_hsv_mean"]), COLOR)


def test_values_and_classes_that_cannot_be_drawn_say_why() -> None:
    with pytest.raises(DataError, match="gaps or infinities .*b_bgr_mean"):
        draw_channel_boxes(TABLE.assign(b_bgr_mean=np.nan), COLOR)
    with pytest.raises(DataError, match="'BEIGE'|BEIGE"):
        draw_class_counts(TABLE.assign(color="BEIGE"), COLOR)
    with pytest.raises(DataError, match=r"too few rows .*\(2\)"):
        draw_channel_densities(TABLE.iloc[:2])


def test_a_single_class_can_be_counted() -> None:
    assert y_names(draw_class_counts(TABLE[TABLE["color"] == "RED"], COLOR).axes[0]) == ["RED"]


MANY = [f"class {i:02d}" for i in range(40)]
MANY_TASK = Task("kind", "kind").learned(MANY)
MANY_TABLE = pd.concat([TABLE] * 20, ignore_index=True).assign(
    kind=[name for i, name in enumerate(MANY) for _ in range(30 + i)][: 20 * len(TABLE)]
    + [MANY[-1]] * (20 * len(TABLE) - sum(30 + i for i in range(40)))
)


def test_of_many_classes_the_commonest_and_the_rarest_are_counted() -> None:
    names = [f"class {i:03d}" for i in range(80)]
    task = Task("kind", "kind").learned(names)
    table = pd.DataFrame({"kind": [name for i, name in enumerate(names) for _ in range(30 + i)]})
    ranks, named = draw_class_counts(table, task).axes
    assert y_names(named) == [*names[:9], "", *names[60:]]
    assert "and 51 more, with 39 to 89 works each" in texts(draw_class_counts(table, task))
    assert ranks.get_title(loc="left") == "80 classes: half of them have 69 works or more"
    alike = pd.DataFrame({"kind": names * 7})
    assert "and 51 more, with 7 works each" in texts(draw_class_counts(alike, task))


def test_of_fifty_classes_all_are_counted() -> None:
    (axes,) = draw_class_counts(MANY_TABLE, MANY_TASK).axes
    assert y_names(axes) == MANY


def test_of_many_classes_the_commonest_have_boxes() -> None:
    figure = draw_channel_boxes(MANY_TABLE, MANY_TASK)
    assert set(x_names(figure.axes[8])) == set(MANY[-12:])
    assert any("the 12 commonest of 40 classes" in text for text in texts(figure))


def test_any_features_have_boxes_and_every_column_names_the_classes() -> None:
    figure = draw_feature_boxes(
        TABLE.assign(depth=TABLE["b_bgr_std"]), COLOR, ["depth", *FEATURE_NAMES[:4]]
    )
    assert titles(figure)[:5] == [
        "depth",
        "blue light\n(b_bgr_mean)",
        "green light\n(g_bgr_mean)",
        "red light\n(r_bgr_mean)",
        "hue\n(h_hsv_mean)",
    ]
    by_depth = list(TABLE.groupby("color")["b_bgr_std"].median().sort_values().index)
    assert [x_names(axes) for axes in figure.axes[2:5]] == [by_depth] * 3
    for count in (0, 10):
        with pytest.raises(DataError, match=f"{count} features cannot be drawn as boxes"):
            draw_feature_boxes(TABLE, COLOR, FEATURE_NAMES[:count])
