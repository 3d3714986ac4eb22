"""Whether a model has learned what it is judged by: all that can be said of it.

A model keeps the features of at most 32 of its training pictures and the digest of its table, and
not which pictures were in it. So of one picture nobody can say whether it was learned; that many of
the training pictures are among those it is judged by shows.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ...data.gathering import Labelled
from ..classifier import Classifier
from ..training.rows import TEST
from .exam import Exam, Looked

# Tables hold numbers with so many significant digits.
_DIGITS: Final = "{:.6g}"


class Acquaintance:
    """Counts the training pictures of a model among others that go by.

    Parameters
    ----------
    model : Classifier
    place : int
        Of its features among those that are measured.
    """

    def __init__(self, model: Classifier, place: int) -> None:
        self._place = place
        self.known = set(map(_written, model.check_rows))
        self.met = set[tuple[str, ...]]()

    def look(self, looked: Looked) -> None:
        """Look at what was measured of a picture."""
        if not isinstance(looked, str):
            row = _written(looked.rows[self._place].tolist())
            if row in self.known:
                self.met.add(row)

    @property
    def share(self) -> float:
        """The share of the pictures it is known by that went by, in [0, 1]."""
        return len(self.met) / len(self.known) if self.known else 0.0


def introduce(
    looked: Iterable[tuple[Labelled, Looked]], acquaintances: Iterable[Acquaintance]
) -> Iterator[tuple[Labelled, Looked]]:
    """Pass pictures on, after each model had a look at them."""
    every = list(acquaintances)
    for picture, seen in looked:
        for one in every:
            one.look(seen)
        yield picture, seen


def caution(model: Classifier, exam: Exam, acquaintance: Acquaintance) -> str:
    """Say that a model is judged by what it has learned; nothing if that does not show."""
    known = model.metadata
    if exam.table_sha256 == known.data_sha256 and not (known.given_split and exam.part == TEST):
        learned, how = known.training_rows, "it was trained on this very table"
    elif acquaintance.share:
        learned = min(round(acquaintance.share * known.training_rows), len(exam.found.pictures))
        met, all_known = len(acquaintance.met), len(acquaintance.known)
        how = f"it is known by {all_known} of its training pictures, and {met} of them are here"
    else:
        return ""
    return (
        f"{model.name} has learned about {learned} of these {len(exam.found.pictures)} pictures "
        f"({how}), so its figures are too good; judge it by pictures it has not seen, as "
        "`artlens report` does"
    )


def _written(row: Iterable[float]) -> tuple[str, ...]:
    return tuple(map(_DIGITS.format, row))
