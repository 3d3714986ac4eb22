"""Labelled pictures where they lie, for who looks at them once: no data set is made of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from .bringing import Brought, Images, bring_pictures
from .matching import Entry
from .sources import Asked, Source, locate_source, read_source
from .trees import LeftOut


class Labelled(NamedTuple):
    """A picture and what is said of it.

    Attributes
    ----------
    source : str
        What it is called to the user: a path as it was given, a member of an archive, an address.
    path : str
        Its file; empty if what was measured of it is known already.
    label, split : str
        Empty where nothing is said.
    """

    source: str
    path: str
    label: str
    split: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The labelled pictures of a source.

    Attributes
    ----------
    kind : str
        What the source is, in a few words.
    target : str
        The column of the label.
    pictures : list of Labelled
    left_out : list of LeftOut
    passed : Counter
        Other files, by kind.
    remarks : list of str
        What had to be found out.
    """

    kind: str
    target: str
    pictures: list[Labelled]
    left_out: list[LeftOut] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)


def gather_pictures(source: Path, asked: Asked, work: Path) -> Gathered:
    """Find the labelled pictures of a source; files stay where they are.

    Parameters
    ----------
    source : Path
        A folder, an archive or a table; see `sources`.
    asked : Asked
    work : Path
        A folder for what is unpacked or fetched; what is there of an earlier run is used.

    Raises
    ------
    ConfigError
        If there is nothing at that place, or it lacks a column that was asked for.
    DataError
        If the source says nothing of its pictures.
    """
    place = locate_source(source)
    tables = work / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    found = read_source(place, asked, work / "images", tables)
    files = dict(_bring(found, Images(work / "images", work)))
    # What a table names lies beside it.
    root, given = (place, source) if place.is_dir() else (place.parent, source.parent)
    pictures = [
        Labelled(
            _as_given(entry.origin, root, given),
            files[entry.name],
            entry.said[found.target],
            entry.said.get("split", ""),
        )
        for entry in found.entries
        if entry.name in files
    ]
    return Gathered(found.kind, found.target, pictures, found.left_out, found.passed, found.remarks)


def _bring(found: Source, images: Images) -> Iterator[tuple[str, str]]:
    """Yield the file of each picture by its name, after unpacking or fetching it where it must."""
    elsewhere = list[Entry]()
    for entry in found.entries:
        if isinstance(entry.place, Path):
            yield entry.name, str(entry.place)
        else:
            elsewhere.append(entry)
    total = len({entry.name for entry in elsewhere})
    # None is: where there is no terminal.
    hidden = None if elsewhere else True
    with tqdm(total=total, desc="unpacking", unit="picture", disable=hidden) as bar:
        for name, result in bring_pictures(elsewhere, images):
            bar.update()
            if isinstance(result, Brought):
                yield name, str(images.folder / result.filename)
            else:
                found.left_out.append(result)


def _as_given(origin: str, root: Path, given: Path) -> str:
    """Return a place below a root as the user would write it.

    Examples
    --------
    >>> _as_given("/home/me/art/a/1.png", Path("/home/me/art"), Path("art"))
    'art/a/1.png'
    """
    try:
        return str(given / Path(origin).relative_to(root))
    except ValueError:
        return origin
