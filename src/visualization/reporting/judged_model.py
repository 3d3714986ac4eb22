"""A model with its table, split as in training, and its answers to the rows set aside (pure)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import ModelMismatch
from ...models.kinds import evaluate_model
from ...models.predict_model import Classifier
from ...models.training.rows import Split, split_holdout
from ...tasks import Task


@dataclass(frozen=True, slots=True)
class JudgedModel:
    """All that a report is made of.

    Attributes
    ----------
    model : Classifier
    task : Task
    table : DataFrame
        The processed table, each combination of features once.
    split : Split
        As in training: the model has seen nothing of the hold-out.
    judged : DataFrame
        A row for each of the hold-out: ``filename``, ``truth``, ``answer``, ``confidence``.
    """

    model: Classifier
    task: Task
    table: pd.DataFrame
    split: Split
    judged: pd.DataFrame

    def answer(self, features: NDArray[np.float64]) -> NDArray[np.str_]:
        """Return the class of each row of features."""
        best = self.model.predict_scores(features).argmax(axis=1)
        answers: NDArray[np.str_] = np.asarray(self.model.classes)[best]
        return answers


def judge_model(model: Classifier, table: pd.DataFrame, task: Task) -> JudgedModel:
    """Set the same rows aside as training did, and answer them.

    Parameters
    ----------
    model : Classifier
    table : DataFrame
        The processed table that the model was trained on.
    task : Task

    Returns
    -------
    JudgedModel

    Raises
    ------
    ModelMismatch
        If the answers do not give the confusion matrix that stands in the model's metadata.
    """
    metadata = model.metadata
    names = metadata.feature_spec.names
    split = split_holdout(table, names, task, metadata.seed, metadata.min_count)
    scores = model.predict_scores(split.holdout.features)
    found = evaluate_model(split.holdout.labels, scores, model.classes)
    if found.confusion_matrix != metadata.holdout.confusion_matrix:
        raise ModelMismatch(
            f"the model does not repeat its hold-out figures here (accuracy {found.accuracy:.4f} "
            f"on {found.rows} rows, model.json says {metadata.holdout.accuracy:.4f} on "
            f"{metadata.holdout.rows}); retrain it with the installed versions"
        )
    judged = pd.DataFrame(
        {
            "filename": split.table["filename"].to_numpy()[split.sides.holdout],
            "truth": split.holdout.labels,
            "answer": np.asarray(model.classes)[scores.argmax(axis=1)],
            "confidence": scores.max(axis=1),
        }
    )
    return JudgedModel(model, task, split.table, split, judged)
