"""A fast search: all candidates of all families race over the folds, and who falls behind stops."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.utils.parallel import Parallel, delayed

from ...jobs.progress import show_progress
from ..one_answer import Folds
from ..storage.metadata import LeaderboardRow
from .pipelines import CLASSIFY, Candidates, build_pipeline, candidates_of, pipeline_grid
from .plan import SearchPlan
from .rows import LabelledRows, Split

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


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of candidates, a row each, on folds, a column each."""

    params: Sequence[Params]
    scores: NDArray[np.float64]
    fit_seconds: NDArray[np.float64]

    @property
    def folds(self) -> int:
        """On how many of the folds."""
        return int(self.scores.shape[1])

    @property
    def means(self) -> NDArray[np.float64]:
        """What each is worth on average."""
        return np.asarray(self.scores.mean(axis=1))

    def taken(self, places: Sequence[int]) -> "Tried":
        """Return some candidates."""
        params = [self.params[place] for place in places]
        return Tried(params, self.scores[places], self.fit_seconds[places])

    def beside(self, other: "Tried") -> "Tried":
        """Return the same candidates on the folds of both."""
        scores = np.hstack([self.scores, other.scores])
        return Tried(self.params, scores, np.hstack([self.fit_seconds, other.fit_seconds]))

    def above(self, other: "Tried") -> "Tried":
        """Return the candidates of both on the same folds."""
        scores = np.vstack([self.scores, other.scores])
        seconds = np.vstack([self.fit_seconds, other.fit_seconds])
        return Tried([*self.params, *other.params], scores, seconds)

    def best_row(self, family: str, folds: int) -> LeaderboardRow:
        """Return the best candidate of a family that was to be tried on so many folds."""
        best = int(np.argmax(self.means))
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
        self.makers = {family: maker_of(one, plan, jobs=1) for family, one in candidates.items()}
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

    def run(self) -> tuple[LeaderboardRow, ...]:
        """Return the best candidate of each family."""
        tried, done = self._try_first(), _STOPS[0]
        for stop in (*(stop for stop in _STOPS[1:] if stop < len(self.folds)), len(self.folds)):
            left = self._left(tried, done, last=stop == len(self.folds))
            grids = {family: one.params for family, one in left.items()}
            found = self._try(grids, range(done, stop))
            tried |= {family: one.beside(found[family]) for family, one in left.items()}
            done = stop
        return tuple(tried[family].best_row(family, len(self.folds)) for family in self.grids)

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
        return tried | self._try(others, fold)

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
        done = Parallel(n_jobs=self.jobs, return_as="generator")(
            delayed(try_on)(
                self.makers[family], [], self.rows, [grids[family][place]], [self.folds[fold]]
            )
            for family, place, fold in order
        )
        found = dict[tuple[str, int, int], Tried]()
        with show_progress(f"fits on {_name_folds(folds)}", len(order), "fit") as update:
            for one, fit in zip(done, order, strict=True):
                found[fit] = one
                self.seconds[fit[0]].append(float(one.fit_seconds.sum()))
                update(1)
        rows = {
            fit[:2]: reduce(Tried.beside, (found[*fit[:2], fold] for fold in folds)) for fit in fits
        }
        return {
            family: reduce(Tried.above, (rows[family, place] for place in range(len(grid))))
            for family, grid in grids.items()
        }

    def _usual_s(self, family: str) -> float:
        """Return what a fit of a family takes, as far as is known."""
        return float(np.mean(self.seconds[family] or [0.0]))


def _name_folds(folds: range) -> str:
    first, last = folds[0] + 1, folds[-1] + 1
    return f"fold {first}" if first == last else f"folds {first} to {last}"


def maker_of(candidates: Candidates, plan: SearchPlan, jobs: int) -> Callable[..., GridSearchCV]:
    """Return what makes a search of a family."""
    return partial(
        GridSearchCV,
        build_pipeline(candidates, plan.seed),
        scoring="balanced_accuracy" if plan.balanced else "accuracy",
        n_jobs=jobs,
        refit=False,
        error_score="raise",
    )


def grid_of(candidates: Candidates) -> list[Params]:
    """Return all candidates of a family, their parameters named as a pipeline knows them."""
    return [*ParameterGrid(pipeline_grid(candidates))]


def try_on(
    make_search: Callable[..., GridSearchCV],
    callbacks: Sequence[Any],
    rows: LabelledRows,
    grid: Sequence[Params],
    folds: Folds,
) -> Tried:
    """Fit candidates on folds, and score them on the rows that these compare by."""
    single = [{name: [value] for name, value in params.items()} for params in grid]
    search = make_search(param_grid=single, cv=folds)
    search.set_callbacks(*callbacks)
    search.fit(rows.features, rows.labels)
    found = search.cv_results_
    scores = np.column_stack([found[f"split{fold}_test_score"] for fold in range(len(folds))])
    seconds = np.repeat(found["mean_fit_time"][:, None], len(folds), axis=1)
    return Tried(grid, scores, seconds)
