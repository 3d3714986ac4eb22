import signal
import subprocess
import sys
import warnings

import pytest
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_info

from src.models.training.processes import training_processes


def count_threads() -> int:
    return max(int(library["num_threads"]) for library in threadpool_info())


def handles_interrupts() -> bool:
    return signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_process_has_one_thread(jobs: int) -> None:
    with training_processes():
        assert set(Parallel(n_jobs=jobs)(delayed(count_threads)() for _ in range(4))) == {1}


def test_only_the_first_process_hears_of_interrupts() -> None:
    with training_processes():
        assert set(Parallel(n_jobs=2)(delayed(handles_interrupts)() for _ in range(4))) == {False}
    assert handles_interrupts()


# In a process of its own: what other tests of this one did with signals is not to count.
INTERRUPTED = """
import os, signal, threading
import numpy as np
from sklearn.neural_network import MLPClassifier
from src.models.training.processes import training_processes

signal.signal(signal.SIGINT, signal.default_int_handler)
features = np.random.default_rng(0).normal(size=(2000, 18))
slow = MLPClassifier(batch_size=1, max_iter=10_000, n_iter_no_change=10_000)
try:
    with training_processes():
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
        slow.fit(features, features[:, 0] > 0)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_that_scikit_learn_swallows_ends_the_block() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "interrupted\n"


def test_fits_that_stop_early_are_not_reported() -> None:
    with training_processes():
        warnings.warn("stopped", ConvergenceWarning, stacklevel=1)


def test_other_warnings_pass() -> None:
    with pytest.warns(UserWarning, match="look here"), training_processes():
        warnings.warn("look here", UserWarning, stacklevel=1)
