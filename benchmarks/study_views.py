"""What more views of a picture are worth to a model of a network's rows: mirrors, parts, colours.

``python -m benchmarks.study_views TABLE PICTURES [NETWORK]`` takes a table with ``filename``,
``artist`` and, if it knows works that occur twice, ``cluster``, and the folder of its pictures. It
cross-validates a logistic regression on each choice of views: of all works, and with but 16 works
of every second artist to learn from. Rows of whole pictures are measured once, parts every time.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold

from src.decoding.borders import crop_borders
from src.edges import align
from src.features.backbones import backbone_of
from src.features.embedding import measure_square
from src.features.extract_features import FeatureSpec
from src.features.measured_rows import measure_rows
from src.features.specs import Features
from src.images import load_uncut
from src.models.training.pipelines import build_pipeline, candidates_of
from src.models.training.plan import Preset
from src.models.training.rows import LabelledRows

FOLDS: Final = 5
FEW: Final = 16
# The share of each side that is in the middle of a picture.
MIDDLE: Final = 0.7

Places = NDArray[np.int64]


def cut_parts(bgr: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return the four quarters of a picture and its middle."""
    height, width = (max(2, side) for side in bgr.shape[:2])
    tops, lefts = (0, height // 2), (0, width // 2)
    quarters = [bgr[y : y + height // 2, x : x + width // 2] for y in tops for x in lefts]
    y, x = (round(side * (1 - MIDDLE) / 2) for side in (height, width))
    return [*quarters, bgr[y : height - y, x : width - x]]


def measure_parts(spec: FeatureSpec, path: str) -> NDArray[np.float32]:
    """Return the mean row of the quarters and the row of the middle, shape (2, width)."""
    backbone, bgr = backbone_of(spec), np.asarray(crop_borders(load_uncut(path).bgr), np.uint8)
    size = (backbone.input_size, backbone.input_size)
    squares = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in cut_parts(bgr)]
    rows = [measure_square(np.asarray(square, np.uint8), backbone) for square in squares]
    return np.array([np.mean(rows[:4], axis=0), rows[4]], np.float32)


def choose_views(
    paths: list[str], spec: FeatureSpec
) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return rows and, NaN where they are not learned, mirrored rows, by what is looked at."""
    whole, turned = (measure_rows(paths, spec, mirrored=each).rows for each in (False, True))
    parts = np.array(Parallel(-1)(delayed(measure_parts)(spec, path) for path in paths))
    colors = measure_rows(paths, Features.V2.spec()).rows
    quarters, middle, none = parts[:, 0], parts[:, 1], np.full_like(whole, np.nan)
    return {
        "whole": (whole, none),
        "whole, all mirrored": (whole, turned),
        "whole + colours": _beside(whole, colors),
        "whole + middle": _beside(whole, middle),
        "whole + quarters": _beside(whole, quarters),
        "mean of whole and quarters": ((whole + quarters) / 2, none),
    }


def _beside(one: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[Any, Any]:
    rows = np.hstack([one, other])
    return rows, np.full_like(rows, np.nan)


def judge(rows: LabelledRows, folds: list[tuple[Places, Places]]) -> tuple[float, float]:
    """Return accuracy and macro F1 over all folds."""
    candidates = candidates_of("logistic_regression", Preset.FAST, rows.features.shape[1])
    pipeline = build_pipeline(candidates, seed=0).set_params(classify__C=0.004)
    answers, asked = np.empty_like(rows.labels), np.zeros(len(rows.labels), bool)
    for kept, compared in folds:
        features, labels = rows.to_fit_on(kept)
        answers[compared] = pipeline.fit(features, labels).predict(rows.features[compared])
        asked[compared] = True
    truth, said = rows.labels[asked], answers[asked]
    return float((truth == said).mean()), float(f1_score(truth, said, average="macro"))


def make_uneven(
    labels: NDArray[np.str_], folds: list[tuple[Places, Places]]
) -> list[tuple[Places, Places]]:
    """Return folds with but a few works of every second class to fit on."""
    scarce = np.unique(labels)[::2]
    left = []
    for kept, compared in folds:
        turn = pd.Series(labels[kept]).groupby(labels[kept]).cumcount().to_numpy()
        left.append((kept[~np.isin(labels[kept], scarce) | (turn < FEW)], compared))
    return left


def main(table: Path, pictures: Path, network: str | None = None) -> None:
    """Measure, judge and print all choices."""
    rows = pd.read_csv(table, dtype=str, keep_default_na=False).sample(frac=1, random_state=0)
    labels, spec = rows["artist"].to_numpy(np.str_), Features.EMBEDDING.spec(network)
    own = pd.Series(range(len(rows)), rows.index).astype(str)
    groups = rows["cluster"].where(rows["cluster"] != "", own) if "cluster" in rows else own
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    even = list(splitter.split(labels, labels, groups))
    uneven = make_uneven(labels, even)
    views = choose_views([str(pictures / name) for name in rows["filename"]], spec)
    scarce = np.isin(labels, np.unique(labels)[::2])[:, np.newaxis]
    whole, turned = views["whole, all mirrored"]
    views["whole, scarce ones mirrored"] = (whole, np.where(scarce, turned, np.nan))
    lines: list[Sequence[str]] = [("views", "accuracy", "macro F1", "uneven: accuracy", "macro F1")]
    for name, (features, mirrored) in views.items():
        given = LabelledRows(features.astype(np.float64), labels, mirrored)
        figures = (*judge(given, even), *judge(given, uneven))
        lines.append((name, *(f"{figure:.4f}" for figure in figures)))
        print(name, file=sys.stderr)
    print(align(lines, numbers=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
