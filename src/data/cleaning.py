"""What keeps a picture out of the data set, and which of several copies stays."""

import stat
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
import pandera.pandas as pa

from ..errors import ImageError
from ..images import decode_image, default_limits, describe_source

REASONS: Final = {
    "not fetched": "the table names no file for it",
    "no label": "the table does not say what it is",
    "missing": "the file is not there",
    "unreadable": "the system does not give the file, or it is a folder",
    "altered": "the file is not the one that was brought in",
    "undecodable": "no picture can be read from the file",
    "wrong size": "the picture is not of the expected size",
    "duplicate": "the same bytes as a picture that stays under this class",
    "other class": "the same bytes as a picture that stays under another class",
}


# What an error text calls bytes, which here are those of the file in the same row.
_UNNAMED: Final = describe_source(b"")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a picture is left out: a key of `REASONS`, and what was found."""

    reason: str
    found: str


class Picture(NamedTuple):
    """What a table says of a picture that is to be looked at.

    Attributes
    ----------
    path : Path
        Its file; without a name if it has none.
    label, sha256 : str
    size : tuple of int or None
        Width and height in pixels, where they are known.
    side : int
        Expected width and height in pixels; 0 takes any.
    """

    path: Path
    label: str
    sha256: str
    size: tuple[int, int] | None
    side: int


class Look(NamedTuple):
    """What is wrong with a picture, if anything, and its sizes, where it has such."""

    flaw: Flaw | None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class CleanedTables:
    """The rows that stay, and those that go with their ``reason`` and what was ``found``."""

    kept: pd.DataFrame
    dropped: pd.DataFrame


def dropped_schema(target: str) -> pa.DataFrameSchema:
    """Return the form of the table of pictures that were left out.

    Parameters
    ----------
    target : str
        The column that holds the class.

    Returns
    -------
    pandera.DataFrameSchema
        Sorted by class and ``asset_id``.
    """
    reason = pa.Check.isin(REASONS, error=f"one of {', '.join(REASONS)}")
    return pa.DataFrameSchema(
        {
            "asset_id": pa.Column(str),
            target: pa.Column(str),
            "filename": pa.Column(str),
            "reason": pa.Column(str, reason),
            "found": pa.Column(str),
        },
        metadata={"sort_by": [target, "asset_id"]},
    )


def look_at_picture(picture: Picture) -> Look:
    """Look at one picture as it lies on the disk; nothing that is wrong with it is an error.

    One whose size is known was decoded by whoever brought it in, and only its bytes are compared
    with what they were; any other is decoded here.
    """
    if not picture.path.name:
        return Look(Flaw("not fetched", "no file name"))
    if not picture.label:
        return Look(Flaw("no label", "an empty cell"))
    data = _read_bytes(picture.path)
    if isinstance(data, Flaw):
        return Look(data)
    if (found := sha256(data).hexdigest()) != picture.sha256:
        none = "" if picture.sha256 else "; the table has none"
        return Look(Flaw("altered", f"sha256 {found}{none}"))
    try:
        width, height = picture.size or _decoded_size(data)
    except ImageError as error:
        return Look(Flaw("undecodable", str(error).removeprefix(f"cannot read {_UNNAMED}: ")))
    fits = picture.side in (0, width) and picture.side in (0, height)
    return Look(None if fits else _wrong_size(width, height), width, height, len(data))


def _read_bytes(path: Path) -> bytes | Flaw:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Flaw("unreadable", "not a file")  # a pipe would be waited for
        if status.st_size > default_limits().max_bytes:
            return Flaw("undecodable", f"{status.st_size} bytes are more than a picture may have")
        return path.read_bytes()
    except FileNotFoundError:
        return Flaw("missing", "no such file")
    except OSError as error:
        return Flaw("unreadable", error.strerror or str(error))
    except ValueError as error:
        return Flaw("unreadable", str(error))  # no system takes such a name


def _decoded_size(data: bytes) -> tuple[int, int]:
    height, width, _ = decode_image(data).shape
    return width, height


def separate(table: pd.DataFrame, looks: list[Look], target: str) -> CleanedTables:
    """Divide a table into what stays and what goes, leaving one of several copies.

    Of pictures with the same bytes the one under the class with the fewest sound pictures stays,
    so that small classes keep what they have; then the alphabet decides, by class and ``asset_id``.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``asset_id``, ``filename``, ``sha256`` and the target; any number of others.
    looks : list of Look
        One for each row; the rows that stay get their sizes.
    target : str
        The column that holds the class.

    Examples
    --------
    >>> table = pd.DataFrame({"asset_id": ["a", "a", "b"], "color": ["RED", "PINK", "RED"],
    ...     "filename": ["a.webp", "a.webp", "b.webp"], "sha256": ["1", "1", "2"]})
    >>> tables = separate(table, [Look(None, 9, 9)] * 3, "color")
    >>> tables.kept[["asset_id", "color"]].to_numpy().tolist()
    [['a', 'PINK'], ['b', 'RED']]
    """
    sizes = {
        size: pd.array([getattr(look, size) for look in looks], dtype="Int64")
        for size in ("bytes", "width", "height")
    }
    table, is_sound = table.assign(**sizes), [look.flaw is None for look in looks]
    sound = _prefer_small_classes(table[is_sound], target)
    copies = sound[sound.duplicated("sha256")]
    kept = sound.drop_duplicates("sha256")
    stays_under = kept.set_index("sha256")[target]
    flaws_of_copies = [
        _copy_of(stays_under[row["sha256"]], row[target]) for _, row in copies.iterrows()
    ]
    spoilt = table[[not sound for sound in is_sound]]
    dropped = pd.concat(
        [
            _with_flaws(spoilt, [look.flaw for look in looks if look.flaw is not None]),
            _with_flaws(copies, flaws_of_copies),
        ]
    )
    return CleanedTables(kept, dropped)


def summarise(tables: CleanedTables) -> str:
    """Say in one line how many pictures stay, and how many go for which reason.

    Examples
    --------
    >>> table = pd.DataFrame({"asset_id": ["a"], "color": ["RED"], "filename": ["a.webp"],
    ...     "sha256": ["1"]})
    >>> summarise(separate(table, [Look(Flaw("missing", "no such file"))], "color"))
    '0 of 1 pictures kept; left out: 1 missing (the file is not there)'
    """
    counts = Counter(tables.dropped["reason"])
    total = len(tables.kept) + len(tables.dropped)
    left_out = [
        f"{counts[reason]} {reason} ({why})" for reason, why in REASONS.items() if counts[reason]
    ]
    return f"{len(tables.kept)} of {total} pictures kept; left out: {', '.join(left_out) or 'none'}"


def _wrong_size(width: int, height: int) -> Flaw:
    return Flaw("wrong size", f"{width} x {height} pixels")


def _copy_of(kept_class: str, own_class: str) -> Flaw:
    reason = "duplicate" if kept_class == own_class else "other class"
    return Flaw(reason, f"stays under {kept_class}")


def _prefer_small_classes(table: pd.DataFrame, target: str) -> pd.DataFrame:
    sizes = table[target].map(table[target].value_counts())
    keys = pd.DataFrame({"size": sizes, "label": table[target], "asset_id": table["asset_id"]})
    return table.loc[keys.sort_values(["size", "label", "asset_id"]).index]


def _with_flaws(table: pd.DataFrame, flaws: list[Flaw]) -> pd.DataFrame:
    reasons = pd.Series([flaw.reason for flaw in flaws], index=table.index, dtype=str)
    found = pd.Series([flaw.found for flaw in flaws], index=table.index, dtype=str)
    return table.assign(reason=reasons, found=found)
