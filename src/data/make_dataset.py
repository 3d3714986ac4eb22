"""Stage: ``data/raw`` -> ``data/interim``, with every picture that is left out and why."""

from pathlib import Path
from typing import Annotated, Final

import pandas as pd
import typer
from joblib import Parallel, cpu_count, delayed
from tqdm import tqdm

from ..config import settings
from ..edges import command_edge
from ..errors import DataError
from ..images import WORKING_SIZE
from ..tasks.color import COLORS
from .cleaning import Flaw, dropped_schema, find_flaw, separate, summarise
from .schemas import interim_schema, raw_schema, read_table, write_table

TARGET: Final = "color"


@command_edge
def make_dataset(
    raw: Annotated[
        Path | None, typer.Option(help="Folder with pictures.csv and images/; data/raw by default.")
    ] = None,
    interim: Annotated[
        Path | None, typer.Option(help="Folder to write to; data/interim by default.")
    ] = None,
    side: Annotated[
        int, typer.Option(min=0, help="Expected side of a picture in pixels; 0 takes any.")
    ] = WORKING_SIZE,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Threads; by default one per core.")
    ] = None,
) -> None:
    """Keep each sound picture once; dropped.csv says which were left out, and why."""
    source = raw or settings().data_dir / "raw"
    out = interim or settings().data_dir / "interim"
    table = read_table(source / "pictures.csv", raw_schema(TARGET, COLORS))
    tables = separate(table, look_at_pictures(table, source / "images", side, jobs), TARGET)
    write_table(tables.dropped, out / "dropped.csv", dropped_schema(TARGET))
    if tables.kept.empty:
        raise DataError(f"no picture is left ({summarise(tables)}); see {out / 'dropped.csv'}")
    write_table(tables.kept, out / "pictures.csv", interim_schema(TARGET, COLORS))
    print(f"{summarise(tables)}: {out / 'pictures.csv'}")


def look_at_pictures(
    table: pd.DataFrame, folder: Path, side: int, jobs: int | None = None
) -> list[Flaw | None]:
    """Return what is wrong with the picture of each row, or None, in the order of the table."""
    calls = (
        delayed(_look)(folder, filename, sha256, side)
        for filename, sha256 in zip(table["filename"], table["sha256"], strict=True)
    )
    found = Parallel(n_jobs=jobs or cpu_count(), prefer="threads", return_as="generator")(calls)
    return list(tqdm(found, "cleaning", total=len(table), unit="picture", disable=None))


def _look(folder: Path, filename: str, sha256: str, side: int) -> Flaw | None:
    if not filename:
        return Flaw("not fetched", "no file name")
    return find_flaw(folder / filename, sha256, side)


if __name__ == "__main__":
    typer.run(make_dataset)
