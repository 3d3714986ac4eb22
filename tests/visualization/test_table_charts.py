import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

from src.errors import DataError
from src.tasks import COLOR
from src.visualization.class_labels import class_colors
from src.visualization.figures import draw_channel_boxes, draw_channel_densities, draw_class_counts
from src.visualization.style import ink_on
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
    assert titles(figure)[6] == "lightness L"
    medians = TABLE.groupby("color")["l_lab_mean"].median()
    assert x_names(lightness) == list(medians.sort_values().index)
    boxes = [patch for patch in lightness.patches if isinstance(patch, PathPatch)]
    darkest = TABLE.loc[TABLE["color"] == x_names(lightness)[0], "l_lab_mean"]
    corners = np.asarray(boxes[0].get_path().vertices)[:, 1]
    assert (corners.min(), corners.max()) == pytest.approx(
        tuple(darkest.quantile([0.25, 0.75])), abs=1e-9
    )


def test_densities_show_mean_and_spread_of_every_channel() -> None:
    figure = draw_channel_densities(TABLE, COLOR)
    assert titles(figure)[:4] == ["blue", "green", "red", "hue"]
    assert all(len(axes.collections) == 2 for axes in figure.axes)
    assert figure.axes[3].get_xlim() == (0, 179)
    assert {"mean of a work", "std within it"} <= set(texts(figure))


def test_a_feature_of_a_single_value_is_a_line_where_that_is() -> None:
    hue = draw_channel_densities(TABLE.assign(h_hsv_std=3.0), COLOR).axes[3]
    (line,) = hue.lines
    assert set(np.asarray(line.get_xdata(), float)) == {3.0}
    assert len(hue.collections) == 1


@pytest.mark.parametrize("draw", [draw_class_counts, draw_channel_boxes, draw_channel_densities])
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
        draw_channel_densities(TABLE.iloc[:2], COLOR)


def test_a_single_class_can_be_counted() -> None:
    assert y_names(draw_class_counts(TABLE[TABLE["color"] == "RED"], COLOR).axes[0]) == ["RED"]


@pytest.mark.parametrize("name", COLOR.classes)
def test_text_on_a_class_color_has_the_contrast_that_wcag_asks_for(name: str) -> None:
    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    color = class_colors([name])[name]
    low, high = sorted([luminance(color), luminance(ink_on(color))])
    assert (high + 0.05) / (low + 0.05) >= 4.5
