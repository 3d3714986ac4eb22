"""A small model of tags, fitted in a fraction of a second: what is seen in three colours."""

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from src.features.extract_features import FEATURE_NAMES
from src.models.artifact import LoadedModel
from src.models.predict_model import Classifier
from src.models.storage.metadata import FittedModel
from src.models.tag_classifier import NO, YES, TagClassifier
from src.models.tag_combinations import find_combinations
from src.models.tag_rules import TagRules, read_truth
from src.tasks import Kind, Task
from tests.models.fitted_models import fit_model, make_rows

MOTIF: Final = Task("motif", "motif", Kind.MANY, features="color", noun="motif")
# What each colour shows.
SHOWN: Final = {"BLACK": "night", "RED": "rose|warm", "PINK": "warm"}
TAGS: Final = ("night", "rose", "warm")
THRESHOLDS: Final = {"night": 0.5, "rose": 0.4, "warm": 0.6}


def make_tag_rows() -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Return features of colours, and what these say of tags."""
    rows, colors = make_rows(tuple(SHOWN))
    return rows, np.array([SHOWN[color] for color in colors.tolist()])


def make_tag_table() -> pd.DataFrame:
    """Return the same as a processed table."""
    rows, labels = make_tag_rows()
    table = pd.DataFrame(rows, columns=list(FEATURE_NAMES))
    table.insert(0, "filename", [f"{i:03d}.png" for i in range(len(rows))])
    return table.assign(motif=labels)


@cache
def fit_tag_model() -> FittedModel:
    rows, labels = make_tag_rows()
    truth = read_truth(labels, TAGS)
    pipeline = Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression())])
    each = [
        CalibratedClassifierCV(pipeline, method="sigmoid", cv=3, ensemble=False).fit(
            rows, np.where(truth[:, tag] == 1, YES, NO)
        )
        for tag in range(len(TAGS))
    ]
    estimator = TagClassifier.of(np.array(TAGS), each, find_combinations(truth))
    scores = estimator.predict_proba(rows)
    metadata = replace(
        fit_model().metadata,
        task=MOTIF,
        classes=TAGS,
        family="logistic_regression",
        calibration="sigmoid",
        holdout=TagRules().judge(labels, scores, TAGS, THRESHOLDS),
        thresholds=THRESHOLDS,
    )
    return FittedModel(estimator, metadata, rows[::9])


def tag_classifier() -> Classifier:
    """Return it as it answers."""
    fitted = fit_tag_model()
    return Classifier(LoadedModel(fitted.estimator, fitted.metadata, "0123456789abcdef" * 4))
