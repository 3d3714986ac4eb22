"""How the processes behave that train: one thread each, and Ctrl-C ends them all."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from ...jobs.parallel_map import local_workers

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
        local_workers(),
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
