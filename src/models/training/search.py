"""The competition: a cross-validated grid search per family, on the same folds for all.

Also how its processes behave: one thread each, and Ctrl-C ends them all.
"""

import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
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

# Folds on which every candidate of a family is tried that may still win after its first try.
_FIRST_FOLDS: Final = 2
# Who is behind by so many standard errors of the leader's share on them will not win. Candidates
# err on the same rows, so that chance moves their difference less than either.
_BEATEN_BY: Final = 2.0
# Candidates of a family differ by less than this: none makes up for more.
_WITHIN_FAMILY: Final = 0.02


class SearchProgress(Protocol):
    """Who wants to know how far the search is."""

    def started(self, family: str, fits: int) -> list[Any]:
        """Take note that a family's search begins; return scikit-learn callbacks to attach."""

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        """Take note of a family's best result and of how long its search took."""

    def calibrating(self, winner: LeaderboardRow) -> None:
        """Take note that the search is over and the winner is fitted and calibrated."""


def search_families(
    split: Split, plan: SearchPlan, progress: SearchProgress
) -> tuple[LeaderboardRow, ...]:
    """Return the best candidate of each family, by mean accuracy over the folds.

    In a fast search, the first candidate of each family is tried on one fold, all of those that may
    still win on two, and on the others what may win even then: what is no farther behind the leader
    of all families than chance moves a share. A family is given up where none may; its row is of
    the folds up to there, and says so.

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
    given_up = _first_tries(families, split, plan)
    rows, leader = list[LeaderboardRow](), 0.0
    for family in families:
        if family in given_up:
            row = given_up[family]
            progress.finished(row, row.fit_seconds)
        else:
            row, leader = _search_family(family, split, plan, progress, leader)
        rows.append(row)
    return tuple(rows)


def pick_winner(leaderboard: Iterable[LeaderboardRow]) -> LeaderboardRow:
    """Return the row of the highest mean accuracy over all folds; of equals, the first."""
    return min(leaderboard, key=LeaderboardRow.place)


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

    def taken(self, places: Sequence[int]) -> "_Tried":
        """Return some candidates."""
        params = [self.params[place] for place in places]
        return _Tried(params, self.scores[places], self.fit_seconds[places])

    def beside(self, other: "_Tried") -> "_Tried":
        """Return the same candidates on the folds of both."""
        scores = np.hstack([self.scores, other.scores])
        return _Tried(self.params, scores, np.hstack([self.fit_seconds, other.fit_seconds]))


def _first_tries(
    families: Sequence[str], split: Split, plan: SearchPlan
) -> dict[str, LeaderboardRow]:
    """Return the families none of which may win, to judge by their first candidate on one fold."""
    folds = split.sides.folds
    if len(families) == 1 or _first_folds(plan, len(folds)) == len(folds):
        return {}
    tried = Parallel(n_jobs=plan.jobs)(
        delayed(_try_on)(search, [], split.training, grid[:1], folds[:1])
        for search, grid in (_search_of(family, plan, jobs=1) for family in families)
    )
    scores = np.array([one.scores[0, 0] for one in tried])
    hopeful = _may_win(scores + _WITHIN_FAMILY, float(scores.max()), len(folds[0][1]))
    return {
        families[place]: _best_row(families[place], tried[place], len(folds))
        for place in sorted({*range(len(families))} - {*hopeful})
    }


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


def _search_family(
    family: str, split: Split, plan: SearchPlan, progress: SearchProgress, leader: float
) -> tuple[LeaderboardRow, float]:
    """Return a family's best candidate, and who leads on the first folds, of all so far."""
    make_search, grid = _search_of(family, plan, plan.jobs)
    folds = split.sides.folds
    callbacks = progress.started(family, len(grid) * len(folds))
    try_on = partial(_try_on, make_search, callbacks, split.training)
    began, first = monotonic(), _first_folds(plan, len(folds))
    tried = try_on(grid, folds[:first])
    leader = max(leader, float(tried.scores.mean(axis=1).max()))
    rows = sum(len(compared) for _, compared in folds[:first])
    hopeful = _may_win(tried.scores.mean(axis=1), leader, rows)
    if hopeful and first < len(folds):
        tried = tried.taken(hopeful)
        tried = tried.beside(try_on(tried.params, folds[first:]))
    row = _best_row(family, tried, len(folds))
    progress.finished(row, monotonic() - began)
    return row, leader


def _first_folds(plan: SearchPlan, folds: int) -> int:
    """Return on how many folds all candidates are tried; a published grid is tried in full."""
    # Of a share of all rows it is known how far chance moves it; not of a mean over classes.
    return folds if plan.balanced or plan.preset is not Preset.FAST else min(_FIRST_FOLDS, folds)


def _may_win(means: NDArray[np.float64], leader: float, rows: int) -> list[int]:
    """Return which candidates are not too far behind the leader.

    Examples
    --------
    >>> _may_win(np.array([0.80, 0.78, 0.70]), 0.80, rows=1000)
    [0, 1]
    """
    chance = np.sqrt(leader * (1 - leader) / rows)
    return [int(place) for place in np.flatnonzero(means >= leader - _BEATEN_BY * chance)]


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
    tried_on = tried.scores.shape[1]
    means = np.average(tried.scores, axis=1)
    best = int(np.argmax(means))
    params = {
        name.removeprefix(f"{CLASSIFY}__"): value for name, value in tried.params[best].items()
    }
    return LeaderboardRow(
        family=family,
        params=params,
        cv_mean=float(means[best]),
        cv_std=float(np.std(tried.scores[best])),
        fit_seconds=round(float(tried.fit_seconds[best].mean()), 3),
        given_up_after=tried_on if tried_on < folds else 0,
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
