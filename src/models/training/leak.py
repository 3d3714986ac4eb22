"""What accuracy would have been if versions of one work stood on both sides of the split (pure)."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...tasks import Task
from ..one_answer import Labels, Places
from .rows import LabelledRows, Split, read_cells


class Dealt(NamedTuple):
    """Rows on two sides, and how many of them share their group with others."""

    training: LabelledRows
    holdout: LabelledRows
    repeated: int


def deal_out(split: Split, task: Task, seed: int) -> Dealt | None:
    """Return rows to fit on and to judge by, as if nobody had looked for groups.

    Of every class as many rows stand on each side as in the split. Rows that are a group by
    themselves stay where they are, so that the two splits differ in the leak alone; and so do
    those that nothing is judged by, since the network was trained on the pictures.

    Parameters
    ----------
    split : Split
    task : Task
        Names the column of the groups.
    seed : int
        Decides which of the others are set aside.

    Returns
    -------
    Dealt or None
        None where no group has several rows, some of them in the hold-out.
    """
    sides = split.sides
    aside = np.repeat([False, True], [len(sides.training), len(sides.holdout)])
    cells = read_cells(split.table, task)
    part = np.concatenate([sides.training, sides.holdout])
    if cells.groups is None:
        return None
    repeated = find_repeated(cells.groups[part])
    moves = repeated & cells.fresh[part]
    if not aside[moves].any():
        return None
    both = _join(split.training, split.holdout)
    dealt = _shuffle_within(aside, both.labels, np.flatnonzero(moves), seed)
    training, holdout = both.at(np.flatnonzero(~dealt)), both.at(np.flatnonzero(dealt))
    return Dealt(training, holdout, int(repeated.sum()))


def find_repeated(groups: Labels) -> NDArray[np.bool_]:
    """Return which rows share their group with others.

    Examples
    --------
    >>> find_repeated(np.array(["a", "b", "a"])).tolist()
    [True, False, True]
    """
    _, which, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(counts[which] > 1)


def _shuffle_within(
    aside: NDArray[np.bool_], labels: Labels, moves: Places, seed: int
) -> NDArray[np.bool_]:
    """Return the sides of rows after those that move have swapped theirs within their classes."""
    rng, dealt = np.random.default_rng(seed), aside.copy()
    for name in np.unique(labels[moves]):
        own = moves[labels[moves] == name]
        dealt[own] = rng.permutation(aside[own])
    return dealt


def _join(training: LabelledRows, holdout: LabelledRows) -> LabelledRows:
    joined = LabelledRows(
        np.concatenate([training.features, holdout.features]),
        np.concatenate([training.labels, holdout.labels]),
    )
    if training.mirrored is None or holdout.mirrored is None:
        return joined
    return replace(joined, mirrored=np.concatenate([training.mirrored, holdout.mirrored]))
