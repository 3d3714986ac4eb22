"""What a report is made of: a model, the table it was trained on, its answers and its pictures."""

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..config import settings
from ..errors import DataError, ModelMismatch
from ..features.gallery_table import paint_again
from ..files import file_sha256
from ..images import load_image, load_uncut
from ..models.kinds import rules_of
from ..models.predict_model import Classifier
from ..models.storage.metadata import ModelMetadata
from ..models.studies.said_tags import TagAnswers
from ..models.studies.tag_judgement import TagJudgement, judge_tags
from ..models.tag_rules import read_truth
from ..models.training.rows import Split, mark_seen, split_holdout
from ..models.training.side_by_side import NETWORKS
from ..models.training.table import (
    TrainingTable,
    beside,
    paint_training_table,
    read_training_table,
)
from ..tasks import Task
from .contact_sheets import Loader

_GALLERY: Final = re.compile(r"built-in gallery .*?, (\d+) pictures, seed (\d+)")
# Sheets show nothing of more pixels, and hold many pictures.
_SHOWN_SIDE: Final = 512
# The tables that `build_features` writes.
TABLES: Final = (
    "pictures.csv",
    "pictures.parquet",
    "gallery.csv",
    "gallery.parquet",
    "embedding.parquet",
)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What every report is made of.

    Attributes
    ----------
    model : Classifier
    table : DataFrame
        The rows of the processed table that take part, each combination of features once.
    split : Split
        As in training: the model has seen nothing of the hold-out.
    """

    model: Classifier
    table: pd.DataFrame
    split: Split

    @property
    def task(self) -> Task:
        """What the model was asked."""
        return self.model.task


@dataclass(frozen=True, slots=True)
class JudgedModel(HeldOut):
    """All that a report on a model is made of that gives one answer.

    Attributes
    ----------
    judged : DataFrame
        A row for each of the hold-out: ``filename``, ``truth``, ``answer``, ``confidence``.
    """

    judged: pd.DataFrame

    def answer(self, features: NDArray[np.float64]) -> NDArray[np.str_]:
        """Return the class of each row of features."""
        return _best(self.model, self.model.predict_scores(features))


@dataclass(frozen=True, slots=True)
class TaggedModel(HeldOut):
    """All that a report on a model of tags is made of.

    Attributes
    ----------
    answers : TagAnswers
        To the hold-out.
    judgement : TagJudgement
        Of these; its calibration error is that of the model's metadata.
    """

    answers: TagAnswers
    judgement: TagJudgement


def judge_model(model: Classifier, table: pd.DataFrame) -> JudgedModel | TaggedModel:
    """Set the same rows aside as training did, and answer them.

    Parameters
    ----------
    model : Classifier
    table : DataFrame
        The processed table that the model was trained on.

    Raises
    ------
    ModelMismatch
        If the answers do not give the confusion matrix, or the figures of each tag, that stand in
        the model's metadata.
    """
    metadata, rules = model.metadata, rules_of(model.task)
    names = metadata.feature_spec.names
    table = mark_seen(table, metadata.feature_spec)
    split = split_holdout(table, names, metadata.task, metadata.seed, metadata.min_count)
    scores = model.predict_scores(split.holdout.features)
    found = rules.judge(split.holdout.labels, scores, model.classes, metadata.thresholds)
    if not rules.same_figures(found, metadata.holdout):
        name, value = next(iter(rules.main_figures(found).items()))
        raise ModelMismatch(
            f"the model does not repeat its hold-out figures here ({name} {value:.4f} on "
            f"{found.rows} rows, model.json says {rules.main_figures(metadata.holdout)[name]:.4f} "
            f"on {metadata.holdout.rows}); retrain it with the installed versions"
        )
    places = np.sort(np.concatenate([split.sides.training, split.sides.holdout]))
    rows = split.table.iloc[places].reset_index(drop=True)
    filenames = split.table["filename"].to_numpy()[split.sides.holdout]
    if found.many is None:
        return JudgedModel(model, rows, split, _judge_answers(model, split, scores, filenames))
    answers = TagAnswers(
        model.classes,
        read_truth(split.holdout.labels, model.classes),
        scores,
        np.array([tag.threshold for tag in found.many.tags]),
        filenames.tolist(),
    )
    judgement = replace(judge_tags(answers), calibration_error=found.ece)
    return TaggedModel(model, rows, split, answers, judgement)


def _judge_answers(
    model: Classifier, split: Split, scores: NDArray[np.float64], filenames: NDArray[np.str_]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "filename": filenames,
            "truth": split.holdout.labels,
            "answer": _best(model, scores),
            "confidence": scores.max(axis=1),
        }
    )


def _best(model: Classifier, scores: NDArray[np.float64]) -> NDArray[np.str_]:
    answers: NDArray[np.str_] = np.asarray(model.classes)[scores.argmax(axis=1)]
    return answers


def find_model_table(
    metadata: ModelMetadata, path: Path | None = None, jobs: int | None = None
) -> TrainingTable:
    """Return the table that a model was trained on.

    Parameters
    ----------
    metadata : ModelMetadata
        Holds the digest of the table.
    path : Path, optional
        Where it is. Otherwise this project's processed tables are looked at, and if none is the
        right one and the model comes from the built-in gallery, that gallery is painted anew.
    jobs : int, optional
        Processes to paint with; by default one per core.

    Raises
    ------
    DataError
        If it is another table, or there is none. Rows that the model has learnt from would then
        be among those it is judged by.
    """
    path = path or _find_table(metadata)
    if path is not None:
        # It may hold classes that were too rare to be learned.
        any_class = replace(metadata.task, classes=())
        data = read_training_table(path, metadata.feature_spec, any_class)
    elif gallery := _GALLERY.match(metadata.data_source):
        data = paint_training_table(int(gallery[1]), int(gallery[2]), jobs, metadata.feature_spec)
    else:
        raise DataError(
            f"the table that the model was trained on is not here ({metadata.data_source}, sha256 "
            f"{metadata.data_sha256}); name it with --data, or report on another with --model"
        )
    if data.sha256 != metadata.data_sha256:
        raise DataError(
            f"{data.source} is not the table that the model was trained on (sha256 {data.sha256}, "
            f"expected {metadata.data_sha256}: {metadata.data_source}), so rows it has learnt from "
            "would judge it; give that table, or train a model on this one"
        )
    if metadata.gallery_sha256:
        data = _with_gallery(data, metadata, jobs)
    return data


def _with_gallery(data: TrainingTable, metadata: ModelMetadata, jobs: int | None) -> TrainingTable:
    gallery = _GALLERY.search(metadata.data_source)
    if gallery is None:
        raise DataError(f"no gallery is told of beside {data.source} ({metadata.data_source})")
    count, seed = int(gallery[1]), int(gallery[2])
    painted = paint_training_table(count, seed, jobs, metadata.feature_spec)
    if painted.sha256 != metadata.gallery_sha256:
        raise DataError(
            f"the gallery is painted otherwise than when the model was trained (sha256 "
            f"{painted.sha256}, expected {metadata.gallery_sha256}); train the model again"
        )
    return beside(data, painted, metadata.task)


def _find_table(metadata: ModelMetadata) -> Path | None:
    """Return that of the tables `build_features` writes, for any task or this one, by its sum."""
    folder = settings().data_dir / "processed"
    names = [f"{NETWORKS}/{row.network}.parquet" for row in metadata.networks]
    both = (folder, folder / metadata.task.name)
    places = (place / name for place in both for name in (*TABLES, *names))
    return next((p for p in places if p.is_file() and file_sha256(p) == metadata.data_sha256), None)


def find_pictures_of(table: pd.DataFrame, *folders: Path, uncut: bool = False) -> Loader | None:
    """Return what gives the pictures of a table, or None where they are not at hand.

    Parameters
    ----------
    table : DataFrame
        With ``filename``; ``image`` is ``gallery:<name>`` of what the built-in gallery painted.
    *folders : Path
        Where the picture files of other tables may be; one of them has all.
    uncut : bool
        Whether pictures are given as a network is shown them, before borders are cut.

    Returns
    -------
    callable or None
        File name -> uint8 pixels, red first; of the working size, unless they are uncut.
    """
    names = table["filename"].astype(str)
    if "image" in table and (table["image"].astype(str) + ".png" == "gallery:" + names).all():
        return lambda name: paint_again(name)[..., ::-1]
    # All or none: a sheet with holes would not show what it says.
    for folder in folders:
        if all((folder / name).is_file() for name in names):
            return partial(_load_uncut if uncut else _load_picture, folder)
    return None


def _load_picture(folder: Path, name: str) -> NDArray[np.uint8]:
    return load_image(folder / name)[..., ::-1]


def _load_uncut(folder: Path, name: str) -> NDArray[np.uint8]:
    bgr = load_uncut(folder / name).bgr
    scale = min(1.0, _SHOWN_SIDE / max(bgr.shape[:2]))
    size = [max(1, round(side * scale)) for side in (bgr.shape[1], bgr.shape[0])]
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)[..., ::-1]
