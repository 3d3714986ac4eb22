"""What is said of tags and what is true, picture by picture (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..tag_combinations import log_odds
from ..tag_rules import Truth

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TagAnswers:
    """What is true of pictures, and what a model says of it.

    Attributes
    ----------
    tags : tuple of str
    truth : ndarray of float64, shape (n, k)
        1 for yes, 0 for no, not-a-number where it is not known.
    scores : ndarray of float64, shape (n, k)
        The probability of each tag.
    thresholds : ndarray of float64, shape (k,)
        From which of them on it is said.
    filenames : sequence of str
        What the pictures are called.
    """

    tags: tuple[str, ...]
    truth: Truth
    scores: Values
    thresholds: Values
    filenames: Sequence[str] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where the truth is known."""
        return ~np.isnan(self.truth)

    @property
    def has(self) -> NDArray[np.bool_]:
        """Which tags are there."""
        return np.asarray(self.truth == 1)

    @property
    def lacking(self) -> NDArray[np.bool_]:
        """Which tags some picture is known to lack: of others anything said is right."""
        return np.asarray((self.truth == 0).any(axis=0))

    @property
    def telling(self) -> NDArray[np.bool_]:
        """What is known of the tags that some picture lacks."""
        return np.asarray(self.known & self.lacking)

    @property
    def said(self) -> NDArray[np.bool_]:
        """Which tags are said, whether anything is known of them or not."""
        return np.asarray(self.scores >= self.thresholds)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """What is known and was not told right."""
        return np.asarray(self.known & (self.said != self.has))

    @property
    def all_right(self) -> NDArray[np.bool_]:
        """Of which pictures all that is known was told right."""
        return np.asarray(~self.wrong.any(axis=1))

    def at(self, rows: NDArray[np.bool_], tags: Sequence[str]) -> "TagAnswers":
        """Return what is said of some pictures and tags."""
        places = [self.tags.index(tag) for tag in tags]
        truth, scores = self.truth[rows][:, places], self.scores[rows][:, places]
        names = [name for name, kept in zip(self.filenames, rows, strict=False) if kept]
        return TagAnswers(tuple(tags), truth, scores, self.thresholds[places], names)

    def mistakes(self) -> pd.DataFrame:
        """Return what was told wrong, the surest first; see `state`."""
        found = self.state(self.wrong)
        sure = np.where(found["has"], 1 - found["score"], found["score"])
        order = ["sure", "filename", "tag"]
        ranked = found.assign(sure=sure).sort_values(order, ascending=[False, True, True])
        return ranked.drop(columns="sure")

    def nearest(self) -> pd.DataFrame:
        """Return what is known, that first which is nearest to its threshold; see `state`."""
        found = self.state(self.known)
        far = np.abs(log_odds(found["score"].to_numpy()) - log_odds(found["threshold"].to_numpy()))
        ranked = found.assign(far=far).sort_values(["far", "filename", "tag"])
        return ranked.drop(columns="far")

    def state(self, chosen: NDArray[np.bool_]) -> pd.DataFrame:
        """Return what was said of tags of pictures, in a row each.

        The columns are ``filename``, ``tag``, ``score``, ``threshold``, and ``has``: whether it is
        there.
        """
        rows, places = np.nonzero(chosen)
        return pd.DataFrame(
            {
                "filename": np.array(self.filenames, object)[rows],
                "tag": np.array(self.tags, object)[places],
                "score": self.scores[rows, places],
                "threshold": self.thresholds[places],
                "has": self.has[rows, places],
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class TagCurve:
    """What a tag's answers come to from every threshold on, the highest first.

    Attributes
    ----------
    name : str
    share : float
        Of the pictures of which it is known, those that have it.
    average_precision, threshold : float
    limits, precision, recall, f1 : ndarray of float64, shape (m,)
        The probabilities that occur, each as a threshold.
    said : int
        How many of these reach its threshold.
    """

    name: str
    share: float
    average_precision: float
    threshold: float
    limits: Values
    precision: Values
    recall: Values
    f1: Values
    said: int


def trace_tag(answers: TagAnswers, tag: int) -> TagCurve:
    """Return the curve of a tag that some picture has.

    Examples
    --------
    >>> truth, scores = np.array([[1.0], [0.0], [1.0]]), np.array([[0.9], [0.8], [0.3]])
    >>> curve = trace_tag(TagAnswers(("sea",), truth, scores, np.array([0.5])), 0)
    >>> curve.precision.round(2).tolist(), curve.recall.tolist(), curve.said
    ([1.0, 0.5, 0.67], [0.5, 0.5, 1.0], 2)
    """
    known, threshold = answers.known[:, tag], float(answers.thresholds[tag])
    has, scores = answers.has[known, tag], answers.scores[known, tag]
    limits, which = np.unique(-scores, return_inverse=True)
    told = np.cumsum(np.bincount(which))
    hits = np.cumsum(np.bincount(which, weights=has))
    precision, recall = hits / told, hits / has.sum()
    return TagCurve(
        answers.tags[tag],
        float(has.mean()),
        float(precision @ np.diff(recall, prepend=0)),
        threshold,
        -limits,
        precision,
        recall,
        2 * hits / (told + has.sum()),
        int((-limits >= threshold).sum()),
    )
