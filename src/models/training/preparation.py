"""What a user has -> the table that is trained on: import, clean and measure in one go."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ...config import DataFolders, data_folders
from ...data.archives import is_archive
from ...data.cells import read_cells
from ...data.import_pictures import import_source
from ...data.make_dataset import clean
from ...data.sources import name_of_source
from ...data.vectors import has_vectors
from ...errors import DataError
from ...features.build_features import Order, build_table, table_job, table_name
from ...features.extract_features import FeatureSpec
from ...features.measured_rows import EMBEDDING
from ...tasks import COLOR, Kind, Task, dataset_of, find_task

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user says of what is to be learned from which pictures.

    Attributes
    ----------
    source : Path or None
        A folder, table or archive of labelled pictures, or a processed table.
    data : Path or None
        A processed table.
    task, target, group, dataset, path_column : str or None
        By default found out, and said.
    copy : bool
        Whether pictures are copied, where links to them would do.
    many : bool
        Whether a picture may have any number of answers.
    """

    source: Path | None = None
    data: Path | None = None
    task: str | None = None
    target: str | None = None
    group: str | None = None
    dataset: str | None = None
    path_column: str | None = None
    copy: bool = False
    many: bool = False

    def find_task(self) -> Task:
        """Return the question: as named, else that of the table, else called like the source."""
        name = self.task or (COLOR.name if self.source is None else _name_of(self.source))
        return find_task(name, self.target, self.group, many=self.many)


class Prepared(NamedTuple):
    """A processed table, the task with the column of its answers, and what it was made of.

    ``images`` is the folder of its pictures, if it was made of any.
    """

    path: Path
    task: Task
    source: str
    images: Path | None = None


def prepare_table(
    wish: Wish, source: Path, spec: FeatureSpec, jobs: int | None, note: Note
) -> Prepared:
    """Make a source a processed table.

    Each step goes on where it was interrupted, and says what it came to.

    Parameters
    ----------
    wish : Wish
    source : Path
        That of the wish.
    spec : FeatureSpec
        Which features are measured.
    jobs : int or None
        Number of processes; by default one per core.
    note : callable
        Is told what each step came to.

    Raises
    ------
    ArtlensError
        If a step cannot be done.
    """
    task = name_task(wish, note)
    if _is_measured(source, spec):
        return Prepared(source, task, source.name)
    task, made_of = bring_in(wish, source, task, jobs, note)
    folders = data_folders(dataset_of(task, wish.dataset))
    path = measure_table(task, folders, spec, folders.processed / table_name(spec), jobs, note)
    return Prepared(path, task, made_of, folders.images)


def name_task(wish: Wish, note: Note) -> Task:
    """Return the question, and say what it is called if nobody has."""
    task = wish.find_task()
    if wish.task is None:
        note(f"the task is called {task.name} (name it with --task)")
    return task


def bring_in(
    wish: Wish, source: Path, task: Task, jobs: int | None, note: Note
) -> tuple[Task, str]:
    """Import and clean a source; return the task with its column, and what the source was.

    Raises
    ------
    ArtlensError
        If a step cannot be done.
    """
    folders = data_folders(dataset_of(task, wish.dataset))
    summary = import_source(
        source,
        folders.raw,
        target=wish.target,
        path_column=wish.path_column,
        copy=wish.copy,
        group=wish.group,
        task=task.name,
        many=task.kind is Kind.MANY,
    )
    note(str(summary))
    task = replace(task, column=summary.target)
    note(clean(folders.raw, folders.interim, task, jobs=jobs))
    return task, f"{Path(os.path.abspath(source)).name} ({summary.kind})"  # noqa: PTH100


def measure_table(  # noqa: PLR0913 - of what, by what, where to, and who is told
    task: Task, folders: DataFolders, spec: FeatureSpec, path: Path, jobs: int | None, note: Note
) -> Path:
    """Measure the pictures of a data set that is clean; return the path of the table."""
    order = Order(task, spec, path, jobs)
    rows, broken = build_table(table_job(order, folders), order)
    note(f"{rows} pictures measured, {broken} left out: {order.path}")
    return order.path


def _is_measured(source: Path, spec: FeatureSpec) -> bool:
    """Tell whether a source is a table of rows already."""
    if spec.name == EMBEDDING:
        return source.is_file() and has_vectors(source)
    return set(spec.names) <= set(columns_of(source))


def _name_of(source: Path) -> str:
    """Return what the task of a source is called: that of the package if its column is there."""
    return COLOR.name if COLOR.column in columns_of(source) else name_of_source(source)


def columns_of(source: Path) -> list[str]:
    """Return the columns of a table; none where there is no table."""
    if not source.is_file() or is_archive(source):
        return []
    try:
        piece = next(read_cells(source, rows=1), None)
    except DataError:
        return []
    return [] if piece is None else [str(name) for name in piece.cells]
