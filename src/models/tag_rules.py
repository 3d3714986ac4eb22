"""The rules of a question with many answers: tags, of which a picture has any number (pure).

What is not known of a tag is no 'no': every tag is learned, chosen and judged by the rows in which
it is known.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..data.tag_cells import parse_tags, read_tag_lists
from ..errors import DataError
from ..tasks import Task
from .one_answer import (
    FEW,
    FOLDS,
    HOLDOUT,
    MAX_CLASSES,
    MIN_ROWS_PER_CLASS,
    NONE,
    Cells,
    Folds,
    Labels,
    Places,
    Sides,
    expected_calibration_error,
    name_counts,
)
from .storage.metadata import HoldoutMetrics, ManyFigures, TagFigures

# Without a threshold of its own, a tag is said where it is more probable than not.
EVEN: Final = 0.5

Truth = NDArray[np.float64]


class TagRules:
    """A picture has any number of tags."""

    # It may have none.
    owes_answer: Final = False

    def encode(self, column: Iterable[object]) -> Labels:
        """Return what a column says of each row, in the one form of `tag_cells`.

        Examples
        --------
        >>> TagRules().encode([" sunset;sea", "sea", None]).tolist()
        ['sea|sunset', 'sea', '']
        """
        return np.array(read_tag_lists(column), np.str_)

    def count_names(self, labels: Iterable[str]) -> Counter[str]:
        """Return how many rows have each tag: 0 of those that are only known not to be there.

        Examples
        --------
        >>> TagRules().count_names(["sea|sunset", "sea|-desert", ""])
        Counter({'sea': 2, 'sunset': 1, 'desert': 0})
        """
        counts = Counter[str]()
        for label in labels:
            counts.update({tag: int(yes) for tag, yes in parse_tags(label)[0].items()})
        return counts

    def choose_sides(
        self, cells: Cells, task: Task, seed: int, min_count: int | None = None
    ) -> Sides:
        """Decide which rows and tags take part, and on which side rows stand.

        Rows are divided by iterative stratification: each side gets its share of every tag's rows
        that have it, and of those that lack it.

        Parameters
        ----------
        cells : Cells
        task : Task
            Other tags than its own, if it has any, take no part.
        seed : int
            Decides all that is random.
        min_count : int, optional
            Of how many rows at least a tag has to be known, and of as many that it is not there; by
            default eight.

        Raises
        ------
        DataError
            If no tag remains, or more than a thousand.
        """
        least = min_count or MIN_ROWS_PER_CLASS
        names = task.classes or find_tags(cells.labels)
        truth = read_truth(cells.labels, names)
        counts = dict(zip(names, np.nansum(truth, axis=0).astype(int).tolist(), strict=True))
        lacking = (truth == 0).sum(axis=0)
        able = [n for n, no in zip(names, lacking, strict=True) if min(counts[n], no) >= least]
        _check_number(able, counts, task, least)
        truth = truth[:, [names.index(name) for name in able]]
        places = np.flatnonzero(~np.isnan(truth).all(axis=1))
        given = cells.test is not None and bool(cells.test[places].any())
        cells = cells if given else replace(cells, test=None)
        kept, aside = _set_aside(cells, truth, places, seed)
        folds = _fold(cells.at(kept), truth[kept], seed)
        return Sides(
            tuple(able),
            kept,
            aside,
            folds,
            {name: counts[name] for name in sorted(set(names) - set(able)) if counts[name]},
            least,
            given,
            straddling=len(places) - len(kept) - len(aside),
            seen=0 if cells.seen is None else int(cells.seen[places].sum()),
            unseen=not bool(cells.fresh.all()),
        )

    def judge(
        self,
        labels: Labels,
        scores: NDArray[np.float64],
        classes: Sequence[str],
        thresholds: Mapping[str, float] = NONE,
    ) -> HoldoutMetrics:
        """Hold the probabilities of tags against the truth, where it is known.

        Returns
        -------
        HoldoutMetrics
            ``accuracy`` is the share of rows of which all that is known was said right,
            ``balanced_accuracy`` and ``macro_f1`` are means over the tags; there is no confusion
            matrix, and ``many`` tells the rest.

        Examples
        --------
        >>> scores = np.array([[0.9, 0.2], [0.8, 0.7], [0.1, 0.6]])
        >>> labels, tags = np.array(["sea", "sea|sunset", "|"]), ["sea", "sunset"]
        >>> found = TagRules().judge(labels, scores, tags)
        >>> round(found.accuracy, 3), found.many.mean_average_precision, found.many.hamming_loss
        (0.667, 1.0, 0.16666666666666666)
        """
        truth = read_truth(labels, classes)
        said = self.choose(scores, classes, thresholds)
        known, wrong = ~np.isnan(truth), said != (truth == 1)
        tags = tuple(
            _judge_tag(truth[:, t], scores[:, t], said[:, t], name, thresholds)
            for t, name in enumerate(classes)
        )
        hits = int((said & (truth == 1)).sum())
        told = np.maximum(scores, 1 - scores)
        return HoldoutMetrics(
            rows=len(labels),
            accuracy=float(1 - (wrong & known).any(axis=1).mean()),
            balanced_accuracy=float(
                np.mean([_balanced(truth[:, t], said[:, t]) for t in range(len(tags))])
            ),
            macro_f1=float(np.mean([tag.f1 for tag in tags])),
            ece=expected_calibration_error(told[known], ((scores >= EVEN) == (truth == 1))[known]),
            confusion_matrix=[],
            many=ManyFigures(
                mean_average_precision=float(np.mean([tag.average_precision for tag in tags])),
                micro_f1=_f1(hits, int((said & known).sum()), int((truth == 1).sum())),
                hamming_loss=float(wrong[known].mean()),
                tags=tags,
            ),
        )

    def find_few(self, labels: Labels, least: int) -> NDArray[np.bool_]:
        """Return which rows have a tag that few have, of tags that `least` rows have and lack.

        Examples
        --------
        >>> labels = np.array(["fog|sea"] * 2 + ["sea"] * 6 + ["trees"] * 7 + ["once"])
        >>> TagRules().find_few(labels, 2).tolist() == [True] * 2 + [False] * 14
        True
        """
        truth = read_truth(labels, find_tags(labels))
        counts = (truth == 1).sum(axis=0)
        learned = np.minimum(counts, (truth == 0).sum(axis=0)) >= least
        mean = counts[learned].mean() if learned.any() else 0
        return np.asarray((truth[:, learned & (counts < FEW * mean)] == 1).any(axis=1))

    def main_figures(self, metrics: HoldoutMetrics) -> dict[str, float]:
        """Return the few figures that models are compared by, by name."""
        assert metrics.many is not None
        return {
            "mean average precision": metrics.many.mean_average_precision,
            "macro F1": metrics.macro_f1,
            "all right": metrics.accuracy,
        }

    def same_figures(self, found: HoldoutMetrics, stored: HoldoutMetrics) -> bool:
        """Tell whether a model did as it is said to have done, but for the last digits."""
        assert found.many is not None
        if stored.many is None or len(found.many.tags) != len(stored.many.tags):
            return False
        both = zip(found.many.tags, stored.many.tags, strict=True)
        return all(
            one.name == other.name and np.allclose(astuple(one)[1:], astuple(other)[1:], atol=1e-6)
            for one, other in both
        )

    def choose(
        self,
        scores: NDArray[np.float64],
        classes: Sequence[str],
        thresholds: Mapping[str, float] = NONE,
        min_score: float = 0.0,
    ) -> NDArray[np.bool_]:
        """Return which tags are said of each row: those that reach their thresholds.

        Examples
        --------
        >>> TagRules().choose(np.array([[0.4, 0.6]]), ["sea", "trees"], {"sea": 0.3}).tolist()
        [[True, True]]
        """
        least = [max(thresholds.get(name, EVEN), min_score) for name in classes]
        return np.asarray(scores >= least)


def read_truth(labels: Labels, tags: Sequence[str]) -> Truth:
    """Return what encoded labels say of tags: 1 for yes, 0 for no, not-a-number for nothing.

    Examples
    --------
    >>> read_truth(np.array(["sea", "trees|-sea", ""]), ["sea", "trees"]).tolist()
    [[1.0, 0.0], [0.0, 1.0], [nan, nan]]
    """
    read = {}
    for label in np.unique(labels).tolist():
        said, closed = parse_tags(label)
        rest = 0.0 if closed else np.nan
        read[label] = [float(said[tag]) if tag in said else rest for tag in tags]
    return np.array([read[label] for label in labels.tolist()], float).reshape(-1, len(tags))


def find_tags(labels: Labels) -> tuple[str, ...]:
    """Return all tags that encoded labels name, sorted."""
    return tuple(sorted({tag for label in np.unique(labels) for tag in parse_tags(str(label))[0]}))


def judged_truth(cells: Cells, truth: Truth) -> Truth:
    """Return the truth to compare, calibrate and judge by; not-a-number elsewhere.

    A network's own pictures are not judged by, but for tags of which there are too few others.
    """
    fresh = cells.fresh
    judged = np.where(fresh[:, np.newaxis], truth, np.nan)
    few = np.minimum((judged == 1).sum(axis=0), (judged == 0).sum(axis=0)) < MIN_ROWS_PER_CLASS
    judged[:, few] = truth[:, few]
    return judged


def stratify(
    truth: Truth, groups: Labels | None, shares: Sequence[float], seed: int
) -> list[Places]:
    """Divide rows into parts that have alike shares of what is said of every tag.

    Parameters
    ----------
    truth : ndarray of float64, shape (n, k)
        1 for yes, 0 for no, not-a-number for nothing; yes and no are shared out alike.
    groups : ndarray of str, shape (n,), or None
        Rows of one group stay together.
    shares : sequence of float
        Of each part; they sum to 1.
    seed : int
        Decides between parts that lack as much.

    Returns
    -------
    list of ndarray of int
        Places of the rows of each part, ascending.

    References
    ----------
    K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD
    2011, algorithm 1; here with groups of rows in place of rows, the largest first.

    Examples
    --------
    >>> truth = np.array([[1.0], [1.0], [0.0], [0.0], [0.0], [0.0]])
    >>> [truth[part].ravel().tolist() for part in stratify(truth, None, [0.5, 0.5], seed=0)]
    [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    rng = np.random.default_rng(seed)
    names = np.arange(len(truth)) if groups is None else groups
    _, which = np.unique(names, return_inverse=True)
    said = np.hstack([truth == 1, truth == 0]).astype(np.int64)
    units = np.zeros((which.max() + 1, said.shape[1]), np.int64)
    np.add.at(units, which, said)
    sizes = np.bincount(which)
    parts = np.asarray(shares, float)[:, np.newaxis]
    wanted, room = parts * units.sum(axis=0), parts[:, 0] * len(truth)
    place = np.full(len(units), -1)
    order = rng.permutation(len(units))
    order = order[np.argsort(-sizes[order], kind="stable")]
    left = units.sum(axis=0)
    while left.any():
        # The rarest first: later there might be none left to share out.
        rarest = int(np.where(left > 0, left, left.max() + 1).argmin())
        for unit in order[(units[order, rarest] > 0) & (place[order] < 0)].tolist():
            part = _neediest(wanted[:, rarest], room, rng)
            place[unit] = part
            wanted[part] -= units[unit]
            room[part] -= sizes[unit]
            left -= units[unit]
    for unit in order[place[order] < 0].tolist():
        place[unit] = part = _neediest(room, room, rng)
        room[part] -= sizes[unit]
    return [np.flatnonzero(place[which] == part) for part in range(len(shares))]


def _neediest(
    wanted: NDArray[np.float64], room: NDArray[np.float64], rng: np.random.Generator
) -> int:
    most = np.flatnonzero(wanted >= wanted.max() - 1e-9)
    most = most[room[most] >= room[most].max() - 1e-9]
    return int(most[rng.integers(len(most))] if len(most) > 1 else most[0])


def _set_aside(cells: Cells, truth: Truth, places: Places, seed: int) -> tuple[Places, Places]:
    """Return the places to fit on, and those of the hold-out."""
    if cells.test is not None:
        aside = places[cells.test[places]]
    else:
        # Of rows that are judged by, half at the most are not learned.
        fresh = places[cells.fresh[places]]
        share = min(0.5, HOLDOUT * len(places) / len(fresh))
        groups = None if cells.groups is None else cells.groups[fresh]
        aside = fresh[stratify(truth[fresh], groups, [1 - share, share], seed)[1]]
    kept = np.setdiff1d(places, aside)
    if cells.groups is not None:
        kept = kept[~np.isin(cells.groups[kept], cells.groups[aside])]
    return kept, aside


def _fold(cells: Cells, truth: Truth, seed: int) -> Folds:
    """Return the folds of the search; rows that are judged by are shared out by themselves."""
    fresh, parts = cells.fresh, [np.empty(0, np.int64)] * FOLDS
    for own in (fresh, ~fresh):
        some = np.flatnonzero(own)
        if some.size:
            groups = None if cells.groups is None else cells.groups[some]
            found = stratify(truth[some], groups, [1 / FOLDS] * FOLDS, seed)
            parts = [np.union1d(part, some[new]) for part, new in zip(parts, found, strict=True)]
    every = np.arange(len(truth))
    return [(np.setdiff1d(every, part), part) for part in parts if part.size]


def _check_number(able: Sequence[str], counts: Mapping[str, int], task: Task, least: int) -> None:
    if len(able) > MAX_CLASSES:
        raise DataError(
            f"column {task.column!r} holds {len(able)} tags; up to {MAX_CLASSES} can be learned: "
            "leave rare ones out with a larger --min-count"
        )
    if not able:
        raise DataError(
            f"column {task.column!r} holds no tag that is known to be there in {least} rows and "
            f"known not to be in as many (there in: {name_counts(counts) or 'none'}); add rows, or "
            "say 'no' where a tag is not there: blank is not known"
        )


def _judge_tag(
    truth: NDArray[np.float64],
    scores: NDArray[np.float64],
    said: NDArray[np.bool_],
    name: str,
    thresholds: Mapping[str, float],
) -> TagFigures:
    known, has = ~np.isnan(truth), truth == 1
    hits, told, there = int((said & has).sum()), int((said & known).sum()), int(has.sum())
    return TagFigures(
        name=name,
        rows=int(known.sum()),
        positives=there,
        average_precision=average_precision(has[known], scores[known]),
        precision=hits / told if told else 0.0,
        recall=hits / there if there else 0.0,
        f1=_f1(hits, told, there),
        threshold=thresholds.get(name, EVEN),
    )


def average_precision(has: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the area under the steps of precision over recall; 0 if no row has the tag.

    Examples
    --------
    >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.3]))
    0.8333333333333333
    """
    # Whoever only predicts should not wait for it.
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(has, scores)) if has.any() else 0.0


def _f1(hits: int, told: int, there: int) -> float:
    return 2 * hits / (told + there) if told + there else 0.0


def _balanced(truth: NDArray[np.float64], said: NDArray[np.bool_]) -> float:
    """Return the mean of the shares found of rows that have a tag and of those that lack it."""
    shares = [
        float((said[truth == is_there] == is_there).mean())
        for is_there in (0, 1)
        if (truth == is_there).any()
    ]
    return float(np.mean(shares)) if shares else 0.0
