"""A fast search: all candidates of all families race over the folds, and who falls behind stops."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from time import perf_counter
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed

from ...jobs.progress import show_progress
from ..one_answer import Places
from ..storage.metadata import LeaderboardRow
from .calibration import Scores, score_rows
from .pipelines import CLASSIFY, Candidates, build_pipeline, candidates_of, pipeline_grid
from .plan import SearchPlan
from .rows import Split

Params = Mapping[str, Any]

# After so many folds candidates that will not win are left behind.
_STOPS: Final = (1, 2)
# Who is behind by so many standard errors of the leader's share on them will not win. Candidates
# err on the same rows, so that chance moves their difference less than either.
_BEATEN_BY: Final = 2.0
# A brief form of a candidate leaves it behind only if it would be behind with so much of its errors
# too: five times as many trees kept from 0.8 to 1.1 of them on painted and real rows.
_ERRORS_KEPT: Final = 2 / 3
# Compared by fewer rows, chance moves a share so much that a brief form tells next to nothing.
_LEAST_ROWS: Final = 1000
# Their fits begin when it is known of which others more than a brief form is to be tried.
_SLOW: Final = ("neural_network", "gradient_boosting")


class Competition(NamedTuple):
    """The best of each family, and what they say across the folds, by family.

    What is said is known of some families, or of all.
    """

    leaderboard: tuple[LeaderboardRow, ...]
    scores: Mapping[str, Scores]


class Fit(NamedTuple):
    """What came of a candidate on a fold, and what it said of the rows to compare by."""

    score: float
    seconds: float
    said: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of candidates, a row each, on folds, a column each, and what each said of them."""

    params: Sequence[Params]
    scores: NDArray[np.float64]
    fit_seconds: NDArray[np.float64]
    said: Sequence[tuple[NDArray[np.float64], ...]] = ()

    @classmethod
    def of(cls, params: Sequence[Params], fits: Sequence[Sequence[Fit]]) -> Self:
        """Return what came of the fits of candidates, a row each, on folds, a column each."""
        scores = np.array([[fit.score for fit in row] for row in fits])
        seconds = np.array([[fit.seconds for fit in row] for row in fits])
        return cls(params, scores, seconds, [tuple(fit.said for fit in row) for row in fits])

    @property
    def folds(self) -> int:
        """On how many of the folds."""
        return int(self.scores.shape[1])

    @property
    def means(self) -> NDArray[np.float64]:
        """What each is worth on average."""
        return np.asarray(self.scores.mean(axis=1))

    @property
    def best(self) -> int:
        """Which is worth most."""
        return int(np.argmax(self.means))

    def taken(self, places: Sequence[int]) -> "Tried":
        """Return some candidates."""
        params = [self.params[place] for place in places]
        said = [self.said[place] for place in places]
        return Tried(params, self.scores[places], self.fit_seconds[places], said)

    def beside(self, other: "Tried") -> "Tried":
        """Return the same candidates on the folds of both."""
        scores = np.hstack([self.scores, other.scores])
        seconds = np.hstack([self.fit_seconds, other.fit_seconds])
        said = [(*mine, *more) for mine, more in zip(self.said, other.said, strict=True)]
        return Tried(self.params, scores, seconds, said)

    def best_row(self, family: str, folds: int) -> LeaderboardRow:
        """Return the best candidate of a family that was to be tried on so many folds."""
        best = self.best
        return LeaderboardRow(
            family=family,
            params={
                name.removeprefix(f"{CLASSIFY}__"): value
                for name, value in self.params[best].items()
            },
            cv_mean=float(self.means[best]),
            cv_std=float(np.std(self.scores[best])),
            fit_seconds=round(float(self.fit_seconds[best].mean()), 3),
            given_up_after=self.folds if self.folds < folds else 0,
        )


class Race:
    """A fast search of some families.

    All their candidates are tried on one fold; on a second those that may still win, which are no
    farther behind the leader of all than chance moves a share; and on the others those that may win
    even then, of each family the best, at most half as many as were tried on the second. A family
    is given up where none may; its row is of the folds up to there, and says so. On many rows a
    family that has a brief form, with fewer trees, is first tried in that, and in no other if it is
    far behind.

    Attributes
    ----------
    seconds : dict of str to list of float
        What each fit of a family took.
    """

    def __init__(self, split: Split, plan: SearchPlan, families: Sequence[str]) -> None:
        self.rows, self.folds, self.jobs = split.training, split.sides.folds, plan.jobs
        candidates = {family: candidates_of(family, plan.preset) for family in families}
        self.pipelines = {
            family: build_pipeline(one, plan.seed) for family, one in candidates.items()
        }
        self.grids = {family: grid_of(one) for family, one in candidates.items()}
        # In an average a family counts that cannot win, and alone it has nobody to be behind.
        may_be_brief = len(families) > 1 and not plan.averages()
        may_be_brief = may_be_brief and len(self.folds[0][1]) >= _LEAST_ROWS
        self.brief = {
            family: {f"{CLASSIFY}__{name}": value for name, value in one.brief.items()}
            for family, one in candidates.items()
            if one.brief and may_be_brief
        }
        self.seconds: dict[str, list[float]] = {family: [] for family in families}

    def run(self) -> Competition:
        """Return the best candidate of each family, and what those say that were on all folds."""
        tried, done = self._try_first(), _STOPS[0]
        for stop in (*(stop for stop in _STOPS[1:] if stop < len(self.folds)), len(self.folds)):
            left = self._left(tried, done, last=stop == len(self.folds))
            grids = {family: one.params for family, one in left.items()}
            found = self._try(grids, range(done, stop))
            # Of who is left behind nobody asks what they said, which may be large.
            tried = {family: replace(one, said=()) for family, one in tried.items()}
            tried |= {family: one.beside(found[family]) for family, one in left.items()}
            done = stop
        rows = [tried[family].best_row(family, len(self.folds)) for family in self.grids]
        there = [row.family for row in rows if not row.given_up_after]
        return Competition(
            tuple(rows), {family: self._scores(family, tried[family]) for family in there}
        )

    def _try_first(self) -> dict[str, Tried]:
        """Try all candidates on the first fold, and of those that have one a brief form before."""
        fold = range(_STOPS[0])
        soon = [family for family in self.grids if not (self.brief and family in _SLOW)]
        begun = {
            family: [{**params, **self.brief.get(family, {})} for params in self.grids[family]]
            for family in soon
        }
        tried = self._try(begun, fold)
        least = self._least(tried.values())
        others = {family: grid for family, grid in self.grids.items() if family not in begun}
        for family in self.brief:
            errors = (1 - tried[family].means) * _ERRORS_KEPT
            grid = [self.grids[family][place] for place in np.flatnonzero(1 - errors >= least)]
            others |= {family: grid} if grid else {}
        return tried | self._try(others, fold) if others else tried

    def _left(self, tried: Mapping[str, Tried], done: int, *, last: bool) -> dict[str, Tried]:
        """Return the candidates that may still win; on the last folds, which are most, the best."""
        here = {family: one for family, one in tried.items() if one.folds == done}
        least, left = self._least(here.values()), dict[str, Tried]()
        for family, one in here.items():
            order = np.argsort(-one.means, kind="stable").tolist()
            near = [place for place in order if one.means[place] >= least]
            most = -(-len(one.params) // 2) if last else len(near)
            if near:
                left[family] = one.taken(sorted(near[:most]))
        return left

    def _least(self, tried: Iterable[Tried]) -> float:
        """Return what who may still win has reached on the same folds."""
        every = list(tried)
        leader = max(float(one.means.max()) for one in every)
        rows = sum(len(compared) for _, compared in self.folds[: every[0].folds])
        # As if one row more were right and one more wrong (Laplace's rule of succession): all right
        # of a few rows is not all right of all.
        share = (leader * rows + 1) / (rows + 2)
        return float(share - _BEATEN_BY * (share * (1 - share) / rows) ** 0.5)

    def _try(self, grids: Mapping[str, Sequence[Params]], folds: range) -> dict[str, Tried]:
        """Try candidates of families on folds, all at once."""
        fits = [
            (family, place, fold)
            for family, grid in grids.items()
            for place, fold in product(range(len(grid)), folds)
        ]
        # The longest first, so that no core waits for another at the end. Before it is known, they
        # are the last families, and the last of their grids.
        order = sorted(reversed(fits), key=lambda fit: -self._usual_s(fit[0]))
        # Arrays by themselves, of which a cluster sends each to a worker once.
        rows = self.rows.features, self.rows.labels
        done = Parallel(n_jobs=self.jobs, return_as="generator")(
            delayed(try_on)(self.pipelines[family], *rows, grids[family][place], self.folds[fold])
            for family, place, fold in order
        )
        found = dict[tuple[str, int, int], Fit]()
        with show_progress(f"fits on {_name_folds(folds)}", len(order), "fit") as update:
            for one, fit in zip(done, order, strict=True):
                found[fit] = one
                self.seconds[fit[0]].append(one.seconds)
                update(1)
        return {
            family: Tried.of(
                grid, [[found[family, place, fold] for fold in folds] for place in range(len(grid))]
            )
            for family, grid in grids.items()
        }

    def _scores(self, family: str, tried: Tried) -> Scores:
        """Return what the best of a family says across the folds."""
        labels, said = self.rows.labels, tried.said[tried.best]
        values = np.full((len(labels), said[0].shape[1]), np.nan)
        for (_, compared), part in zip(self.folds, said, strict=True):
            values[compared] = part
        return Scores(values, labels, hasattr(self.pipelines[family], "decision_function"))

    def _usual_s(self, family: str) -> float:
        """Return what a fit of a family takes, as far as is known."""
        return float(np.mean(self.seconds[family] or [0.0]))


def _name_folds(folds: range) -> str:
    first, last = folds[0] + 1, folds[-1] + 1
    return f"fold {first}" if first == last else f"folds {first} to {last}"


def grid_of(candidates: Candidates) -> list[Params]:
    """Return all candidates of a family, their parameters named as a pipeline knows them."""
    return [*ParameterGrid(pipeline_grid(candidates))]


def try_on(
    pipeline: Pipeline,
    features: NDArray[np.float64],
    labels: NDArray[np.str_],
    params: Params,
    fold: tuple[Places, Places],
) -> Fit:
    """Fit a candidate to some rows, and ask it about others."""
    began, (kept, compared) = perf_counter(), fold
    fitted = clone(pipeline).set_params(**params).fit(features[kept], labels[kept])
    seconds = perf_counter() - began
    said = score_rows(fitted, features[compared])
    right = fitted.classes_[said.argmax(axis=1)] == labels[compared]
    return Fit(float(right.mean()), seconds, said)
