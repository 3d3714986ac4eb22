"""Cells that say of a picture which tags it has, which it lacks, and which are not known.

A cell is a list: ``sea|sunset`` has these tags and no others; ``sea|-desert`` has the one, lacks
the other, and says nothing of all the rest; ``sea|-`` has the one and says nothing of the rest;
``|`` has none of all tags; and an empty one says nothing. Lists may be parted by ``;`` or ``,``
too, or be JSON; see `tag_columns` for tables with a column for each tag.
"""

import ast
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

SEPARATOR: Final = "|"
LACKS: Final = "-"
_OTHERS: Final = (";", ",")
_LIST: Final = re.compile(r"\s*\[.*\]\s*", re.DOTALL)

Truth = Mapping[str, bool]


def parse_tags(cell: str) -> tuple[dict[str, bool], bool]:
    """Return what a cell of such a column says of tags, and whether it lacks all others.

    Examples
    --------
    >>> parse_tags("sea|sunset")
    ({'sea': True, 'sunset': True}, True)
    >>> parse_tags("sea|-desert")
    ({'sea': True, 'desert': False}, False)
    >>> parse_tags("|"), parse_tags(""), parse_tags("sea|-")
    (({}, True), ({}, False), ({'sea': True}, False))
    """
    parts = [part for part in cell.split(SEPARATOR) if part]
    said = {part.removeprefix(LACKS): not part.startswith(LACKS) for part in parts}
    closed = bool(cell) and all(said.values())
    said.pop("", None)
    return said, closed


def write_tags(said: Truth, *, closed: bool = False) -> str:
    """Return the cell that says so; the inverse of `parse_tags`.

    Examples
    --------
    >>> write_tags({"sunset": True, "desert": False, "sea": True})
    'sea|sunset|-desert'
    >>> write_tags({"sea": True}, closed=True), write_tags({}, closed=True), write_tags({})
    ('sea', '|', '')
    """
    has = sorted(tag for tag, yes in said.items() if yes)
    lacks = sorted(LACKS + tag for tag, yes in said.items() if not yes)
    if closed:
        return SEPARATOR.join(has) or SEPARATOR
    # Where nothing is lacking, what stands there would be all that there is.
    return SEPARATOR.join([*has, *lacks] if lacks or not has else [*has, LACKS])


def read_tag_lists(cells: Iterable[object]) -> list[str]:
    """Return a column of lists in the one form, however they are written.

    What parts them is told by all cells together: ``|`` wherever it stands, else the one of ``;``
    and ``,`` at which the lists fall into parts that come again.

    Examples
    --------
    >>> read_tag_lists(["sunset; sea", "sea", "", None, '["trees"]', "[]"])
    ['sea|sunset', 'sea', '', '', 'trees', '|']
    >>> read_tag_lists(["Paris, France; rainy", "rainy", "Paris, France"])
    ['Paris, France|rainy', 'rainy', 'Paris, France']
    """
    # Nothing but not-a-number differs from itself.
    texts = ["" if cell is None or cell != cell else str(cell).strip() for cell in cells]  # noqa: PLR0124
    listed = {text: _read_list(text) for text in dict.fromkeys(texts) if _LIST.fullmatch(text)}
    plain = [text for text in texts if text and listed.get(text) is None]
    separator = find_separator(plain)
    read = {text: _canonical(text, listed.get(text), separator) for text in dict.fromkeys(texts)}
    return [read[text] for text in texts]


def find_separator(texts: Sequence[str]) -> str:
    """Return what parts the lists of a column.

    Examples
    --------
    >>> find_separator(["a|b", "b"]), find_separator(["a,b", "b"]), find_separator(["a"])
    ('|', ',', '|')
    """
    if any(SEPARATOR in text for text in texts):
        return SEPARATOR
    found = [sign for sign in _OTHERS if any(sign in text for text in texts)]
    return min(found, key=lambda sign: _novelty(texts, sign), default=SEPARATOR)


def _novelty(texts: Sequence[str], sign: str) -> float:
    """Return which share of the parts stands nowhere else."""
    parts = [part.strip() for text in texts for part in text.split(sign) if part.strip()]
    return len(set(parts)) / max(len(parts), 1)


def _read_list(text: str) -> list[str] | None:
    """Return the texts of a list as JSON or Python writes it; None if it is something else."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list) and not any(isinstance(item, list | dict) for item in found):
            return [str(item) for item in found if item is not None]
    return None


def _canonical(text: str, listed: list[str] | None, separator: str) -> str:
    if not text:
        return ""
    parts = listed if listed is not None else text.split(separator)
    names = [name_tag(part) for part in parts]
    said = {name.removeprefix(LACKS): not name.startswith(LACKS) for name in names if name}
    if said.pop("", True):
        return write_tags(said, closed=all(said.values()))
    return write_tags(said)


def name_tag(part: str) -> str:
    """Return the name of a tag without spaces around it and the sign that parts lists."""
    return unicodedata.normalize("NFC", part).strip().replace(SEPARATOR, "/")
