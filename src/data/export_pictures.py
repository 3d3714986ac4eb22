"""Stage: a data set -> a folder of pictures and a ``metadata.csv``, as other tools read it.

Hugging Face's imagefolder, among others; `import_pictures` makes the same table of it again.
"""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import pandera.pandas as pa
import typer
from tqdm import tqdm

from ..config import DataFolders, data_folders
from ..edges import EXIT_SOME_FAILED, command_edge, describe_os_error, report_error
from ..errors import ConfigError
from ..files import whole_file
from ..tasks import COLOR, dataset_of, find_task
from .annotations import FILE_COLUMN
from .archives import safe_name
from .cells import read_cells
from .columns import require_columns
from .matching import ADDRESS_COLUMN, OWN_COLUMNS
from .stage_options import DatasetOption
from .tables import write_table

METADATA = "metadata.csv"


@command_edge
def export_pictures(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Folder to write to, new or empty.", show_default=False
        ),
    ],
    task: Annotated[str, typer.Option(help="The question that the data set is of.")] = COLOR.name,
    dataset: DatasetOption = None,
) -> None:
    """Write a data set as pictures and a metadata.csv: file_name, labels and all else."""
    folders = data_folders(dataset_of(find_task(task), dataset))
    written, missing = export_dataset(folders, folder)
    print(f"{written} pictures: {folder / METADATA}")
    if missing:
        sys.exit(EXIT_SOME_FAILED)


def export_dataset(folders: DataFolders, folder: Path) -> tuple[int, int]:
    """Copy the pictures of a data set, cleaned if it has been cleaned, and say what they are.

    Returns
    -------
    tuple of int
        How many rows were written, and how many have no picture; each is told on standard error.

    Raises
    ------
    ConfigError
        If the folder holds other things.
    DataError
        If there is no data set.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / METADATA).is_file():
        raise ConfigError(f"{folder} holds other files; choose a new or an empty folder")
    cleaned = folders.interim / "pictures.csv"
    table = cleaned if cleaned.is_file() else folders.raw / "pictures.csv"
    (piece,) = read_cells(table)
    rows = piece.texts()
    require_columns(rows, ["filename"], table)
    _refuse_others(folder / METADATA, set(rows["filename"]))
    folder.mkdir(parents=True, exist_ok=True)
    names = tqdm(rows["filename"], "exporting", unit="picture", disable=None)
    there = [_copy(folders.images, name, folder) for name in names]
    schema = pa.DataFrameSchema({FILE_COLUMN: pa.Column(str)}, metadata={"sort_by": [FILE_COLUMN]})
    write_table(_metadata(rows[there]), folder / METADATA, schema)
    return sum(there), len(there) - sum(there)


def _refuse_others(before: Path, names: set[str]) -> None:
    """Let no export be mixed with that of another data set."""
    if before.is_file():
        (piece,) = read_cells(before)
        if others := set(piece.cells.get(FILE_COLUMN, [])) - names:
            raise ConfigError(
                f"{before.parent} holds pictures of another export ({min(others)!r:.80}); choose "
                "a new or an empty folder"
            )


def _metadata(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is said of pictures, without what their files say themselves."""
    told = rows.rename(columns={"image": ADDRESS_COLUMN})
    told = told.assign(**{FILE_COLUMN: rows["filename"]}).drop(
        columns=[name for name in OWN_COLUMNS if name in told]
    )
    if "asset_id" in told and (told["asset_id"] == told[FILE_COLUMN]).all():
        told = told.drop(columns="asset_id")
    return told[[name for name in told if (told[name] != "").any()]]


def _copy(images: Path, name: str, folder: Path) -> bool:
    """Copy a picture, unless it is there; tell if it cannot be."""
    safe = safe_name(name)
    if safe is None:
        report_error(f"{name or 'a row without a file name'} is left out")
        return False
    source, place = images / name, folder / safe
    try:
        if place.is_file() and place.read_bytes() == source.read_bytes():
            return True
        place.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file, whole_file(place) as copied:
            shutil.copyfileobj(file, copied)
    except OSError as error:
        report_error(f"{name} is left out: {describe_os_error(error)}")
        return False
    return True


if __name__ == "__main__":
    typer.run(export_pictures)
