"""What models say of the pictures of an exam: a table for each, in which each picture counts once.

A picture that stands there several times is one picture: its copies, which have the same features,
are left out. If they are under different labels, what it is cannot be told, and all of them are.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

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

COLUMNS: Final = (
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


def require_known_labels(pictures: Iterable[Labelled], models: Sequence[Classifier]) -> None:
    """Refuse pictures of which no model knows a label, before they are looked at.

    Raises
    ------
    ConfigError
    """
    labels = Counter(picture.label for picture in pictures if picture.label)
    for model in models:
        rules_of(model.task)  # which refuses what cannot be judged by one label
        find = Spelling(model.classes).find
        if not any(map(find, labels)):
            raise ConfigError(
                f"none of the labels ({name_some([name for name, _ in labels.most_common()], 8)}) "
                f"is a class of the model {model.name} ({name_some(model.classes, 8)}); name the "
                "column of the labels with --target, or the model that knows them with --model"
            )


def answer_exam(looked: Iterable[tuple[Labelled, Looked]], panel: Panel) -> list[pd.DataFrame]:
    """Let models answer.

    Parameters
    ----------
    looked : iterable
        Pictures with what was measured of them; none is kept.
    panel : Panel

    Returns
    -------
    list of DataFrame
        For each model a row for each picture, with the columns `COLUMNS`: `said` is the answer and
        `second` the next one, `label_score` the probability of the label, `place` its place among
        the classes (1 where the answer is right). ``left_out`` is empty for those that count.
    """
    spellings = [Spelling(model.classes) for model in panel.models]
    rows: list[list[tuple[Any, ...]]] = [[] for _ in panel.models]
    prints = list[bytes]()
    items = iter(looked)
    while batch := list(islice(items, BATCH)):
        prints += [_fingerprint(seen) for _, seen in batch]
        answers = panel.answer([_finished(picture, seen) for picture, seen in batch])
        for (picture, _), results in zip(batch, answers, strict=True):
            for own, spelling, result in zip(rows, spellings, results, strict=True):
                own.append(_row(picture, spelling.find(picture.label), result))
    tables = [pd.DataFrame(own, columns=list(COLUMNS)).astype({"place": "Int64"}) for own in rows]
    copies = _find_copies(tables[0], prints)
    for table in tables:
        table.loc[copies.index, list(copies)] = copies
    return tables


def _fingerprint(looked: Looked) -> bytes:
    """Return what pictures with the same features have in common; nothing of one without."""
    if isinstance(looked, str):
        return b""
    return blake2b(b"".join(row.tobytes() for row in looked.rows), digest_size=16).digest()


def _finished(picture: Labelled, looked: Looked) -> Finished:
    if isinstance(looked, Measured):
        return picture.source, looked
    return FailedPrediction(picture.source, ImageError(looked))


def _row(picture: Labelled, known: str, result: Result) -> tuple[Any, ...]:
    label = known or picture.label
    if not isinstance(result, Prediction):
        return picture.source, label, *_NO_ANSWER, UNREADABLE, str(result.error)
    said = list(result.scores)
    second = said[1] if len(said) > 1 else ""
    place = said.index(known) + 1 if known else None
    out = "" if known else UNKNOWN_LABEL if label else NO_LABEL
    return (
        picture.source,
        label,
        said[0],
        result.scores[said[0]],
        result.scores.get(known),
        place,
        second,
        result.scores.get(second),
        " ".join(warning.code for warning in result.warnings),
        out,
        "",
    )


def _find_copies(table: pd.DataFrame, prints: Sequence[bytes]) -> pd.DataFrame:
    """Return why copies of pictures are left out, and of which they are copies, by their rows."""
    frame = pd.DataFrame(
        {"print": prints, "label": table["label"].str.casefold(), "source": table["source"]}
    )
    labelled = frame[(frame["print"] != b"") & (frame["label"] != "")]
    copies = labelled[labelled["print"].duplicated(keep=False)]
    found = dict[int, tuple[str, str]]()
    for _, same in copies.groupby("print", sort=False):
        if same["label"].nunique() == 1:
            found |= dict.fromkeys(same.index[1:], (REPEATED, same["source"].iloc[0]))
        else:
            both = same.drop_duplicates("label")["source"].iloc[:2].tolist()
            found |= dict.fromkeys(same.index, (TWO_LABELS, " and ".join(both)))
    return pd.DataFrame.from_dict(found, orient="index", columns=["left_out", "found"])
