"""Successive halving: all candidates on few rows, the better ones on more, the best on all."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .rows import FOLDS, LabelledRows

# From one rung to the next a third of the candidates goes on, on three times as many rows, so that
# every rung costs about the same.
FACTOR: Final = 3
FRACTIONS: Final = (1 / FACTOR**2, 1 / FACTOR, 1.0)
# On fewer rows than these, chance decides who goes on.
MIN_RUNG_ROWS: Final = 500
MIN_SURVIVORS: Final = 2


@dataclass(frozen=True, slots=True)
class Rung:
    """How many candidates are compared, on which rows."""

    candidates: int
    rows: LabelledRows


def halving_rungs(rows: LabelledRows, candidates: int, seed: int) -> tuple[Rung, ...]:
    """Plan the comparison of candidates; the last rung has all rows.

    Parameters
    ----------
    rows : LabelledRows
        Training rows.
    candidates : int
        How many there are at first.
    seed : int
        Decides which rows take part early.

    Returns
    -------
    tuple of Rung
        Each has the rows of the one before and others. Only the last, and all candidates with it,
        if there are few rows.

    References
    ----------
    Jamieson and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter
    optimization", AISTATS.

    Examples
    --------
    >>> rows = LabelledRows(np.zeros((9000, 18)), np.array(["RED", "BLUE"] * 4500))
    >>> [(rung.candidates, len(rung.rows.labels)) for rung in halving_rungs(rows, 35, seed=0)]
    [(35, 1000), (12, 3000), (4, 9000)]
    """
    enough = [part for part in FRACTIONS if part * len(rows.labels) >= MIN_RUNG_ROWS or part == 1]
    rungs = []
    for part in enough:
        rungs.append(Rung(candidates, _part_of(rows, part, seed)))
        candidates = max(-(-candidates // FACTOR), min(candidates, MIN_SURVIVORS))
    return tuple(rungs)


def _part_of(rows: LabelledRows, part: float, seed: int) -> LabelledRows:
    """Return that part of every class, and at least a row for each fold."""
    if part == 1:
        return rows
    shuffled = np.random.default_rng(seed).permutation(len(rows.labels))
    kept = [
        members[: max(round(part * len(members)), FOLDS)]
        for members in (shuffled[rows.labels[shuffled] == name] for name in np.unique(rows.labels))
    ]
    picked = np.sort(np.concatenate(kept))
    return LabelledRows(rows.features[picked], rows.labels[picked])
