"""What keeps a scraped picture out of the data set, and which of several copies stays."""

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import pandas as pd
import pandera.pandas as pa

from ..errors import ImageError
from ..images import decode_image

REASONS: Final = {
    "not fetched": "the table names no file for it",
    "missing": "the file is not there",
    "altered": "the file is not the one that was fetched",
    "undecodable": "no picture can be read from the file",
    "wrong size": "the picture is not a thumbnail of the expected size",
    "duplicate": "the same bytes as a picture that stays under this class",
    "other class": "the same bytes as a picture that stays under another class",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a picture is left out: a key of `REASONS`, and what was found."""

    reason: str
    found: str


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


def find_flaw(path: Path, expected_sha256: str, side: int) -> Flaw | None:
    """Look at one picture as it lies on the disk.

    Parameters
    ----------
    path : Path
        The file.
    expected_sha256 : str
        Hexadecimal hash of its bytes.
    side : int
        Expected width and height in pixels; 0 takes any.

    Returns
    -------
    Flaw or None
        None when nothing is wrong with it.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Flaw("missing", "no such file")
    if (found := sha256(data).hexdigest()) != expected_sha256:
        return Flaw("altered", f"sha256 {found}")
    try:
        height, width, _ = decode_image(data).shape
    except ImageError as error:
        return Flaw("undecodable", str(error))
    return None if side in (0, width) and side in (0, height) else _wrong_size(width, height)


def separate(table: pd.DataFrame, flaws: list[Flaw | None], target: str) -> CleanedTables:
    """Divide a table into what stays and what goes, leaving one of several copies.

    Of pictures with the same bytes the one under the class with the fewest sound pictures stays,
    so that small classes keep what they have; then the alphabet decides, by class and ``asset_id``.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``asset_id``, ``filename``, ``sha256`` and the target; any number of others.
    flaws : list of Flaw or None
        One for each row.
    target : str
        The column that holds the class.

    Examples
    --------
    >>> table = pd.DataFrame({"asset_id": ["a", "a", "b"], "color": ["RED", "PINK", "RED"],
    ...     "filename": ["a.webp", "a.webp", "b.webp"], "sha256": ["1", "1", "2"]})
    >>> tables = separate(table, [None, None, None], "color")
    >>> tables.kept[["asset_id", "color"]].to_numpy().tolist()
    [['a', 'PINK'], ['b', 'RED']]
    """
    is_sound = [flaw is None for flaw in flaws]
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
            _with_flaws(spoilt, [flaw for flaw in flaws if flaw is not None]),
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
    >>> summarise(separate(table, [Flaw("missing", "no such file")], "color"))
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
    order = table.assign(_size=sizes).sort_values(["_size", target, "asset_id"])
    return order.drop(columns="_size")


def _with_flaws(table: pd.DataFrame, flaws: list[Flaw]) -> pd.DataFrame:
    reasons = pd.Series([flaw.reason for flaw in flaws], index=table.index, dtype=str)
    found = pd.Series([flaw.found for flaw in flaws], index=table.index, dtype=str)
    return table.assign(reason=reasons, found=found)
