"""The figures of a report on many classes, or on a network's rows, which say nothing one by one."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..decoding.borders import crop_borders
from ..models.kinds import rules_of
from ..models.reporting.model_card import describe_leak
from ..models.storage.metadata import ModelMetadata
from ..models.studies.accuracy_studies import Importance
from ..models.studies.class_scores import score_classes
from ..models.studies.work_map import map_works
from . import figures
from .collection_charts import Cut
from .contact_sheets import Loader
from .image_files import Plate
from .judged_model import HeldOut, JudgedModel

# A sheet for each of more classes is more than anyone looks through: those that are found least.
_MOST_SHEETS: Final = 60
_SHEET: Final = 16
# More works take a map minutes, and hide one another in it.
_MOST_MAPPED: Final = 5000
_CUTS: Final = 12
_CLUSTER: Final = "cluster"
# So many pictures are looked at for borders.
_LOOKED_AT: Final = 400


def plan_many_classes(judged: JudgedModel, load: Loader | None) -> Iterator[Plate]:
    """Yield what tells how single ones of many classes are found.

    Parameters
    ----------
    judged : JudgedModel
    load : callable or None
        Gives the pictures; without it there are no sheets.
    """
    metadata, answers = judged.model.metadata, judged.judged
    scores = score_classes(metadata.holdout.confusion_matrix, metadata.classes)
    yield Plate(
        "class-scores",
        "Classes",
        "Hold-out. Bars: how many of a class are found. Long intervals: there are few works of it.",
        partial(figures.draw_class_scores, scores, judged.task),
    )
    if load is None:
        return
    if (answers["truth"] != answers["answer"]).any():
        yield Plate(
            "confused-pairs",
            "Confusions",
            "Hold-out. Are they as alike as the model finds them?",
            partial(figures.draw_confused_pairs, answers, load),
            photographic=True,
        )
    judged_ones = [score for score in scores if score.rows]
    judged_ones.sort(key=lambda score: (score.recall.value, score.name))
    shown = sorted(score.name for score in judged_ones[:_MOST_SHEETS])
    for place, name in enumerate(shown, 1):
        yield Plate(
            f"class-{place:02}",
            "Every class",
            f"Hold-out. Works of {name}, and what they are called.",
            partial(figures.draw_class_sheet, answers, name, load, _SHEET, judged.task),
            photographic=True,
        )


def plan_network(
    judged: HeldOut, importance: Callable[[], Importance], load: Loader | None
) -> Iterator[Plate]:
    """Yield what can be told of a network's rows: by its stages, and where works stand in them."""
    yield Plate(
        "importance",
        "What it goes by",
        "Each dot is one shuffling of all numbers of a stage of the network, from its first (edges "
        "and colours) to its last (things). Stages say much of the same: none is all there is.",
        lambda: figures.draw_importance(importance()),
    )
    yield from _map_plates(judged, load)


def plan_collection(judged: HeldOut, load: Loader | None) -> Iterator[Plate]:
    """Yield what the pictures of a table are like, before anything is asked of them."""
    table, section = judged.table, "The pictures"
    spec = judged.model.metadata.feature_spec
    if {"width", "height"} <= set(table) and table[["width", "height"]].notna().all(axis=1).any():
        side = spec.working_size
        yield Plate(
            "picture-sizes",
            section,
            "Pictures of very different sizes: what is small has lost what the large ones show.",
            partial(figures.draw_picture_sizes, table, side),
        )
    if load is None:
        return
    if _CLUSTER in table and _has_twins(table[_CLUSTER]):
        yield Plate(
            "clusters",
            section,
            _describe_clusters(judged.model.metadata),
            partial(figures.draw_clusters, table, load),
            photographic=True,
        )
    if spec.network and (cuts := _find_cuts(table, load)):
        yield Plate(
            "cut-borders",
            section,
            "Flat bars are no part of a work; the network is shown what is left.",
            partial(figures.draw_cut_borders, cuts),
            photographic=True,
        )


def _map_plates(judged: HeldOut, load: Loader | None) -> Iterator[Plate]:
    split, section = judged.split, "Map"
    sides = np.concatenate([split.sides.training, split.sides.holdout])
    features = np.concatenate([split.training.features, split.holdout.features])
    labels = np.concatenate([split.training.labels, split.holdout.labels])
    names = split.table["filename"].to_numpy()[sides]
    seed, count = judged.model.metadata.seed, rules_of(judged.task).count_names
    # Without what is only known not to be there.
    called = {label: list(+count([label])) for label in np.unique(labels).tolist()}
    some = np.random.default_rng(seed).permutation(len(labels))[:_MOST_MAPPED]
    places: list[NDArray[np.float64]] = []

    def find_places() -> NDArray[np.float64]:
        if not places:
            places.append(map_works(features[some], seed))
        return places[0]

    def draw_pictures(load: Loader) -> Figure:
        return figures.draw_picture_map(find_places(), names[some].tolist(), load)

    caption = (
        "Works by the network's rows, whatever they are called: principal components, then t-SNE. "
        "Neighbours are alike; how far apart others lie means little."
    )
    if load is not None:
        yield Plate("picture-map", section, caption, partial(draw_pictures, load), True)
    yield Plate(
        "class-map",
        section,
        f"{caption} A name stands where the works of a class lie closest.",
        lambda: figures.draw_class_map(find_places(), [called[label] for label in labels[some]]),
    )


def _describe_clusters(metadata: ModelMetadata) -> str:
    said = "Works that occur more than once."
    if metadata.task.group != _CLUSTER:
        return said
    kept = describe_leak(metadata).replace("`", "") or "They stand on one side of every split."
    return f"{said} {kept}"


def _has_twins(clusters: pd.Series) -> bool:
    named = clusters[clusters.astype(str).str.strip() != ""]
    return bool(named.duplicated().any())


def _find_cuts(table: pd.DataFrame, load: Loader) -> list[Cut]:
    """Return some pictures that have borders, from all over the table."""
    places = np.unique(np.linspace(0, len(table) - 1, _LOOKED_AT).astype(int))
    cuts = list[Cut]()
    for name in table["filename"].iloc[places].astype(str):
        before = load(name)
        after = np.asarray(crop_borders(before), np.uint8)
        if after.shape != before.shape:
            cuts.append(Cut(name, before, after))
        if len(cuts) == _CUTS:
            break
    return cuts
