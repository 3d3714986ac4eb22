"""How the processes behave that train: one thread each, and Ctrl-C ends them all."""

import signal
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from joblib import parallel_config
from joblib._parallel_backends import LokyBackend
from joblib.parallel import get_active_backend
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

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
