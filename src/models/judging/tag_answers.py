"""What models say of the tags of an exam's pictures, held against what is known of them."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from ...data.gathering import Labelled
from ...data.tag_cells import SEPARATOR, parse_tags, write_tags
from ...records import Prediction
from ..answers import Result
from ..classifier import Classifier
from ..studies.said_tags import TagAnswers
from ..tag_rules import EVEN, read_truth
from .answers_table import NO_LABEL, UNKNOWN_LABEL, UNREADABLE, Reader, Spelling, join_codes

SCORES: Final = "scores"
TAG_COLUMNS: Final[tuple[str, ...]] = (
    "source",
    "label",
    "said",
    "wrong",
    "missed",
    "warnings",
    "left_out",
    "found",
    SCORES,
)


class TagReader(Reader):
    """Reads the answers of a model that gives tags.

    ``label`` and ``said`` are lists of tags, ``wrong`` those that are said and not there, and
    ``missed`` those that are there and not said, both of `tags`; ``scores`` are the probabilities
    of all the model's tags, in its order.

    Parameters
    ----------
    model : Classifier
    told : collection of str
        All tags that the exam's labels name, for a picture or against it.

    Attributes
    ----------
    tags : tuple of str
        The model's tags of which the labels know; lists without the others do not say no to these.
    """

    columns = TAG_COLUMNS

    def __init__(self, model: Classifier, told: Collection[str]) -> None:
        self._classes, self._find = model.classes, Spelling(model.classes).find
        named = set(map(self._find, told))
        self.tags = tuple(name for name in model.classes if name in named)
        self._nothing = (np.nan,) * len(model.classes)

    def read(self, picture: Labelled, result: Result) -> tuple[Any, ...]:
        """Return the row of a picture."""
        label = self._spell(picture.label)
        if not isinstance(result, Prediction):
            error = str(result.error)
            return picture.source, label, "", "", "", "", UNREADABLE, error, self._nothing
        truth = dict(zip(self.tags, read_truth(np.array([label]), self.tags)[0], strict=True))
        known = any(value == value for value in truth.values())  # noqa: PLR0124 - not-a-number
        return (
            picture.source,
            label,
            SEPARATOR.join(result.labels),
            SEPARATOR.join(name for name in result.labels if truth.get(name) == 0),
            SEPARATOR.join(t for t in self.tags if truth[t] == 1 and t not in result.labels),
            join_codes(result),
            "" if known else UNKNOWN_LABEL if label else NO_LABEL,
            "",
            tuple(result.scores[name] for name in self._classes),
        )

    def agree(self, labels: Sequence[str]) -> bool:
        """Tell whether no tag is said to be there and not to be there."""
        tags = tuple(map(str.casefold, self.tags))
        truth = read_truth(np.array(labels, np.str_), tags)
        return not ((truth == 1).any(axis=0) & (truth == 0).any(axis=0)).any()

    def _spell(self, label: str) -> str:
        said, closed = parse_tags(label)
        return write_tags({self._find(tag) or tag: yes for tag, yes in said.items()}, closed=closed)


def gather_answers(table: pd.DataFrame, model: Classifier, tags: tuple[str, ...]) -> TagAnswers:
    """Return what is true and what was said of pictures, by their rows in the table of answers."""
    places = [model.classes.index(tag) for tag in tags]
    scores = np.array(table[SCORES].tolist(), np.float64).reshape(len(table), -1)
    thresholds = [model.metadata.thresholds.get(tag, EVEN) for tag in tags]
    truth = read_truth(table["label"].to_numpy(np.str_), tags)
    names = table["source"].tolist()
    return TagAnswers(tags, truth, scores[:, places], np.array(thresholds), names)
