"""The competition: a cross-validated grid search per family, on the same folds for all.

Also how its processes behave: one thread each, and Ctrl-C ends them all.
"""

import signal
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic
from typing import Any, Final, Protocol

import numpy as np
from joblib import parallel_config
from joblib._parallel_backends import LokyBackend
from joblib.parallel import get_active_backend
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from ..storage.metadata import LeaderboardRow, ModelMetadata
from .pipelines import (
    CLASSIFY,
    Candidates,
    build_pipeline,
    candidates_of,
    pipeline_grid,
)
from .plan import Preset, SearchPlan
from .rows import Split


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
    return tuple(_search_family(family, split, plan, progress) for family in families)


def pick_winner(leaderboard: Iterable[LeaderboardRow]) -> LeaderboardRow:
    """Return the row of the highest mean accuracy; of equals, the first."""
    return max(leaderboard, key=lambda row: row.cv_mean)


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


def _search_family(
    family: str, split: Split, plan: SearchPlan, progress: SearchProgress
) -> LeaderboardRow:
    candidates = _candidates(family, plan)
    grid, folds = pipeline_grid(candidates), split.sides.folds
    callbacks = progress.started(family, len(ParameterGrid(grid)) * len(folds))
    began = monotonic()
    search = GridSearchCV(
        build_pipeline(candidates, plan.seed),
        grid,
        scoring="balanced_accuracy" if plan.balanced else "accuracy",
        cv=folds,
        n_jobs=plan.jobs,
        refit=False,
        error_score="raise",
    )
    search.set_callbacks(*callbacks)
    search.fit(split.training.features, split.training.labels)
    row = _best_row(family, search.cv_results_)
    progress.finished(row, monotonic() - began)
    return row


def _best_row(family: str, results: Mapping[str, Any]) -> LeaderboardRow:
    best = int(np.argmax(results["mean_test_score"]))
    params = {
        name.removeprefix(f"{CLASSIFY}__"): value for name, value in results["params"][best].items()
    }
    return LeaderboardRow(
        family=family,
        params=params,
        cv_mean=float(results["mean_test_score"][best]),
        cv_std=float(results["std_test_score"][best]),
        fit_seconds=round(float(results["mean_fit_time"][best]), 3),
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
