"""Stage: labelled pictures of one's own, however they are kept -> ``data/raw``."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import pandas as pd
import pandera.pandas as pa
import typer
from tqdm import tqdm

from ..config import data_folders
from ..edges import command_edge, name_some
from ..errors import ConfigError, DataError
from ..fetching.ledger import locked
from ..files import write_whole
from ..tasks import TASKS, Kind, Task, dataset_of, find_task
from .bringing import Brought, Images, bring_pictures
from .matching import ADDRESS_COLUMN, Entry, listed
from .schemas import raw_schema
from .sources import Asked, Source, locate_source, name_of_source, read_source
from .stage_options import CopyOption, DatasetOption, ManyOption, PathColumnOption
from .tables import write_table
from .tag_cells import parse_tags
from .trees import IMPORT_NOTE, LeftOut

_LISTED_CLASSES: Final = 8
LEFT_OUT: Final = "left_out.csv"


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import brought in.

    Attributes
    ----------
    table : Path
        The raw table that was written.
    kind : str
        What the source was.
    target : str
        The column of the label.
    rows : int
    classes : Counter
        Number of rows of each label; that of those without one is under an empty text.
    left_out, passed : Counter
        Number of pictures that were left out, by reason, and of other files, by kind.
    remarks : tuple of str
        What had to be found out.
    """

    table: Path
    kind: str
    target: str
    rows: int
    classes: Counter[str]
    left_out: Counter[str]
    passed: Counter[str]
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        labelled = Counter({name: count for name, count in self.classes.items() if name})
        bare = self.classes[""]
        lines = [
            f"{self.rows} pictures of {len(labelled)} classes from {self.kind}: {self.table}",
            f"{self.target}: {_counts(labelled)}" + f"; {bare} without a label" * bool(bare),
            *self.remarks,
        ]
        if self.left_out:
            lines.append(f"left out: {_counts(self.left_out)}; see {self.table.parent / LEFT_OUT}")
        if self.passed:
            lines.append(f"passed over: {_counts(self.passed)}")
        return "\n".join(lines)


@command_edge
def import_pictures(  # noqa: PLR0913 - one parameter for each option
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="Folder, ZIP, TAR or table of labelled pictures.",
            show_default=False,
        ),
    ],
    dataset: DatasetOption = None,
    task: Annotated[
        str | None, typer.Option(help="The question; by default called like the source.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Column of the labels; by default the one that fits.")
    ] = None,
    path_column: PathColumnOption = None,
    copy: CopyOption = False,
    many: ManyOption = False,
) -> None:
    """Bring in labelled pictures of your own: a folder per class, a table, an archive.

    `artlens import unsplash DIR` brings in photos of Unsplash's data set.
    """
    asked = find_task(task or name_of_source(source), many=many)
    folder = data_folders(dataset_of(asked, dataset)).raw
    summary = import_source(
        source,
        folder,
        target=target,
        path_column=path_column,
        copy=copy,
        task=asked.name,
        many=asked.kind is Kind.MANY,
    )
    print(summary)


def import_source(  # noqa: PLR0913 - what a user may say of a source
    source: str | Path,
    raw_folder: Path,
    *,
    target: str | None = None,
    path_column: str | None = None,
    copy: bool = False,
    group: str | None = None,
    task: str | None = None,
    many: bool = False,
) -> Summary:
    """Bring labelled pictures into a raw folder; goes on where it stopped.

    Parameters
    ----------
    source : str or Path
        A folder, an archive or a table; see `sources`.
    raw_folder : Path
        Gets ``pictures.csv``, ``left_out.csv`` and ``images/``.
    target, path_column : str, optional
        Columns of the label, and of paths or addresses; by default those that fit.
    copy : bool
        Whether files are copied where a link to them would do.
    group : str, optional
        A column that has to be there.
    task : str, optional
        Names the column of labels that folders give, unless `target` does.
    many : bool
        Whether a picture may have any number of labels; see `tag_cells`.

    Raises
    ------
    ConfigError
        If the source is not there, lacks a column that was asked for, or the raw folder holds
        pictures of another source.
    DataError
        If it says nothing of its pictures, or none can be brought in.
    """
    source = locate_source(source)
    _refuse_overlap(source, raw_folder.absolute())
    with locked(raw_folder / ".import"), TemporaryDirectory() as scratch:
        refuse_others(raw_folder, source)
        images = Images(raw_folder / "images", raw_folder / ".import", copy)
        asked = Asked(target, path_column, group, task, many=many)
        found = read_source(source, asked, images.folder, Path(scratch))
        _refuse_foreign(found, task)
        write_whole(raw_folder / IMPORT_NOTE, os.fsencode(f"{source}\n"))
        table = _bring_all(found, images)
        schema = raw_schema(Task(found.target, found.target))
        _write_left_out(found.left_out, raw_folder / LEFT_OUT)
        if table.empty:
            raise DataError(
                f"no picture of {source} can be brought in; see {raw_folder / LEFT_OUT}"
            )
        write_table(table, raw_folder / "pictures.csv", schema)
    return Summary(
        raw_folder / "pictures.csv",
        found.kind,
        found.target,
        len(table),
        _count_tags(table[found.target]) if many else Counter(table[found.target]),
        Counter(left.reason for left in found.left_out),
        found.passed,
        tuple(found.remarks + _splits(table)),
    )


def _count_tags(cells: "pd.Series[str]") -> Counter[str]:
    """Return of how many rows each tag is said, and under an empty text those that say nothing."""
    counts = Counter({"": int((cells == "").sum())})
    for cell in cells:
        counts.update(tag for tag, yes in parse_tags(cell)[0].items() if yes)
    return counts


def _bring_all(found: Source, images: Images) -> pd.DataFrame:
    names = {entry.name for entry in found.entries}
    brought: dict[str, Brought] = {}
    with tqdm(total=len(names), desc="importing", unit="picture", disable=None) as progress:
        for name, result in bring_pictures(found.entries, images):
            progress.update()
            if isinstance(result, LeftOut):
                found.left_out.append(result)
            else:
                brought[name] = result
    return _table(found.entries, brought)


def _table(entries: Iterable[Entry], brought: dict[str, Brought]) -> pd.DataFrame:
    rows = [_row(entry, brought[entry.name]) for entry in entries if entry.name in brought]
    table = pd.DataFrame(rows)
    return table.astype({name: "Int64" for name in ("bytes", "width", "height") if name in table})


def _row(entry: Entry, brought: Brought) -> dict[str, Any]:
    told = {
        name: entry.said.get(name, "") for name in ("asset_id", "page", "image", "title", "creator")
    }
    own = {
        "asset_id": told["asset_id"] or brought.filename,
        "image": entry.said.get(ADDRESS_COLUMN) or told["image"] or entry.origin,
    }
    said = {name: cell for name, cell in entry.said.items() if name != ADDRESS_COLUMN}
    return told | said | own | brought._asdict()


def left_out_schema() -> pa.DataFrameSchema:
    """Return the form of the table of pictures that were not brought in."""
    text = pa.Column(str)
    columns = {"filename": text, "reason": text, "found": text}
    return pa.DataFrameSchema(columns, metadata={"sort_by": list(columns)})


def _write_left_out(left_out: list[LeftOut], path: Path) -> None:
    path.unlink(missing_ok=True)
    if left_out:
        write_table(pd.DataFrame(left_out), path, left_out_schema())


def refuse_others(raw_folder: Path, source: Path) -> None:
    """Let no import take the place of another source's pictures.

    Raises
    ------
    ConfigError
        If there are some.
    """
    note = raw_folder / IMPORT_NOTE
    before = os.fsdecode(note.read_bytes()).strip() if note.is_file() else ""
    if (raw_folder / "pictures.csv").exists() and before != str(source):
        holds = f"what was imported from {before}" if before else "what was scraped"
        raise ConfigError(
            f"{raw_folder} holds {holds}; give another --dataset, or delete that folder"
        )


def _refuse_foreign(found: Source, task: str | None) -> None:
    """Bring in nothing for a question that has other answers."""
    known = TASKS.get(task or "")
    classes = known.classes if known else ()
    labels = {entry.said[found.target] for entry in found.entries}
    if classes and labels.isdisjoint(classes):
        raise ConfigError(
            f"none of the labels ({listed(sorted(labels)[:_LISTED_CLASSES])}) is a class of {task} "
            f"({listed(classes)}); give the question another name with --task"
        )


def _refuse_overlap(source: Path, raw_folder: Path) -> None:
    if source.is_dir() and (
        source in (raw_folder, *raw_folder.parents) or raw_folder in source.parents
    ):
        raise ConfigError(
            f"{source} holds or is data that is imported to ({raw_folder}); give the "
            "folder of the pictures alone"
        )


def _splits(table: pd.DataFrame) -> list[str]:
    return [f"split: {_counts(Counter(table['split']))}"] if "split" in table else []


def _counts(counts: Counter[str]) -> str:
    return name_some([f"{n} {name}" for name, n in counts.most_common()], _LISTED_CLASSES)


if __name__ == "__main__":
    typer.run(import_pictures)
