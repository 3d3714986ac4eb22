"""The cells of a table as they were read -> columns of the types that its schema names."""

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import pandas as pd
import pandera.pandas as pa

from ..edges import printable
from ..errors import DataError, MissingColumns
from .cells import Piece, as_texts

_NO_COUNT: Final = -1  # below every size, so that no schema lets it pass
_MAX_EXACT: Final = 2**53  # whole numbers beyond are not told apart once they have been floats
_COMMA: Final = r"\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*"
_THOUSANDS: Final = r"\s*[-+]?\d{1,3}(,\d{3})+\s*"
_POINT: Final = r"\s*[-+]?\d*\.\d+([eE][-+]?\d+)?\s*"


def require_columns(
    frame: pd.DataFrame, required: Sequence[str], path: str | Path, label: str | None = None
) -> None:
    """Raise `MissingColumns` if one is not there; of the label's, say how another is named."""
    missing = [name for name in required if name not in frame]
    if missing:
        what = f"{path} lacks {len(missing)} of its columns ({', '.join(missing)})"
        other = "; if the answers stand in another, name it with --target" * (missing == [label])
        raise MissingColumns(f"{what}; it must have {', '.join(required)}{other}", missing)


class Typing:
    """Makes columns of the types that a schema names, piece by piece of one table.

    Parameters
    ----------
    path : Path
        What the error texts call the table.
    schema : pandera.DataFrameSchema
        From one of the functions of `schemas`.
    """

    def __init__(self, path: Path, schema: pa.DataFrameSchema) -> None:
        self._path, self._schema = path, schema
        self._label = (schema.metadata or {}).get("label")
        self._decimals: dict[str, str] = {}  # an example of each decimal mark that was met
        self._said: set[str] = set()

    def typed(self, piece: Piece) -> pd.DataFrame:
        """Return the schema's columns, in its order, then all others as text.

        Raises
        ------
        MissingColumns
            If a required column is not there.
        DataError
            If numbers can be read in two ways.
        """
        cells, columns = piece.cells, self._schema.columns
        required = [name for name, column in columns.items() if column.required]
        require_columns(cells, required, self._path, self._label)
        names = [name for name in columns if name in cells]
        numbers = [name for name in names if str(columns[name].dtype) in {"float64", "Int64"}]
        remarks = list(piece.remarks)
        if piece.separator not in ("", ",") and self._has_commas(cells[numbers], piece.separator):
            cells = cells.assign(**{name: _with_points(cells[name]) for name in numbers})
            remarks.append("decimal commas")
        names += [name for name in cells if name not in columns]
        typed = pd.DataFrame({name: self._column(cells[name], name in numbers) for name in names})
        if self._label in cells and (typed[self._label] != cells[self._label]).any():
            remarks.append(f"labels without the spaces around them ({self._label})")
        self._remark(remarks)
        return typed

    def _column(self, cells: pd.Series, numeric: bool) -> pd.Series:
        if numeric:
            whole = str(self._schema.columns[str(cells.name)].dtype) == "Int64"
            return _whole_numbers(cells) if whole else _numbers(cells)
        cells = as_texts(cells)
        if cells.name == self._label:
            return cells.str.strip()
        return cells.str.lower() if cells.name == "sha256" else cells

    def _has_commas(self, numbers: pd.DataFrame, separator: str) -> bool:
        """Tell whether the table has decimal commas, if that can be told."""
        texts = pd.Series(numbers.to_numpy().ravel(), dtype="str")
        commas = texts[texts.str.fullmatch(_COMMA) | texts.str.fullmatch(_THOUSANDS)]
        points = texts[texts.str.fullmatch(_POINT)]
        thousands = separator != ";" and commas.str.fullmatch(_THOUSANDS).all()
        if len(commas) and thousands and "," not in self._decimals:
            self._refuse(f"{commas.iloc[0]!r} may have a decimal comma or one of thousands")
        for mark, found in ((",", commas), (".", points)):
            if len(found):
                self._decimals.setdefault(mark, str(found.iloc[0]))
        if len(self._decimals) > 1:
            self._refuse(
                "decimal commas and points, as in {!r} and {!r}".format(
                    self._decimals[","], self._decimals["."]
                )
            )
        return "," in self._decimals

    def _refuse(self, found: str) -> NoReturn:
        raise DataError(
            f"{self._path} can be read in two ways ({found}); write its numbers with a decimal "
            "point and nothing between thousands"
        )

    def _remark(self, remarks: Sequence[str]) -> None:
        new = [remark for remark in remarks if remark not in self._said]
        self._said.update(new)
        if new:
            say_reading(self._path, ", ".join(new))


@cache
def say_reading(path: Path, dialect: str) -> None:
    """Say how a table is read, once in the life of a process, however often it is read."""
    print(f"{printable(str(path))} is read with {dialect}", file=sys.stderr)


def _with_points(cells: pd.Series) -> pd.Series:
    return cells.where(~cells.str.fullmatch(_COMMA), cells.str.replace(",", "."))


def _numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells, errors="coerce").astype(float)


def _whole_numbers(cells: pd.Series) -> pd.Series:
    numbers = _numbers(cells)
    numbers = numbers.where((numbers % 1 == 0) & (numbers.abs() < _MAX_EXACT))
    # Where a number may be missing, text must not pass for a missing one.
    return numbers.mask(numbers.isna() & (cells != ""), _NO_COUNT).astype("Int64")
