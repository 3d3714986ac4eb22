"""Tables with a column for each tag -> one column that says it all."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import pandas as pd

from .matching import NO_LABELS
from .tag_cells import LACKS, name_tag, read_tag_lists, write_tags

_YES: Final = frozenset({"1", "1.0", "yes", "y", "true", "t", "x"})
_NO: Final = frozenset({"0", "0.0", "no", "n", "false", "f"})


def find_tag_columns(rows: pd.DataFrame, leave: Collection[str] = ()) -> list[str]:
    """Return the columns that say yes or no, at least once yes, and nothing else.

    Examples
    --------
    >>> table = pd.DataFrame({"sea": ["yes", "", "no"], "title": ["a", "b", "c"]})
    >>> find_tag_columns(table)
    ['sea']
    """
    return [
        str(name)
        for name in rows
        if name not in leave and name not in NO_LABELS and _says_yes_or_no(rows[name])
    ]


def _says_yes_or_no(cells: "pd.Series[Any]") -> bool:
    said = {str(cell).strip().lower() for cell in cells.drop_duplicates()} - {"", "nan", "none"}
    return said <= (_YES | _NO) and bool(said & _YES)


def read_tag_columns(rows: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return what a column for each tag says, in the one form; blank cells say nothing.

    Examples
    --------
    >>> table = pd.DataFrame({"sea": ["yes", "", "0"], "trees": ["", "", "TRUE"]})
    >>> read_tag_columns(table, ["sea", "trees"])
    ['sea|-', '', 'trees|-sea']
    """
    names = [name_tag(name).lstrip(LACKS) for name in columns]
    read = [[_says(cell) for cell in rows[name]] for name in columns]
    return [
        write_tags({tag: yes for tag, yes in zip(names, row, strict=True) if yes is not None})
        for row in zip(*read, strict=True)
    ]


def _says(cell: object) -> bool | None:
    text = str(cell).strip().lower()
    return True if text in _YES else False if text in _NO else None


def gather_tags(
    rows: pd.DataFrame, target: str, leave: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """Return a table whose column of tags has the one form, and which columns became it.

    Parameters
    ----------
    rows : DataFrame
    target : str
        The column of tags. Where it is not there, all columns of yes and no become it.
    leave : collection of str
        Columns that are none of tags.
    """
    if target in rows:
        return rows.assign(**{target: read_tag_lists(rows[target])}), []
    columns = find_tag_columns(rows, leave)
    return rows.drop(columns=columns).assign(**{target: read_tag_columns(rows, columns)}), columns
