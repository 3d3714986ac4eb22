"""What holds of all figures, whatever they show."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from src.features.extract_features import FEATURE_NAMES
from src.models.explain_model import ClassOdds, Contribution, Explanation
from src.models.studies.accuracy_studies import FeatureCurve, Importance, LearningCurve
from src.models.studies.class_scores import score_classes
from src.tasks import COLOR
from src.visualization import figures
from src.visualization.collection_charts import Cut
from src.visualization.image_files import draw_pixels, to_png
from src.visualization.style import WIDTH_IN, new_figure, styled, use_style
from tests.models.example_metadata import METADATA
from tests.models.studies.test_said_tags import draw_answers
from tests.models.training_tables import make_table
from tests.visualization.drawn import texts

TABLE = make_table()
JUDGED = pd.DataFrame(
    {
        "filename": ["a.png", "b.png", "c.png"],
        "truth": ["RED", "RED", "PINK"],
        "answer": ["RED", "PINK", "PINK"],
        "confidence": [0.9, 0.8, 0.4],
    }
)
EXPLANATION = Explanation(
    "a.png",
    ClassOdds("RED", 0.9, 3.2, -2.0),
    ClassOdds("PINK", 0.1, -3.2, -4.0),
    (Contribution("a_lab_mean", "lab", 171.0, 2.1, 5.2, 0.8),),
)
PLACES = np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 2.0]])
SURE = np.array([0.9, 0.8, 0.3])
RIGHT = np.array([True, False, True])


@dataclass(frozen=True)
class Shade:
    hex: str
    share: float
    name: str | None


def load(name: str) -> NDArray[np.uint8]:
    return np.full((6, 6, 3), len(name), np.uint8)


def losses(*names: str) -> dict[str, NDArray[np.float64]]:
    return {name: np.array([0.1, 0.2]) / (i + 1) for i, name in enumerate(names)}


DRAW: dict[str, Callable[[], Figure]] = {
    "draw_class_counts": lambda: figures.draw_class_counts(TABLE, COLOR),
    "draw_channel_boxes": lambda: figures.draw_channel_boxes(TABLE, COLOR),
    "draw_channel_densities": lambda: figures.draw_channel_densities(TABLE),
    "draw_feature_boxes": lambda: figures.draw_feature_boxes(TABLE, COLOR, FEATURE_NAMES[:4]),
    "draw_feature_correlation": lambda: figures.draw_feature_correlation(TABLE, FEATURE_NAMES),
    "draw_feature_pairs": lambda: figures.draw_feature_pairs(TABLE, COLOR, FEATURE_NAMES[:3]),
    "draw_leaderboard": lambda: figures.draw_leaderboard(METADATA.leaderboard),
    "draw_confusion": lambda: figures.draw_confusion([[3, 1], [0, 2]], ["RED", "PINK"]),
    "draw_reliability": lambda: figures.draw_reliability(SURE, RIGHT),
    "draw_class_scores": lambda: figures.draw_class_scores(
        score_classes([[3, 1], [0, 2]], ["RED", "PINK"])
    ),
    "draw_abstention": lambda: figures.draw_abstention(SURE, RIGHT),
    "draw_importance": lambda: figures.draw_importance(
        Importance(0.8, 100, losses("a_lab_mean", "b_lab_mean"), losses("lab"))
    ),
    "draw_feature_curve": lambda: figures.draw_feature_curve(
        FeatureCurve(np.array([1, 2]), np.array([[0.4, 0.6], [0.5, 0.7]]), ("a_lab", "b_lab"), 90)
    ),
    "draw_learning_curve": lambda: figures.draw_learning_curve(
        LearningCurve(np.array([50, 100]), np.array([[0.5, 0.6]]), np.array([[0.9, 0.8]]))
    ),
    "draw_collection": lambda: figures.draw_collection(
        JUDGED.assign(color=JUDGED["truth"], title="Harbour"), load, COLOR
    ),
    "draw_class_sheet": lambda: figures.draw_class_sheet(JUDGED, "RED", load),
    "draw_mistakes": lambda: figures.draw_mistakes(JUDGED, load),
    "draw_least_certain": lambda: figures.draw_least_certain(JUDGED, load),
    "draw_confused_pairs": lambda: figures.draw_confused_pairs(JUDGED, load),
    "draw_precision_recall": lambda: figures.draw_precision_recall(draw_answers()),
    "draw_threshold_curves": lambda: figures.draw_threshold_curves(draw_answers()),
    "draw_tag_counts": lambda: figures.draw_tag_counts(["a", "b"], np.array([[1, 0], [1, np.nan]])),
    "draw_tag_pairs": lambda: figures.draw_tag_pairs(draw_answers()),
    "draw_tag_sheet": lambda: figures.draw_tag_sheet(draw_answers().mistakes(), load, "Missed"),
    "draw_picture_map": lambda: figures.draw_picture_map(PLACES, JUDGED["filename"].tolist(), load),
    "draw_class_map": lambda: figures.draw_class_map(PLACES, JUDGED["truth"].tolist()),
    "draw_picture_sizes": lambda: figures.draw_picture_sizes(
        pd.DataFrame({"width": [300, 900, 400], "height": [200, 1200, 100]}), 224
    ),
    "draw_clusters": lambda: figures.draw_clusters(JUDGED.assign(cluster=["1", "1", ""]), load),
    "draw_cut_borders": lambda: figures.draw_cut_borders([Cut("a.png", load("abc"), load("ab"))]),
    "draw_prediction": lambda: figures.draw_prediction(
        load("a"),
        {"RED": 0.9, "PINK": 0.1},
        [Shade("#a01f2c", 0.7, "RED"), Shade("#eeeeee", 0.3, None)],
    ),
    "draw_explanation": lambda: figures.draw_explanation(EXPLANATION, load("a")),
}


def test_every_figure_is_among_these() -> None:
    assert sorted(DRAW) == sorted(figures.__all__)


@pytest.mark.parametrize("name", DRAW)
def test_a_figure_is_as_wide_as_a_readme_and_leaves_the_settings_alone(name: str) -> None:
    before = dict(mpl.rcParams)
    assert DRAW[name]().get_figwidth() == WIDTH_IN
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAW)
def test_a_feature_has_its_words_beside_its_code(name: str) -> None:
    shown = "\n".join(texts(DRAW[name]()))
    for code in re.findall(r"\w+_(?:bgr|hsv|lab)_(?:mean|std)", shown):
        assert re.search(rf"[a-z]\s\({code}\)", shown), code


@pytest.mark.parametrize("name", ["draw_confusion", "draw_leaderboard", "draw_class_sheet"])
def test_a_figure_is_the_same_under_any_settings(name: str) -> None:
    plain = draw_pixels(DRAW[name](), dpi=50)
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "figure.dpi": 60}):
        restyled = draw_pixels(DRAW[name](), dpi=50)
    assert to_png(restyled) == to_png(plain)
    assert np.unique(np.asarray(plain)).size > 1


def test_a_notebook_draws_in_the_same_style() -> None:
    def draw() -> Figure:
        figure = new_figure(2.0)
        figure.subplots().set(title="a title", xlabel="x")
        return figure

    with mpl.rc_context():
        mpl.rcdefaults()
        plain = to_png(draw_pixels(draw(), dpi=50))
        use_style()
        mine = to_png(draw_pixels(draw(), dpi=50))
    assert mine == to_png(draw_pixels(styled(draw)(), dpi=50)) != plain


def test_importing_and_drawing_need_no_display_and_no_pyplot() -> None:
    code = (
        "import sys; from src.visualization import figures; "
        "figure = figures.draw_confusion([[3, 1], [0, 2]], ['RED', 'PINK']); "
        "figure.savefig('/dev/null', format='png'); "
        "assert 'matplotlib.pyplot' not in sys.modules; print('drawn')"
    )
    environment = {
        name: os.environ[name] for name in os.environ if name not in ("DISPLAY", "MPLBACKEND")
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("drawn\n", "")
