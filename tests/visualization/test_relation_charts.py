import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from src.errors import DataError
from src.features.extract_features import FEATURE_NAMES
from src.features.extract_features_v2 import FEATURE_NAMES_V2
from src.features.feature_words import label_feature
from src.tasks import COLOR, Task
from src.visualization.figures import draw_feature_correlation, draw_feature_pairs
from src.visualization.image_files import draw_pixels
from src.visualization.style import FAINT
from tests.models.training_tables import make_table
from tests.visualization.drawn import texts, titles, x_names, y_names

TABLE = make_table()


def test_correlations_stand_in_the_cells() -> None:
    table = TABLE.assign(g_bgr_mean=TABLE["b_bgr_mean"] * 2, r_bgr_mean=-TABLE["b_bgr_mean"])
    figure = draw_feature_correlation(table, ["b_bgr_mean", "g_bgr_mean", "r_bgr_mean"])
    axes = figure.axes[0]
    codes = ["b_bgr_mean", "g_bgr_mean", "r_bgr_mean"]
    assert (x_names(axes), y_names(axes)) == (codes, [label_feature(code) for code in codes])
    assert [text.get_text() for text in axes.texts] == ["100", "100", "100", "-100", "-100", "100"]
    assert titles(figure)[0] == "Correlation of the features over 138 works"


def test_of_many_features_each_has_its_name_and_stays_inside_the_figure() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.random((20, 64)), columns=list(FEATURE_NAMES_V2))
    figure = draw_feature_correlation(table, FEATURE_NAMES_V2)
    axes = figure.axes[0]
    assert x_names(axes) == list(FEATURE_NAMES_V2)
    assert y_names(axes) == [label_feature(name) for name in FEATURE_NAMES_V2]
    draw_pixels(figure, dpi=50)
    assert min(text.get_window_extent().x0 for text in axes.get_yticklabels()) >= 0


def test_pairs_show_every_work_in_its_own_color_and_nothing_above_the_diagonal() -> None:
    names = FEATURE_NAMES[:3]
    figure = draw_feature_pairs(TABLE, COLOR, names)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 6
    dots = [axes.collections[0] for axes in shown if axes.collections]
    assert [len(np.asarray(d.get_offsets())) for d in dots] == [138, 138, 138]
    assert all(isinstance(d, PathCollection) for d in dots)
    assert len(np.unique(np.asarray(dots[0].get_facecolor()), axis=0)) == 4
    assert {axes.get_xlabel() for axes in shown if axes.get_xlabel()} == {
        label_feature(name, between="\n") for name in names
    }
    assert {"BLACK", "GREEN", "RED", "PINK"} <= set(texts(figure))


@pytest.mark.parametrize("count", [1, 7])
def test_too_few_or_too_many_features_are_refused(count: int) -> None:
    with pytest.raises(DataError, match=f"{count} features cannot be drawn"):
        draw_feature_pairs(TABLE, COLOR, FEATURE_NAMES[:count])


def test_missing_columns_and_constant_ones_are_named() -> None:
    with pytest.raises(DataError, match="contrast"):
        draw_feature_correlation(TABLE, ["b_bgr_mean", "contrast"])
    with pytest.raises(DataError, match="contrast"):
        draw_feature_pairs(TABLE, COLOR, ["b_bgr_mean", "contrast"])
    with pytest.raises(DataError, match="single value"):
        draw_feature_correlation(TABLE.assign(b_bgr_mean=1.0), ["b_bgr_mean", "g_bgr_mean"])


def test_of_many_classes_the_commonest_have_a_colour_and_the_others_lie_below() -> None:
    kinds = [f"kind {i}" for i in range(20)]
    labels = [kinds[min(i // 7, 19)] for i in range(len(TABLE))]
    task = Task("kind", "kind").learned(kinds)
    figure = draw_feature_pairs(TABLE.assign(kind=labels), task, FEATURE_NAMES[:2])
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[-1] == "13 other classes"
    dots = next(axes.collections[0] for axes in figure.axes if axes.collections)
    colors = [to_hex(color) for color in np.asarray(dots.get_facecolor())]
    assert len(set(colors)) == 8
    faint = [color == FAINT for color in colors]
    assert faint == sorted(faint, reverse=True)
