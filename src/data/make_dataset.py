"""Stage: ``data/raw`` -> ``data/interim``, with every picture that is left out and why."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from ..config import data_folders
from ..edges import command_edge
from ..errors import DataError
from ..images import WORKING_SIZE
from ..jobs.parallel_map import parallel_map
from ..tasks import COLOR, Task, dataset_of, find_task
from .cleaning import (
    Flaw,
    Look,
    Picture,
    dropped_schema,
    look_at_picture,
    separate,
    summarise,
)
from .near_duplicates import CLUSTER, Candidates, find_duplicates
from .schemas import interim_schema, raw_schema
from .stage_options import DatasetOption, JobsOption, TargetOption
from .tables import read_table, write_table
from .trees import IMPORT_NOTE


@command_edge
def make_dataset(  # noqa: PLR0913 - one parameter for each option
    raw: Annotated[
        Path | None, typer.Option(help="Folder with pictures.csv and images/; data/raw by default.")
    ] = None,
    interim: Annotated[
        Path | None, typer.Option(help="Folder to write to; data/interim by default.")
    ] = None,
    side: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Expected side of a picture in pixels; 0 takes any. By default "
            f"{WORKING_SIZE} for what was scraped, and any for what was imported or has a NAME.",
        ),
    ] = None,
    jobs: JobsOption = None,
    task: Annotated[str, typer.Option(help="The question whose answers are kept.")] = COLOR.name,
    target: TargetOption = None,
    dataset: DatasetOption = None,
    clusters: Annotated[
        bool,
        typer.Option(help="Note which pictures show one work; training keeps those together."),
    ] = True,
    closely: Annotated[
        bool | None,
        typer.Option(
            "--closely/--not-closely",
            help="Look at all pictures for points that they share, which finds works in frames and "
            "on walls, and details; by default where training splits by works.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Keep each sound picture once; dropped.csv says which were left out, and why."""
    asked = find_task(task, target)
    folders = data_folders(dataset_of(asked, dataset))
    source = raw or folders.raw
    if side is None:
        side = 0 if dataset_of(asked, dataset) or was_imported(source) else WORKING_SIZE
    out = interim or folders.interim
    print(clean(source, out, asked, side, jobs, clusters=clusters, closely=closely))


def clean(  # noqa: PLR0913 - places, a question and how it is done
    source: Path,
    out: Path,
    task: Task,
    side: int = 0,
    jobs: int | None = None,
    *,
    clusters: bool = True,
    closely: bool | None = None,
) -> str:
    """Clean a raw folder, and say in one line what was kept.

    Parameters
    ----------
    source, out : Path
        The folders to read from and to write to.
    task : Task
    side : int
        Expected width and height in pixels; 0 takes any.
    jobs : int, optional
        Number of processes; by default one per core.
    clusters : bool
        Whether a column ``cluster`` says which pictures show one work, unless the table has one.
    closely : bool, optional
        Whether all pictures are looked at for points that they share; by default where pictures of
        one work never stand on both sides of a split.

    Raises
    ------
    DataError
        If no picture is left, or the table does not keep its schema.
    """
    table = read_table(source / "pictures.csv", raw_schema(task))
    looks = look_at_pictures(table, source / "images", task.column, side, jobs)
    tables, dropped = separate(table, looks, task.column), dropped_schema(task.column)
    write_table(tables.dropped[list(dropped.columns)], out / "dropped.csv", dropped)
    if tables.kept.empty:
        raise DataError(f"no picture is left ({summarise(tables)}); see {out / 'dropped.csv'}")
    kept, said = tables.kept, ""
    if clusters and CLUSTER not in kept:
        look = task.group == CLUSTER if closely is None else closely
        kept = with_clusters(kept, source / "images", jobs, closely=look)
        said = summarise_clusters(kept)
    write_table(kept, out / "pictures.csv", interim_schema(task))
    return f"{summarise(tables)}{said}: {out / 'pictures.csv'}"


def look_at_pictures(
    table: pd.DataFrame,
    folder: Path,
    target: str,
    side: int = 0,
    jobs: int | None = None,
) -> list[Look]:
    """Look at the picture of each row, in the order of the table.

    Parameters
    ----------
    table : pandas.DataFrame
        A raw table.
    folder : Path
        Where the files are.
    target : str
        The column that holds the class.
    side : int
        Expected width and height in pixels; 0 takes any.
    jobs : int, optional
        Number of processes; by default one per core.
    """
    columns = ("filename", target, "sha256", "width", "height")
    pictures = [
        _picture(folder, side, *values)
        for values in zip(*(table[name] for name in columns), strict=True)
    ]
    return list(parallel_map(look_at_picture, pictures, jobs, "cleaning", _killed))


def with_clusters(
    table: pd.DataFrame,
    folder: Path,
    jobs: int | None = None,
    candidates: Candidates | None = None,
    *,
    closely: bool = False,
) -> pd.DataFrame:
    """Return a table with a column that says which of its pictures show one work.

    Parameters
    ----------
    table : pandas.DataFrame
        With ``filename``.
    folder : Path
        Where the files are.
    jobs : int, optional
        Number of processes; by default one per core.
    candidates, closely
        As in `find_duplicates`.

    Returns
    -------
    pandas.DataFrame
        In ``cluster`` the file name of the best of those pictures; nothing where there is one.
    """
    names = table["filename"].tolist()
    paths = [str(folder / name) for name in names]
    found = find_duplicates(paths, candidates, jobs, closely=closely)
    cluster_of = {
        place: names[cluster.kept] for cluster in found.clusters for place in cluster.members
    }
    return table.assign(**{CLUSTER: [cluster_of.get(place, "") for place in range(len(names))]})


def summarise_clusters(table: pd.DataFrame) -> str:
    """Say how many works occur more than once, if any do."""
    clusters = table.loc[table[CLUSTER] != "", CLUSTER]
    if clusters.empty:
        return ""
    works = clusters.nunique()
    said = f"{works} {'work occurs' if works == 1 else 'works occur'} more than once"
    return f"; {said} ({len(clusters)} pictures)"


def was_imported(raw_folder: Path) -> bool:
    """Tell whether the pictures of a raw folder were imported, not scraped."""
    return (raw_folder / IMPORT_NOTE).is_file()


def _picture(  # noqa: PLR0913 - the columns of a row
    folder: Path, side: int, filename: str, label: str, sha256: str, width: Any, height: Any
) -> Picture:
    size = None if pd.isna(width) or pd.isna(height) else (int(width), int(height))
    return Picture(folder / filename if filename else Path(), label, sha256, size, side)


def _killed(picture: Picture) -> Look:
    return Look(Flaw("undecodable", "it needs more memory than there is: a process was killed"))


if __name__ == "__main__":
    typer.run(make_dataset)
