"""The competition: a cross-validated grid search per family, on the same folds for all.

Also how its processes behave: one thread each, and Ctrl-C ends them all.
"""

import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial, reduce
from itertools import islice
from time import monotonic
from typing import Any, Final, Protocol

import numpy as np
from joblib import parallel_config
from joblib._parallel_backends import LokyBackend
from joblib.parallel import get_active_backend
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import threadpool_limits

from ..one_answer import Folds
from ..storage.metadata import LeaderboardRow, ModelMetadata
from .pipelines import (
    CLASSIFY,
    Candidates,
    build_pipeline,
    candidates_of,
    pipeline_grid,
)
from .plan import Preset, SearchPlan
from .rows import LabelledRows, Split

# After so many folds of a fast search, candidates that will not win are left behind.
_STOPS: Final = (1, 2)
# Who is behind by so many standard errors of the leader's share on them will not win. Candidates
# err on the same rows, so that chance moves their difference less than either.
_BEATEN_BY: Final = 2.0


class SearchProgress(Protocol):
    """Who wants to know how far the search is."""

    def started(self, family: str, fits: int) -> list[Any]:
        """Take note that a family's search begins, or goes on with so many fits at the most.

        Return scikit-learn callbacks to attach.
        """

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        """Take note of a family's best result and of how long its search took."""

    def calibrating(self, winner: LeaderboardRow) -> None:
        """Take note that the search is over and the winner is fitted and calibrated."""


def search_families(
    split: Split, plan: SearchPlan, progress: SearchProgress
) -> tuple[LeaderboardRow, ...]:
    """Return the best candidate of each family, by mean accuracy over the folds.

    A fast search goes by folds. All candidates of all families are tried on one; on a second those
    that may still win, which are no farther behind the leader of all than chance moves a share; and
    on the others those that may win even then, of each family the best, at most half as many as
    were tried on the second. A family is given up where none may; its row is of the folds up to
    there, and says so.

    Parameters
    ----------
    split : Split
        Of which only the training rows are looked at; its folds are the same for every family.
    plan : SearchPlan
        Its families are searched in its order.
    progress : SearchProgress
        Told of each family.
    """
    width = split.training.features.shape[1]
    families = plan.families_for(len(split.sides.classes), width)
    race = _Race(split, plan)
    race.try_first(families)
    return tuple(race.search(family, progress) for family in families)


def pick_winner(leaderboard: Iterable[LeaderboardRow]) -> LeaderboardRow:
    """Return the row of the highest mean accuracy over all folds; of equals, the first."""
    return min(leaderboard, key=LeaderboardRow.rank)


def pipeline_of(row: LeaderboardRow, plan: SearchPlan, width: int = 1) -> Pipeline:
    """Return the row's pipeline for rows of so many numbers, unfitted, with its parameters set."""
    pipeline = build_pipeline(_candidates(row.family, plan, width), plan.seed, plan.blocks)
    return pipeline.set_params(
        **{f"{CLASSIFY}__{name}": value for name, value in row.params.items()}
    )


def unfitted_of(metadata: ModelMetadata) -> Pipeline:
    """Return the pipeline of a model, unfitted; of an average, that of its best family."""
    rows = {row.family: row for row in metadata.leaderboard}
    # The parameters of an average are the shares of families.
    row = next((rows[name] for name in rows if name in metadata.parameters), rows[metadata.family])
    plan = SearchPlan(preset=Preset(metadata.search), seed=metadata.seed)
    plan = plan.suiting(metadata.task, metadata.feature_spec)
    return pipeline_of(row, plan, len(metadata.feature_spec.names))


def _candidates(family: str, plan: SearchPlan, width: int = 1) -> Candidates:
    return candidates_of(family, plan.preset, width, balanced=plan.balanced)


def parameters_of(row: LeaderboardRow, plan: SearchPlan, width: int = 1) -> dict[str, Any]:
    """Return all that was set of the row's classifier: what the candidates share, and its own.

    Of an average of families, which is no family itself, these are the shares.
    """
    try:
        fixed = _candidates(row.family, plan, width).fixed
    except KeyError:
        return row.params
    return dict(fixed) | row.params


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of candidates, a row each, on folds, a column each."""

    params: Sequence[Mapping[str, Any]]
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

    def taken(self, places: Sequence[int]) -> "_Tried":
        """Return some candidates."""
        params = [self.params[place] for place in places]
        return _Tried(params, self.scores[places], self.fit_seconds[places])

    def beside(self, other: "_Tried") -> "_Tried":
        """Return the same candidates on the folds of both."""
        scores = np.hstack([self.scores, other.scores])
        return _Tried(self.params, scores, np.hstack([self.fit_seconds, other.fit_seconds]))

    def above(self, other: "_Tried") -> "_Tried":
        """Return the candidates of both on the same folds."""
        scores = np.vstack([self.scores, other.scores])
        seconds = np.vstack([self.fit_seconds, other.fit_seconds])
        return _Tried([*self.params, *other.params], scores, seconds)


class _Race:
    """A search: what came of each family on the first fold, and who leads after so many folds."""

    def __init__(self, split: Split, plan: SearchPlan) -> None:
        self.rows, self.folds, self.plan = split.training, split.sides.folds, plan
        # Of a share of all rows it is known how far chance moves it; not of a mean over classes.
        by_folds = plan.preset is Preset.FAST and not plan.balanced
        stops = [stop for stop in _STOPS if by_folds and stop < len(self.folds)]
        self.stops = [*stops, len(self.folds)]
        self.first = dict[str, _Tried]()
        self.leaders = dict[int, float]()

    def try_first(self, families: Sequence[str]) -> None:
        """Try all candidates of all families on the first fold, all at once."""
        if len(self.stops) == 1:
            return
        searches = [_search_of(family, self.plan, jobs=1) for family in families]
        tried = Parallel(n_jobs=self.plan.jobs)(
            delayed(_try_on)(make_search, [], self.rows, [params], self.folds[: self.stops[0]])
            for make_search, grid in searches
            for params in grid
        )
        self.leaders[self.stops[0]] = max(float(one.means.max()) for one in tried)
        each = iter(tried)
        for family, (_, grid) in zip(families, searches, strict=True):
            self.first[family] = reduce(_Tried.above, islice(each, len(grid)))

    def search(self, family: str, progress: SearchProgress) -> LeaderboardRow:
        """Return a family's best candidate."""
        began, first = monotonic(), self.first.get(family)
        # On the first fold all families took turns, and only what each fit took is known.
        before = 0.0 if first is None else float(first.fit_seconds.sum())
        if first is None or self._hopeful(first):
            tried = self._go_on(family, first, progress)
        else:
            tried = first
        row = _best_row(family, tried, len(self.folds))
        progress.finished(row, before + monotonic() - began)
        return row

    def _go_on(self, family: str, tried: _Tried | None, progress: SearchProgress) -> _Tried:
        make_search, grid = _search_of(family, self.plan, self.plan.jobs)
        left = grid if tried is None else self._hopeful(tried)
        folds = self.folds if tried is None else self.folds[tried.folds :]
        callbacks = progress.started(family, len(left) * len(folds))
        try_on = partial(_try_on, make_search, callbacks, self.rows)
        if tried is None:
            return try_on(grid, folds)
        for stop in self.stops[1:]:
            near = self._hopeful(tried)
            if not near:
                break
            # The most fits are on the last folds.
            last = stop == len(self.folds)
            tried = tried.taken(sorted(near[: -(-len(tried.params) // 2)] if last else near))
            tried = tried.beside(try_on(tried.params, self.folds[tried.folds : stop]))
        return tried

    def _hopeful(self, tried: _Tried) -> list[int]:
        """Return which candidates may still win, best first."""
        means, folds = tried.means, tried.folds
        leader = self.leaders[folds] = max(self.leaders.get(folds, 0.0), float(means.max()))
        rows = sum(len(compared) for _, compared in self.folds[:folds])
        # As if one row more were right and one more wrong (Laplace's rule of succession): all right
        # of a few rows is not all right of all.
        share = (leader * rows + 1) / (rows + 2)
        least = share - _BEATEN_BY * (share * (1 - share) / rows) ** 0.5
        return [int(place) for place in np.argsort(-means, kind="stable") if means[place] >= least]


def _search_of(
    family: str, plan: SearchPlan, jobs: int
) -> tuple[Callable[..., GridSearchCV], list[dict[str, Any]]]:
    """Return what makes a search of a family, and its candidates."""
    candidates = _candidates(family, plan)
    make_search = partial(
        GridSearchCV,
        build_pipeline(candidates, plan.seed),
        scoring="balanced_accuracy" if plan.balanced else "accuracy",
        n_jobs=jobs,
        refit=False,
        error_score="raise",
    )
    return make_search, [*ParameterGrid(pipeline_grid(candidates))]


def _try_on(
    make_search: Callable[..., GridSearchCV],
    callbacks: Sequence[Any],
    rows: LabelledRows,
    grid: Sequence[Mapping[str, Any]],
    folds: Folds,
) -> _Tried:
    single = [{name: [value] for name, value in params.items()} for params in grid]
    search = make_search(param_grid=single, cv=folds)
    search.set_callbacks(*callbacks)
    search.fit(rows.features, rows.labels)
    found = search.cv_results_
    scores = np.column_stack([found[f"split{fold}_test_score"] for fold in range(len(folds))])
    seconds = np.repeat(found["mean_fit_time"][:, None], len(folds), axis=1)
    return _Tried(grid, scores, seconds)


def _best_row(family: str, tried: _Tried, folds: int) -> LeaderboardRow:
    best = int(np.argmax(tried.means))
    params = {
        name.removeprefix(f"{CLASSIFY}__"): value for name, value in tried.params[best].items()
    }
    return LeaderboardRow(
        family=family,
        params=params,
        cv_mean=float(tried.means[best]),
        cv_std=float(np.std(tried.scores[best])),
        fit_seconds=round(float(tried.fit_seconds[best].mean()), 3),
        given_up_after=tried.folds if tried.folds < folds else 0,
    )


# What MLPClassifier makes of Ctrl-C in one of its fits, before it goes on as if that were over.
_SWALLOWED_INTERRUPT: Final = "Training interrupted by user."


@contextmanager
def training_processes() -> Iterator[None]:
    """Set up whatever scikit-learn runs in this block, here, in worker processes or on a cluster.

    Several threads in each of several processes would compete for the same cores, and the number
    of threads would change sums in their last digits.

    Raises
    ------
    KeyboardInterrupt
        Once, and here; the workers are then ended from here.
    """
    with (
        threadpool_limits(limits=1),
        _processes_of_this_machine(),
        warnings.catch_warnings(),
    ):
        # Some candidates are meant to stop at their number of iterations; scikit-learn hands the
        # filter on to its worker processes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("error", _SWALLOWED_INTERRUPT, UserWarning)
        try:
            yield
        except UserWarning as warning:
            if str(warning) == _SWALLOWED_INTERRUPT:
                raise KeyboardInterrupt from warning
            raise


def _processes_of_this_machine() -> AbstractContextManager[Any]:
    """Set up joblib's processes, unless `src.jobs.engines` chose something else."""
    if not isinstance(get_active_backend()[0], LokyBackend):
        return nullcontext()
    local: AbstractContextManager[Any] = parallel_config(
        "loky", inner_max_num_threads=1, initializer=_ignore_interrupts
    )
    return local


def _ignore_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to every process, to the one that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
