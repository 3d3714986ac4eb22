"""What models say of the pictures of an exam: a table for each, in which each picture counts once.

A picture that stands there several times is one picture: its copies, which have the same features,
are left out. If they are under different labels, what it is cannot be told, and all of them are.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from types import MappingProxyType
from typing import Any, ClassVar, Final

import pandas as pd

from ...data.gathering import Labelled
from ...edges import name_some
from ...errors import ConfigError, ImageError
from ...features.measuring import Measured
from ...records import FailedPrediction, Prediction
from ..answers import BATCH, Finished, Panel, Result
from ..classifier import Classifier
from ..kinds import rules_of
from .exam import Looked

COLUMNS: Final[tuple[str, ...]] = (
    "source",
    "label",
    "said",
    "score",
    "label_score",
    "place",
    "second",
    "second_score",
    "warnings",
    "left_out",
    "found",
)
UNREADABLE: Final = "unreadable"
NO_LABEL: Final = "no label"
TWO_LABELS: Final = "two labels"
REPEATED: Final = "repeated"
UNKNOWN_LABEL: Final = "unknown label"
_NO_ANSWER: Final = ("", None, None, None, "", None, "")


class Spelling:
    """Finds the class of a model that a label means: the same text, but for case, if only one is.

    Examples
    --------
    >>> spelling = Spelling(["RED", "Pink", "pink"])
    >>> [spelling.find(label) for label in ("red", "pink", "PINK", "gold")]
    ['RED', 'pink', '', '']
    """

    def __init__(self, classes: Sequence[str]) -> None:
        folded = Counter(name.casefold() for name in classes)
        self._classes = {name: name for name in classes}
        self._folded = {name.casefold(): name for name in classes if folded[name.casefold()] == 1}

    def find(self, label: str) -> str:
        """Return the class, or nothing."""
        return self._classes.get(label) or self._folded.get(label.casefold(), "")


class Reader(ABC):
    """Reads the answers of one model, to rows with its columns, some of which have a type."""

    columns: ClassVar[tuple[str, ...]]
    types: ClassVar[Mapping[str, str]] = MappingProxyType({})

    @abstractmethod
    def read(self, picture: Labelled, result: Result) -> tuple[Any, ...]:
        """Return the row of a picture: what stands in each of the columns."""

    @abstractmethod
    def agree(self, labels: Sequence[str]) -> bool:
        """Tell whether a picture may have all of these, but for their case."""


class LabelReader(Reader):
    """Reads the answers of a model that gives one label.

    ``said`` is the answer and ``second`` the next one, ``label_score`` the probability of the
    label, ``place`` its place among the classes (1 where the answer is right).
    """

    columns = COLUMNS
    types = MappingProxyType({"place": "Int64"})

    def __init__(self, model: Classifier) -> None:
        self._find = Spelling(model.classes).find

    def read(self, picture: Labelled, result: Result) -> tuple[Any, ...]:
        """Return the row of a picture."""
        known = self._find(picture.label)
        label = known or picture.label
        if not isinstance(result, Prediction):
            return picture.source, label, *_NO_ANSWER, UNREADABLE, str(result.error)
        said = list(result.scores)
        second = said[1] if len(said) > 1 else ""
        return (
            picture.source,
            label,
            said[0],
            result.scores[said[0]],
            result.scores.get(known),
            said.index(known) + 1 if known else None,
            second,
            result.scores.get(second),
            join_codes(result),
            "" if known else UNKNOWN_LABEL if label else NO_LABEL,
            "",
        )

    def agree(self, labels: Sequence[str]) -> bool:
        """Tell whether all are the same."""
        return len(set(labels)) == 1


def require_known_labels(pictures: Iterable[Labelled], models: Sequence[Classifier]) -> None:
    """Refuse pictures of which no model knows a label, before they are looked at.

    Raises
    ------
    ConfigError
    """
    labels = [picture.label for picture in pictures]
    for model in models:
        names = rules_of(model.task).count_names(labels)  # which refuses what has no labels
        find = Spelling(model.classes).find
        if not any(map(find, names)):
            raise ConfigError(
                f"none of the labels ({name_some([name for name, _ in names.most_common()], 8)}) "
                f"is a class of the model {model.name} ({name_some(model.classes, 8)}); name the "
                "column of the labels with --target, or the model that knows them with --model"
            )


def answer_exam(
    looked: Iterable[tuple[Labelled, Looked]], panel: Panel, readers: Sequence[Reader]
) -> list[pd.DataFrame]:
    """Let models answer.

    Parameters
    ----------
    looked : iterable
        Pictures with what was measured of them; none is kept.
    panel : Panel
    readers : sequence of Reader
        One for each of its models.

    Returns
    -------
    list of DataFrame
        For each model a row for each picture, with the columns of its reader, among them
        ``source``, ``label``, ``left_out`` and ``found``. ``left_out`` is empty for those that
        count.
    """
    rows: list[list[tuple[Any, ...]]] = [[] for _ in panel.models]
    prints = list[bytes]()
    items = iter(looked)
    while batch := list(islice(items, BATCH)):
        prints += [_fingerprint(seen) for _, seen in batch]
        answers = panel.answer([_finished(picture, seen) for picture, seen in batch])
        for (picture, _), results in zip(batch, answers, strict=True):
            for own, reader, result in zip(rows, readers, results, strict=True):
                own.append(reader.read(picture, result))
    tables = [
        pd.DataFrame(own, columns=list(reader.columns)).astype(dict(reader.types))
        for own, reader in zip(rows, readers, strict=True)
    ]
    copies = _find_copies(tables[0], prints, readers[0])
    for table in tables:
        table.loc[copies.index, list(copies)] = copies
    return tables


def join_codes(result: Prediction) -> str:
    """Return what a model warned of with its answer, in one cell."""
    return " ".join(warning.code for warning in result.warnings)


def _fingerprint(looked: Looked) -> bytes:
    """Return what pictures with the same features have in common; nothing of one without."""
    if isinstance(looked, str):
        return b""
    return blake2b(b"".join(row.tobytes() for row in looked.rows), digest_size=16).digest()


def _finished(picture: Labelled, looked: Looked) -> Finished:
    if isinstance(looked, Measured):
        return picture.source, looked
    return FailedPrediction(picture.source, ImageError(looked))


def _find_copies(table: pd.DataFrame, prints: Sequence[bytes], reader: Reader) -> pd.DataFrame:
    """Return why copies of pictures are left out, and of which they are copies, by their rows."""
    frame = pd.DataFrame(
        {"print": prints, "label": table["label"].str.casefold(), "source": table["source"]}
    )
    labelled = frame[(frame["print"] != b"") & (frame["label"] != "")]
    copies = labelled[labelled["print"].duplicated(keep=False)]
    found = dict[int, tuple[str, str]]()
    for _, same in copies.groupby("print", sort=False):
        if reader.agree(same["label"].tolist()):
            found |= dict.fromkeys(same.index[1:], (REPEATED, same["source"].iloc[0]))
        else:
            both = same.drop_duplicates("label")["source"].iloc[:2].tolist()
            found |= dict.fromkeys(same.index, (TWO_LABELS, " and ".join(both)))
    return pd.DataFrame.from_dict(found, orient="index", columns=["left_out", "found"])
