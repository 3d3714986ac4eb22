"""Calibrate the gallery's painter: write ``src/gallery/calibration/*.csv``.

    python -m benchmarks.calibrate_gallery LABELLED.csv

LABELLED.csv is a table of features of real paintings with their colours (columns as in
``data/processed/pictures.csv``). From it come the "modern" school's quartiles and, for both
schools, how the 18 statistics vary together within a colour. The "broad" school's means have the
published quartiles; its standard deviations, of which nothing is published by colour, are the
measured ones moved so that the whole gallery has the published distribution. As a painter never
meets a target quite, that is repeated with what a painted gallery turned out to have. From the
paintings comes, too, by which a work is refused that is not like its colour: a logistic regression.
"""

import csv
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from joblib.externals.loky import get_reusable_executor
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from src.features.extract_features import FEATURE_NAMES
from src.features.gallery_table import gallery_table
from src.gallery import grading
from src.gallery.paintings import MODERN_SHARE, planned_shares
from src.tasks.color import COLORS

Floats = NDArray[np.float64]

_ROUNDS: Final = 3
# Statistics pull at each other, so that small misses (in published stds) are better left alone.
_LEFT_ALONE: Final = 0.17
_PAINTINGS: Final = 4000
# A correlation of n paintings counts n : _PRIOR against the one pooled over all colours.
_PRIOR: Final = 20
# Colours overlap by what they are, not by chance: with less freedom, all agree less.
_PENALTY: Final = 10
_REFERENCES: Final = Path(__file__).parents[1] / "references"
_CALIBRATION: Final = Path(grading.__file__).parent / "calibration"
_PUBLISHED_NAMES: Final = dict(
    zip(FEATURE_NAMES[:9], ("blue", "green", "red", "h", "s", "v", "l", "a", "b"), strict=True)
)
_LOGARITHMIC: Final = FEATURE_NAMES[grading.SKEWED]


def calibrate(table: pd.DataFrame) -> None:
    """Write the calibration, paint with it, correct it by what came out, and so on."""
    modern = {str(color): _quartiles_of(group) for color, group in table.groupby("color")}
    statistics = pd.read_csv(_REFERENCES / "published_feature_statistics.csv", index_col="feature")
    _write_correlations(table)
    _write_likeness(table)
    centre, spread = statistics["mean"].copy(), statistics["std"].copy()
    for number in range(_ROUNDS):
        broad = _broad_school(modern, centre, spread)
        _write_quartiles({"modern": modern, "broad": broad})
        get_reusable_executor().shutdown()  # workers remember the calibration they began with
        painted = gallery_table(_PAINTINGS, seed=1000 + number)[list(FEATURE_NAMES)]
        miss = (painted.mean() - statistics["mean"]) / statistics["std"]
        ratio = painted.std() / statistics["std"]
        centre -= statistics["std"] * np.sign(miss) * (miss.abs() - _LEFT_ALONE).clip(lower=0)
        spread *= (1 - _LEFT_ALONE) / ratio.clip(upper=1 - _LEFT_ALONE)
        print(pd.DataFrame({"miss": miss, "spread": ratio}).round(2).T.to_string())


def _quartiles_of(group: pd.DataFrame) -> pd.DataFrame:
    return (
        group[list(FEATURE_NAMES)]
        .quantile([0.25, 0.5, 0.75])
        .T.set_axis(["q1", "median", "q3"], axis=1)
    )


def _broad_school(
    modern: dict[str, pd.DataFrame], centre: pd.Series, spread: pd.Series
) -> dict[str, pd.DataFrame]:
    published = pd.read_csv(_REFERENCES / "published_class_quartiles.csv", index_col="color")
    broad = {color: frame.copy() for color, frame in modern.items()}
    for feature, short in _PUBLISHED_NAMES.items():
        for color in COLORS:
            columns = [f"{short}_{q}" for q in ("q1", "med", "q3")]
            broad[color].loc[feature] = published.loc[color, columns].to_numpy(float)
    for feature in FEATURE_NAMES[9:]:
        rows = np.array([modern[color].loc[feature] for color in COLORS])
        moved = _move(rows, centre[feature], spread[feature], feature in _LOGARITHMIC)
        for color, row in zip(COLORS, moved, strict=True):
            broad[color].loc[feature] = row
    return broad


def _move(quartiles: Floats, mean: float, std: float, logarithmic: bool) -> Floats:
    """Move the colours' quartiles together so that the whole gallery gets a mean and a std."""
    if logarithmic:  # the log-normal distribution with this mean and std
        variance = np.log1p((std / mean) ** 2)
        moved = _move(np.log(quartiles), np.log(mean) - variance / 2, np.sqrt(variance), False)
        return np.asarray(np.exp(moved))
    weights = np.array([*planned_shares().values()])
    median, scale = quartiles[:, 1], (quartiles[:, 2] - quartiles[:, 0]) / 2 / norm.ppf(0.75)
    pooled = weights @ median
    pooled_std = np.sqrt(weights @ (scale**2 + (median - pooled) ** 2))
    # The modern school keeps its own mean; the broad one makes up for it.
    goal = (mean - MODERN_SHARE * pooled) / (1 - MODERN_SHARE)
    return np.asarray(goal + (quartiles - pooled) * std / pooled_std)


def _write_quartiles(schools: dict[str, dict[str, pd.DataFrame]]) -> None:
    rows = [
        [school, color, feature, *(f"{value:.2f}" for value in schools[school][color].loc[feature])]
        for school in grading.SCHOOLS
        for color in COLORS
        for feature in FEATURE_NAMES
    ]
    _write("quartiles.csv", ["school", "color", "feature", "q1", "median", "q3"], rows)


def _write_correlations(table: pd.DataFrame) -> None:
    scores = {
        str(color): norm.ppf((rankdata(group[list(FEATURE_NAMES)], axis=0) - 0.5) / len(group))
        for color, group in table.groupby("color")
    }
    pooled = np.corrcoef(np.vstack(list(scores.values())).T)
    rows = []
    for color in COLORS:
        own = len(scores[color]) / (len(scores[color]) + _PRIOR)
        matrix = np.asarray(own * np.corrcoef(scores[color].T) + (1 - own) * pooled)
        rows += [
            [color, feature, *(f"{value:.4f}" for value in row)]
            for feature, row in zip(FEATURE_NAMES, matrix, strict=True)
        ]
    _write("correlations.csv", ["color", "feature", *FEATURE_NAMES], rows)


def _write_likeness(table: pd.DataFrame) -> None:
    rows, labels = table[list(FEATURE_NAMES)].to_numpy(), table["color"]
    # A rare colour counts more than its share, but less than others: its few rows are uncertain.
    weights = (labels.value_counts(normalize=True) ** -0.5).to_dict()
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=_PENALTY, max_iter=5000, class_weight=weights)
    model.fit(scaler.transform(rows), labels)
    slopes = model.coef_ / scaler.scale_
    offsets = model.intercept_ - slopes @ scaler.mean_
    lines = [
        [color, *(f"{value:.6g}" for value in (*slope, offset))]
        for color, slope, offset in zip(model.classes_, slopes, offsets, strict=True)
    ]
    _write("likeness.csv", ["color", *FEATURE_NAMES, "offset"], lines)


def _write(name: str, header: list[str], rows: list[list[str]]) -> None:
    with (_CALIBRATION / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    calibrate(pd.read_csv(sys.argv[1]))
