"""Several networks on the same rows and the same splits: one training each, and the best is kept.

The networks measure the pictures of one data set. What they are compared on is written down, a
table for each in ``networks/`` beside the data set's own: the same pictures in all, and of those
that any of them was trained on it is told in all. So the splits are the same, and the report of the
model that is kept finds its table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...config import data_folders
from ...data.tables import read_table
from ...data.vectors import GROUP_ROWS, has_vectors, open_vectors, read_facts, read_vectors
from ...edges import name_some, printable
from ...errors import ConfigError, DataError
from ...features.backbones import Backbone, backbone_of
from ...features.embedding import extract_embedding
from ...features.extract_features import FeatureSpec
from ...tasks import Kind, Task, dataset_of
from ..kinds import rules_of
from ..storage.metadata import FittedModel, NetworkRow
from .plan import ALL_CORES, SearchPlan
from .preparation import Note, Prepared, Wish, bring_in, measure_table, name_task
from .rows import SEEN_COLUMN, distinct_rows
from .table import TrainingTable, read_training_table, refuse_idle, schema_of

Fit = Callable[[TrainingTable, FeatureSpec, Task], FittedModel]

# Below a data set's processed tables: those that networks are compared on, by their names.
NETWORKS: Final = "networks"
# Each network is timed so many times, in turns, on a picture of this size.
_ROUNDS: Final = 15
_TIMED_SHAPE: Final = (480, 640, 3)


@dataclass(frozen=True, slots=True)
class Entrant:
    """A network, and the table of what it measured."""

    spec: FeatureSpec
    made: Prepared

    @property
    def backbone(self) -> Backbone:
        """The network itself."""
        return backbone_of(self.spec)

    def read(self) -> TrainingTable:
        """Return the table that it is trained on."""
        table = read_training_table(self.made.path, self.spec, self.made.task)
        return replace(table, source=printable(self.made.source), images=self.made.images)


def compare_networks(
    wish: Wish, specs: Sequence[FeatureSpec], plan: SearchPlan, fit: Fit, note: Note
) -> FittedModel:
    """Train once for each network; return the model with the best score over the training folds.

    Parameters
    ----------
    wish : Wish
        What is learned from which pictures.
    specs : sequence of FeatureSpec
        Of two networks or more.
    plan : SearchPlan
    fit : callable
        Trains on the table of one network.
    note : callable
        Is told what is done.

    Returns
    -------
    FittedModel
        Its metadata tell of all networks. The hold-out has no say in which one it is.

    Raises
    ------
    ConfigError
        If the question, or what is given, is of one network only.
    DataError
        If there are no pictures, or too few of them.
    """
    entrants = enter(wish, specs, plan, note)
    agree_on_rows(entrants, note)
    seconds = time_networks([entrant.spec for entrant in entrants])
    best: FittedModel | None = None
    rows = list[NetworkRow]()
    for entrant, picture_s in zip(entrants, seconds, strict=True):
        note(f"network {entrant.backbone.name}, {len(rows) + 1} of {len(entrants)}")
        model = fit(entrant.read(), entrant.spec, entrant.made.task)
        rows.append(_row(model, entrant.backbone, picture_s))
        if best is None or _score(model) > _score(best):
            best = model
    assert best is not None
    return replace(best, metadata=replace(best.metadata, networks=tuple(rows)))


def enter(wish: Wish, specs: Sequence[FeatureSpec], plan: SearchPlan, note: Note) -> list[Entrant]:
    """Let each network measure the same pictures.

    Raises
    ------
    ConfigError, DataError
        As `compare_networks`.
    """
    task, jobs = wish.find_task(), None if plan.jobs == ALL_CORES else plan.jobs
    _refuse_single(wish, task, specs)
    folders = data_folders(dataset_of(task, wish.dataset))
    named = f"data set {dataset_of(task, wish.dataset) or task.name}"
    if wish.source is not None:
        task, named = bring_in(wish, wish.source, name_task(wish, note), jobs, note)
    else:
        refuse_idle(wish)
    entrants = []
    for spec in specs:
        place = folders.processed / NETWORKS / f"{backbone_of(spec).name}.parquet"
        path = measure_table(task, folders, spec, place, jobs, note)
        entrants.append(Entrant(spec, Prepared(path, task, named, folders.images)))
    return entrants


def _refuse_single(wish: Wish, task: Task, specs: Sequence[FeatureSpec]) -> None:
    """Refuse what several networks cannot be compared on."""
    if task.kind is Kind.SAME:
        raise ConfigError(
            f"the task {task.name} is learned by one network at a time; give a single --backbone"
        )
    measured = wish.data or wish.source
    if wish.data is not None or (measured and measured.is_file() and has_vectors(measured)):
        names = name_some([backbone_of(spec).name for spec in specs])
        raise ConfigError(
            f"{measured} holds the rows of one network, and {names} are to be compared; give the "
            "pictures, or leave it out to take the data set's"
        )


def agree_on_rows(entrants: Sequence[Entrant], note: Note) -> None:
    """Leave the same pictures in the tables of all networks, and tell of those that any has seen.

    A picture takes part if all networks have measured it, and all tell it from every other.
    """
    common: set[str] | None = None
    seen, every = set[str](), set[str]()
    for entrant in entrants:
        table = entrant.read().table
        every |= set(table["filename"])
        found = set(distinct_rows(table, entrant.spec.names)["filename"])
        common = found if common is None else common & found
        told = entrant.backbone.has_seen(table["sha256"].astype(str))
        seen |= set(table["filename"][told])
    if not common:
        raise DataError("no picture is left that all networks tell from every other; give others")
    if every - common:
        note(
            f"{len(every - common)} pictures are left out: not every network tells them from others"
        )
    for entrant in entrants:
        _rewrite(entrant, common, seen)


def _rewrite(entrant: Entrant, kept: set[str], seen: set[str]) -> None:
    """Write a table again with some of its pictures, and a column that says which were seen."""
    path = entrant.made.path
    told, facts = read_table(path, schema_of((), entrant.made.task)), read_facts(path)
    places = np.flatnonzero(told["filename"].isin(kept))
    vectors, told = read_vectors(path)[places], told.iloc[places]
    if seen & kept and SEEN_COLUMN not in told:
        told = told.assign(**{SEEN_COLUMN: ["true" if n in seen else "" for n in told["filename"]]})
    columns = [str(name) for name in told]
    with open_vectors(path, columns, vectors.shape[1], facts) as append:
        for start in range(0, len(told), GROUP_ROWS):
            piece = told.iloc[start : start + GROUP_ROWS]
            cells = {name: piece[name].astype(str).tolist() for name in columns}
            append(cells, vectors[start : start + GROUP_ROWS])


def time_networks(specs: Sequence[FeatureSpec], rounds: int = _ROUNDS) -> list[float]:
    """Return how many seconds a decoded picture takes each network, on one thread: the median.

    They take turns, so that whatever else the machine does meets all alike.
    """
    picture = np.random.default_rng(0).integers(0, 256, _TIMED_SHAPE, np.uint8)
    for spec in specs:
        extract_embedding(picture, spec)  # what is only made once
    taken = [[_seconds(picture, spec) for spec in specs] for _ in range(rounds)]
    return [median(each) for each in zip(*taken, strict=True)]


def _seconds(picture: NDArray[np.uint8], spec: FeatureSpec) -> float:
    start = perf_counter()
    extract_embedding(picture, spec)
    return perf_counter() - start


def _row(model: FittedModel, backbone: Backbone, picture_s: float) -> NetworkRow:
    metadata = model.metadata
    best = metadata.leaderboard[0]
    return NetworkRow(
        network=backbone.name,
        sha256=backbone.sha256,
        bytes=backbone.path.stat().st_size,
        width=backbone.width,
        picture_ms=round(1000 * picture_s, 3),
        family=metadata.family,
        cv_mean=best.cv_mean,
        cv_std=best.cv_std,
        figures=rules_of(metadata.task).main_figures(metadata.holdout),
    )


def _score(model: FittedModel) -> float:
    return model.metadata.leaderboard[0].cv_mean
