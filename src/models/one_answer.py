"""The rules of a question with one answer: labels, split, folds, figures, decisions (pure)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final
from warnings import catch_warnings, filterwarnings

import numpy as np
from numpy.typing import NDArray

from ..edges import name_some
from ..errors import DataError
from ..tasks import Task
from .storage.metadata import HoldoutMetrics

FOLDS: Final = 5
HOLDOUT: Final = 0.25
# After a quarter went to the hold-out, and one row more by rounding, every fold still gets a row.
MIN_ROWS_PER_CLASS: Final = 8
# A quarter of fewer rows could be all of them or none.
LEAST_MIN_COUNT: Final = 4
# More different texts than these are titles or names of files rather than classes.
MAX_CLASSES: Final = 1000
ECE_BINS: Final = 15
# Of more classes, it also counts whether the truth is among the likeliest ones.
LIKELIEST: Final = 5
_FEW_CLASSES: Final = 10
# Of the mean of all classes: those with a smaller share are found too seldom, and gain by mirrored
# pictures; of equally large ones these gain next to nothing for twice the time
# (docs/performance.md).
FEW: Final = 2 / 3
# Fewer unseen pictures than these tell less of how good a model is than seen ones.
LEAST_FRESH: Final = 50

# A single answer has no thresholds.
NONE: Final[Mapping[str, float]] = MappingProxyType({})

Places = NDArray[np.int64]
Labels = NDArray[np.str_]
Folds = Sequence[tuple[Places, Places]]


@dataclass(frozen=True, slots=True)
class Cells:
    """What a table says of its rows.

    Attributes
    ----------
    labels : ndarray of str, shape (n,)
        Empty where there is none.
    groups : ndarray of str, shape (n,), or None
        Rows of one group never stand on both sides of a split; none names any.
    test : ndarray of bool, shape (n,), or None
        The rows of the hold-out, where the table itself names them.
    seen : ndarray of bool, shape (n,), or None
        The rows of pictures that the network which measured them was trained on. They are too good
        to judge by: a model is fitted on them, and compared, calibrated and judged by the others.
    painted : ndarray of bool, shape (n,), or None
        The rows of generated pictures beside real ones, which are not judged by either.
    """

    labels: Labels
    groups: Labels | None = None
    test: NDArray[np.bool_] | None = None
    seen: NDArray[np.bool_] | None = None
    painted: NDArray[np.bool_] | None = None

    def at(self, places: Places) -> "Cells":
        """Return what it says of some rows."""
        groups = None if self.groups is None else self.groups[places]
        flags = (None if f is None else f[places] for f in (self.test, self.seen, self.painted))
        return Cells(self.labels[places], groups, *flags)

    @property
    def fresh(self) -> NDArray[np.bool_]:
        """The rows to judge by: real ones of no group that was seen; of too few such, all real."""
        if self.seen is None:
            return self.real
        seen = self.seen
        if self.groups is not None:
            seen = np.isin(self.groups, self.groups[seen])
        fresh = self.real & ~seen
        return fresh if fresh.sum() >= LEAST_FRESH else self.real

    @property
    def real(self) -> NDArray[np.bool_]:
        """The rows of no generated picture."""
        return np.ones(len(self.labels), bool) if self.painted is None else ~self.painted


@dataclass(frozen=True, slots=True)
class Sides:
    """Which rows a model is fitted on and which it is judged by.

    Attributes
    ----------
    classes : tuple of str
        In the order of the task.
    training, holdout : ndarray of int
        Places of rows.
    folds : sequence of (ndarray of int, ndarray of int)
        Places within `training`: to fit on, and to compare by.
    left_out : dict of str to int
        Classes that have too few rows to be learned, with their rows.
    min_count : int
        From how many rows on a class takes part.
    given : bool
        Whether the table itself named the hold-out.
    straddling : int
        Rows that would be learned but for their group, which stands in such a hold-out too.
    seen, painted : int
        Rows, on both sides, of pictures that the network which measured them was trained on, and
        of generated ones.
    unseen : bool
        Whether there are enough others, so that these alone are compared and judged by.
    """

    classes: tuple[str, ...]
    training: Places
    holdout: Places
    folds: Folds
    left_out: dict[str, int]
    min_count: int
    given: bool
    straddling: int
    seen: int = 0
    unseen: bool = False
    painted: int = 0


class OneAnswer:
    """A picture has one of some classes."""

    # Whether it is worth a warning that nothing is said.
    owes_answer: Final = True

    def encode(self, column: Iterable[object]) -> Labels:
        """Return the labels of a column: its texts without the spaces around them.

        Examples
        --------
        >>> OneAnswer().encode([" rose ", 7, None]).tolist()
        ['rose', '7', '']
        """
        return np.array(["" if _is_empty(cell) else str(cell).strip() for cell in column], np.str_)

    def count_names(self, labels: Iterable[str]) -> Counter[str]:
        """Return of how many rows each label is.

        Examples
        --------
        >>> OneAnswer().count_names(["rose", "", "rose"])
        Counter({'rose': 2})
        """
        return Counter(label for label in labels if label)

    def choose_sides(
        self, cells: Cells, task: Task, seed: int, min_count: int | None = None
    ) -> Sides:
        """Decide which rows take part, and on which side.

        Parameters
        ----------
        cells : Cells
        task : Task
            Rows of other classes than its own, if it has any, and without a label take no part.
        seed : int
            Decides all that is random.
        min_count : int, optional
            Classes with fewer real rows are left out; by default what hold-out and folds need:
            eight rows, or five where the table names the hold-out.

        Raises
        ------
        DataError
            If less than two classes remain, or more than a thousand.
        """
        known = np.isin(cells.labels, task.classes) if task.classes else cells.labels != ""
        given = cells.test is not None and bool(cells.test[known].any())
        cells = cells if given else replace(cells, test=None)
        least = min_count or (FOLDS if given else MIN_ROWS_PER_CLASS)
        counts, out = _count(cells.labels[known & cells.real]), _scarce(cells, known, least)
        while True:
            places = np.flatnonzero(known & ~np.isin(cells.labels, list(out)))
            classes = _in_order(counts.keys() - out, task)
            _check_number(classes, counts, task)
            kept, aside = (places[side] for side in _set_aside(cells.at(places), task, seed))
            if not aside.size:  # all that the table names is of classes that are left out
                return self.choose_sides(replace(cells, test=None), task, seed, min_count)
            folds = _fold(cells.at(kept), seed)
            weak = set(classes) - _learnable(cells.labels[kept], folds, cells.real[kept])
            if not weak:
                left_out = {name: counts.get(name, 0) for name in sorted(out)}
                straddling = len(places) - len(kept) - len(aside)
                part, fresh = cells.at(places), cells.fresh
                return Sides(
                    classes,
                    kept,
                    aside,
                    _compare_by(folds, fresh[kept], cells.labels[kept]),
                    left_out,
                    least,
                    given,
                    straddling,
                    seen=0 if part.seen is None else int(part.seen.sum()),
                    unseen=not bool(fresh.all()),
                    painted=int((~part.real).sum()),
                )
            out |= weak

    def judge(
        self,
        labels: Labels,
        scores: NDArray[np.float64],
        classes: Sequence[str],
        thresholds: Mapping[str, float] = NONE,
    ) -> HoldoutMetrics:
        """Hold probabilities against the truth; see `evaluate_model`."""
        return evaluate_model(labels, scores, classes)

    def find_few(self, labels: Labels, least: int) -> NDArray[np.bool_]:
        """Return which rows are of classes with few works, of classes of `least` rows and more.

        Examples
        --------
        >>> labels = np.array(["Bilibin"] * 2 + ["Hals"] * 6 + ["Monet"] * 7 + ["once"])
        >>> OneAnswer().find_few(labels, 2).tolist() == [True] * 2 + [False] * 14
        True
        """
        names, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
        learned = (names != "") & (counts >= least)
        mean = counts[learned].mean() if learned.any() else 0
        return np.asarray((learned & (counts < FEW * mean))[which])

    def main_figures(self, metrics: HoldoutMetrics) -> dict[str, float]:
        """Return the few figures that models are compared by, by name."""
        return {
            "accuracy": metrics.accuracy,
            "balanced accuracy": metrics.balanced_accuracy,
            "macro F1": metrics.macro_f1,
        }

    def same_figures(self, found: HoldoutMetrics, stored: HoldoutMetrics) -> bool:
        """Tell whether a model did as it is said to have done: each answer counts."""
        return found.confusion_matrix == stored.confusion_matrix

    def decide(self, scores: NDArray[np.float64], min_score: float = 0.0) -> Places:
        """Return the place of the answer in every row of probabilities, -1 for none.

        Of equally probable classes the first is the answer; it is none where it is less probable
        than `min_score`.

        Examples
        --------
        >>> OneAnswer().decide(np.array([[0.2, 0.8], [0.5, 0.5]]), min_score=0.6).tolist()
        [1, -1]
        """
        best = scores.argmax(axis=1)
        return np.where(scores.max(axis=1) >= min_score, best, -1)

    def choose(
        self,
        scores: NDArray[np.float64],
        classes: Sequence[str],
        thresholds: Mapping[str, float] = NONE,
        min_score: float = 0.0,
    ) -> NDArray[np.bool_]:
        """Return which classes are said of each row, shape (n, k): one, or none.

        Examples
        --------
        >>> OneAnswer().choose(np.array([[0.2, 0.8], [0.5, 0.5]]), "ab", min_score=0.6).tolist()
        [[False, True], [False, False]]
        """
        answers = self.decide(scores, min_score)
        return np.asarray(answers[:, np.newaxis] == np.arange(scores.shape[1]))


def evaluate_model(
    labels: Labels, probabilities: NDArray[np.float64], classes: Sequence[str]
) -> HoldoutMetrics:
    """Judge the probabilities of one class each against the truth.

    Parameters
    ----------
    labels : ndarray of str, shape (n,)
        The true classes.
    probabilities : ndarray of float64, shape (n, n_classes)
        Each row sums to 1.
    classes : sequence of str
        What the columns of `probabilities` stand for; also the order of the confusion matrix.

    Returns
    -------
    HoldoutMetrics
        ``balanced_accuracy`` is the mean recall of the classes that occur in `labels`;
        ``macro_f1`` the mean over those that occur in `labels` or among the answers. Rows of the
        confusion matrix are the truth, columns the answers, over all of `classes`.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    >>> judged = evaluate_model(np.array(["RED", "BLUE", "BLUE", "RED"]), sure, ["RED", "BLUE"])
    >>> judged.accuracy, judged.confusion_matrix
    (0.75, [[2, 0], [1, 1]])
    """
    # Whoever only predicts should not wait for it.
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

    answers = np.asarray(classes)[OneAnswer().decide(probabilities)]
    return HoldoutMetrics(
        rows=len(labels),
        accuracy=float(accuracy_score(labels, answers)),
        balanced_accuracy=float(
            recall_score(labels, answers, labels=np.unique(labels), average="macro")
        ),
        macro_f1=float(f1_score(labels, answers, average="macro", zero_division=0)),
        ece=expected_calibration_error(probabilities.max(axis=1), answers == labels),
        confusion_matrix=confusion_matrix(labels, answers, labels=list(classes)).tolist(),
        top_5=_share_among_likeliest(labels, probabilities, classes)
        if len(classes) > _FEW_CLASSES
        else None,
    )


def _share_among_likeliest(
    labels: Labels, probabilities: NDArray[np.float64], classes: Sequence[str]
) -> float:
    """Return the share of rows whose class is among those with the highest probabilities."""
    # Of equally probable classes the first ones count, as in the answer.
    likeliest = np.argsort(-probabilities, axis=1, kind="stable")[:, :LIKELIEST]
    found = np.asarray(classes)[likeliest] == labels[:, np.newaxis]
    return float(found.any(axis=1).mean())


def expected_calibration_error(
    confidences: NDArray[np.float64], correct: NDArray[np.bool_], bins: int = ECE_BINS
) -> float:
    """Return by how much confidence and accuracy differ on average, over bins of confidence.

    Parameters
    ----------
    confidences : ndarray of float64, shape (n,)
        Probability of the answer given, in [0, 1].
    correct : ndarray of bool, shape (n,)
        Whether that answer was right.
    bins : int, default 15
        Number of bins of equal width.

    Returns
    -------
    float
        In [0, 1]: the mean of ``|accuracy - confidence|`` per bin, weighted by the bins' sizes.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks",
    ICML 2017, eq. 3.

    Examples
    --------
    >>> expected_calibration_error(np.array([0.8, 0.8]), np.array([True, False]))
    0.3
    """
    which = find_bins(confidences, bins)
    surplus = np.bincount(which, weights=confidences - correct, minlength=bins)
    return float(round(np.abs(surplus).sum() / len(confidences), 12))


def find_bins(confidences: NDArray[np.float64], bins: int = ECE_BINS) -> Places:
    """Return the bin of each confidence, from 0; one on a border belongs to the lower bin."""
    return np.clip(np.ceil(confidences * bins).astype(np.int64) - 1, 0, bins - 1)


def _count(labels: Labels) -> dict[str, int]:
    names, counts = np.unique(labels, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _scarce(cells: Cells, known: NDArray[np.bool_], least: int) -> set[str]:
    """Return the classes with fewer rows than that, not counting those of a given hold-out."""
    learned = known if cells.test is None else known & ~cells.test
    counts = _count(cells.labels[learned & cells.real])
    return {name for name in _count(cells.labels[known]) if counts.get(name, 0) < least}


def _is_empty(cell: object) -> bool:
    # Nothing but not-a-number differs from itself.
    return cell is None or cell != cell  # noqa: PLR0124


def _in_order(names: Set[str], task: Task) -> tuple[str, ...]:
    return tuple(name for name in task.classes or sorted(names) if name in names)


def _check_number(classes: tuple[str, ...], counts: dict[str, int], task: Task) -> None:
    """Refuse a number of classes that there is nothing to learn from."""
    if len(classes) > MAX_CLASSES:
        raise DataError(
            f"column {task.column!r} holds {len(classes)} classes; up to {MAX_CLASSES} can be "
            "told apart: give a column of fewer, or leave rare ones out with a larger --min-count"
        )
    if len(counts) < 2:
        raise DataError(
            f"column {task.column!r} holds a single class (only {', '.join(counts) or 'nothing'} "
            f"in {sum(counts.values())} rows); add rows of at least one other class"
        )
    if len(classes) < 2:
        raise DataError(
            f"column {task.column!r} holds less than two classes with enough rows "
            f"({name_counts(counts)}); add different rows of these, from several groups if "
            f"--group is given, or take classes of fewer rows with --min-count {LEAST_MIN_COUNT} "
            "or more"
        )


def name_counts(counts: Mapping[str, int], most: int = 12) -> str:
    """Return classes with their rows in one line, those with most rows first.

    Examples
    --------
    >>> name_counts({"oval": 1, "round": 3, "star": 2}, most=2)
    'round: 3, star: 2 and 1 more'
    """
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return name_some([f"{name}: {count}" for name, count in ordered], most)


def _set_aside(cells: Cells, task: Task, seed: int) -> tuple[Places, Places]:
    """Return the places to fit on, and those of the hold-out."""
    from sklearn.model_selection import StratifiedGroupKFold, train_test_split

    labels, everything = cells.labels, np.arange(len(cells.labels))
    if cells.test is not None:
        kept, aside = everything[~cells.test], everything[cells.test]
        if cells.groups is not None:
            kept = kept[~np.isin(cells.groups[kept], cells.groups[aside])]
        return kept, aside
    if not (fresh := cells.fresh).all():
        _check_groups(cells.at(np.flatnonzero(fresh)), task)
        aside = _set_fresh_aside(cells.at(np.flatnonzero(fresh)), seed, int(cells.real.sum()))
        aside = np.flatnonzero(fresh)[aside]
        return np.setdiff1d(everything, aside), aside
    if cells.groups is None:
        kept, aside = train_test_split(
            everything, test_size=HOLDOUT, stratify=labels, random_state=seed
        )
        return kept, aside
    _check_groups(cells, task)
    parts = StratifiedGroupKFold(round(1 / HOLDOUT), shuffle=True, random_state=seed)
    with _quiet():
        sides = list(parts.split(labels, labels, cells.groups))
    # Where groups are large, some parts are smaller than others.
    kept, aside = min(sides, key=lambda side: abs(len(side[1]) - HOLDOUT * len(labels)))
    return kept, aside


def _check_groups(cells: Cells, task: Task) -> None:
    if cells.groups is not None and (groups := len(np.unique(cells.groups))) <= FOLDS:
        raise DataError(
            f"column {task.group!r} holds too few groups ({groups}); "
            f"hold-out and {FOLDS} folds need at least {FOLDS + 1}"
        )


def _set_fresh_aside(cells: Cells, seed: int, total: int) -> Places:
    """Return the places of the hold-out among rows that were not seen: half of them at the most."""
    from sklearn.model_selection import StratifiedGroupKFold

    labels = cells.labels
    groups = np.arange(len(labels)) if cells.groups is None else cells.groups
    parts = max(2, round(len(labels) / (HOLDOUT * total)))
    sides = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    with _quiet():
        _, aside = next(iter(sides.split(labels, labels, groups)))
    return np.asarray(aside)


def _compare_by(folds: Folds, fresh: NDArray[np.bool_], labels: Labels) -> Folds:
    """Return the folds with none but rows to judge by on the side that is compared by.

    A class of which too few folds have any is compared by all of its rows.
    """
    if fresh.all():
        return folds
    enough = _learnable(labels, folds, fresh)
    wanted = fresh | ~np.isin(labels, list(enough))
    narrowed = [(kept, compared[wanted[compared]]) for kept, compared in folds]
    return [fold for fold in narrowed if len(fold[1])]


def _fold(cells: Cells, seed: int) -> Folds:
    """Return the folds of the search, the same for every family and for the calibration."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels, grouped = cells.labels, cells.groups is not None
    kind = StratifiedGroupKFold if grouped else StratifiedKFold
    # Fewer rows than folds would be refused, though nothing could be learned from them anyway.
    if len(labels) < FOLDS or max(_count(labels).values()) < FOLDS:
        return []
    with _quiet():
        folds = list(
            kind(FOLDS, shuffle=True, random_state=seed).split(labels, labels, cells.groups)
        )
    return [fold for fold in folds if len(fold[1])]


def _learnable(labels: Labels, folds: Folds, judging: NDArray[np.bool_]) -> set[str]:
    """Return the classes that stand in two folds or more, by rows of these that may judge."""
    seen: dict[str, int] = {}
    for _, compared in folds:
        for name in np.unique(labels[compared[judging[compared]]]).tolist():
            seen[name] = seen.get(name, 0) + 1
    return {name for name, count in seen.items() if count > 1}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep scikit-learn from warning of classes with fewer rows than folds, which is seen to."""
    with catch_warnings():
        filterwarnings("ignore", "The least populated class", UserWarning)
        yield
