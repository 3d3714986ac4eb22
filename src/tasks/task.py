"""What is asked of a picture, as a value without code: everything else takes it as an argument."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """How many answers a picture has; `src.models.kinds` holds all that follows from it."""

    ONE = "one"  # one of some classes
    MANY = "many"  # any number of tags
    SAME = "same"  # of two pictures: whether they have one class


@dataclass(frozen=True, slots=True)
class Task:
    """One question about pictures.

    Attributes
    ----------
    name : str
        Names the model folder, ``models/<name>/``.
    column : str
        Column of a table that holds the answer.
    kind : Kind
    classes : tuple of str
        Every possible answer, in the order of reports; empty where they are learned from a table.
    group : str
        Column whose equal values never stand on both sides of a split; empty for none.
    features : str
        Name of the measurement that answers it, as `FeatureSpec.name`.
    noun : str
        What an answer is called in a sentence; empty for the name.
    swatches : tuple of str
        ``#rrggbb`` by which each of `classes` is shown; empty where classes are no colours.
    balanced : bool
        Whether every class counts the same, however many rows of it there are, and every depth of
        a network, however many numbers it gives: for pictures that come from elsewhere, where a
        class is not as frequent as in the table, nor looks as it does there.

    Examples
    --------
    >>> Task("shape", "shape").learned(["round", "square"]).classes
    ('round', 'square')
    """

    name: str
    column: str
    kind: Kind = Kind.ONE
    classes: tuple[str, ...] = ()
    group: str = ""
    features: str = "color"
    noun: str = ""
    swatches: tuple[str, ...] = ()
    balanced: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """What a cell of its column may hold; empty for any text, as where it is a list of tags."""
        return () if self.kind is Kind.MANY else self.classes

    @property
    def called(self) -> str:
        """What an answer is called in a sentence."""
        return self.noun or self.name

    def swatch_of(self, label: str) -> str | None:
        """Return the colour by which a class is shown, if it has one.

        Examples
        --------
        >>> Task("tint", "tint", classes=("sky",), swatches=("#88bbff",)).swatch_of("sky")
        '#88bbff'
        """
        return dict(zip(self.classes, self.swatches, strict=False)).get(label)

    def learned(self, classes: Sequence[str]) -> "Task":
        """Return the task with these classes, if it has none of its own."""
        return self if self.classes else replace(self, classes=tuple(classes))
