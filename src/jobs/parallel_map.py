"""The same work on many items, on all cores."""

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from itertools import islice, takewhile
from operator import length_hint
from typing import Any, Final, TypeVar

import cv2
from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from joblib._parallel_backends import LokyBackend
from joblib.externals.loky import get_reusable_executor
from joblib.parallel import get_active_backend

from ..edges import collect_garbage_rarely
from ..errors import ArtlensError
from .progress import show_progress

Item = TypeVar("Item")
Result = TypeVar("Result")

# Handed out at once: first so many, then what takes about so long, which keeps the bar live and
# costs little, and with no more than so many, at the end of a wave no core idles for long.
_BATCH_ITEMS: Final = 32
_BATCH_S: Final = 0.1
_MOST_BATCH_ITEMS: Final = 128
# A scheduler takes some milliseconds for each task, wherever its workers are.
_CLUSTER_BATCH_ITEMS: Final = 256
# Handed out per process before waiting for all of them: enough to see how long an item takes, then
# seconds of work, of which the last batch alone leaves a core idle.
_FIRST_WAVE_ITEMS: Final = 512
_WAVE_ITEMS: Final = 8192
# A killed worker takes the work of all others with it; what is left is tried so often by all.
_ATTEMPTS: Final = 2
_PARENT_CHECK_S: Final = 1.0


def parallel_map(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    jobs: int | None,
    label: str,
    lost: Callable[[Item], Result] | None = None,
) -> Iterator[Result]:
    """Yield the result for each item, in order, and show how far it is; see `show_progress`.

    Processes, not threads: they share no lock of Python's, and one that is killed, for instance
    for want of memory, takes nothing with it: its items are tried again. Items are taken from
    their source as they are needed, so memory does not grow with their number.

    Parameters
    ----------
    work : callable
        A function of a module, which worker processes can import. What it raises ends the map.
    items : iterable
        Anything that can be pickled; of those with a length, the progress says how many are left.
    jobs : int or None
        Number of processes; by default one per core, of all machines if ``parallel_config`` named
        a backend with several. With 1 all is done in this one.
    label : str
        Stands before the progress, on standard error.
    lost : callable, optional
        Gives the result for an item on which a process died although it worked on nothing else.

    Raises
    ------
    ArtlensError
        If there is such an item, and `lost` is not given.

    Examples
    --------
    >>> list(parallel_map(abs, [-3, 1, -2], jobs=1, label="sizes"))
    [3, 1, 2]
    """
    processes, source = max(1, jobs or effective_n_jobs(-1)), iter(items)
    size, wave_items = _BATCH_ITEMS if _is_local() else _CLUSTER_BATCH_ITEMS, _FIRST_WAVE_ITEMS
    total = length_hint(items) or None
    begun = False
    with show_progress(label, total) as update:
        while wave := list(islice(source, processes * wave_items)):
            batches = [wave[i : i + size] for i in range(0, len(wave), size)]
            if not begun and len(batches) == 1:
                processes = 1  # starting others would take longer
            begun, times = True, []
            for results in _run_batches(work, batches, processes, lost or _refuse):
                times.append(time.monotonic())
                update(len(results))
                yield from results
            if _is_local():
                size = _batch_items(size, (times[-1] - times[0]) * processes / len(times))
            wave_items = _WAVE_ITEMS


@contextmanager
def workers_starting(jobs: int | None, module: str) -> Iterator[None]:
    """Let worker processes start, and import a module, while this process goes on in the block.

    Whatever then needs workers, here or in `local_workers`, gets these.

    Parameters
    ----------
    jobs : int or None
        Number of processes; by default one per core. With 1, or elsewhere than on this machine,
        nothing is started.
    module : str
        Its full name.
    """
    processes = jobs or effective_n_jobs(-1)
    if processes == 1 or not _is_local():
        yield
        return
    parallel = _handed_out_by_one(processes)
    started = parallel(delayed(_import)(module) for _ in range(processes))
    try:
        yield
    except BaseException:
        # Who is refused something shall not wait for workers. Shut down so early, loky may write a
        # traceback; of workers that end it does not.
        if parallel.n_completed_tasks < processes:
            for worker in list(get_reusable_executor(reuse=True)._processes.values()):
                worker.terminate()
        raise
    finally:
        # What goes wrong with this goes wrong again where it is needed, or is not.
        with suppress(Exception):
            deque(started, maxlen=0)


def _import(module: str) -> None:
    import_module(module)


def local_workers() -> AbstractContextManager[Any]:
    """Let joblib use worker processes of this machine, unless ``parallel_config`` named others.

    They have one thread each. Only those that were started in the same way are used again for
    other work, instead of others in their place; so all are started in this.
    """
    if not _is_local():
        return nullcontext()
    workers: AbstractContextManager[Any] = parallel_config(
        "loky", inner_max_num_threads=1, initializer=_start_worker, initargs=(os.getpid(),)
    )
    return workers


def _batch_items(size: int, seconds: float) -> int:
    """Return how many items a batch should have, when one of ``size`` took so long."""
    wanted = size * _BATCH_S / seconds if seconds else _MOST_BATCH_ITEMS
    return max(1, min(int(wanted), _MOST_BATCH_ITEMS))


def _run_batches(
    work: Callable[[Item], Result],
    batches: Sequence[Sequence[Item]],
    processes: int,
    lost: Callable[[Item], Result],
) -> Iterator[list[Result]]:
    pending, attempts = deque(batches), 0
    while pending and attempts < _ATTEMPTS:
        attempts += 1
        try:
            for results in _parallel(work, list(pending), processes):
                pending.popleft()
                yield results
        except BrokenProcessPool:
            continue
    for batch in pending:
        yield _run_alone(work, batch, lost)


def _run_alone(
    work: Callable[[Item], Result], batch: Sequence[Item], lost: Callable[[Item], Result]
) -> list[Result]:
    """Do a batch while nothing else is done, so that a death can only be due to its items."""
    try:
        # One process would be this one.
        (results,) = _parallel(work, [batch], 2)
    except BrokenProcessPool:
        if len(batch) == 1:
            return [lost(batch[0])]
        return [result for item in batch for result in _run_alone(work, [item], lost)]
    return results


def _refuse(item: Any) -> Any:
    raise ArtlensError(
        f"a worker process was killed while it had nothing but {item!r} to do; look into the "
        "system's log, for instance for a lack of memory, or leave this item out"
    )


def _parallel(
    work: Callable[[Item], Result], batches: Sequence[Sequence[Item]], processes: int
) -> Iterator[list[Result]]:
    given_up = threading.Event()
    wanted = takewhile(lambda _: not given_up.is_set(), batches)
    done = _handed_out_by_one(processes)(delayed(_work_through)(work, batch) for batch in wanted)
    try:
        for results in done:  # noqa: UP028 - it would be closed at once when this is
            yield results
    except GeneratorExit:
        # Stopped amid its work, loky may write a traceback; what is handed out is soon done, and
        # what goes wrong with it is nobody's concern any more.
        given_up.set()
        # As Python itself ends, the workers already have: nothing more will be done.
        if sys.is_finalizing():
            raise
        try:
            with suppress(Exception):
                deque(done, maxlen=0)
        except KeyboardInterrupt:
            _kill_workers()
        raise
    except KeyboardInterrupt:
        _kill_workers()
        raise


def _kill_workers() -> None:
    """End them at an interrupt, which they ignore: it is for this process alone to do that."""
    # Others than these would be started if they had to be alike in how they are.
    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


def _handed_out_by_one(processes: int) -> Parallel:
    """Return what does work in processes, and gives each result as soon as those before it."""
    # With more handed out, loky keeps some back, and writes a traceback of these on Ctrl-C.
    ahead = "2*n_jobs" if _is_local() else "4*n_jobs"
    with local_workers():
        # Left to itself, joblib would join batches, and at the end of a wave one core would wait.
        return Parallel(processes, batch_size=1, return_as="generator", pre_dispatch=ahead)


def _is_local() -> bool:
    return isinstance(get_active_backend()[0], LokyBackend)


def _work_through(work: Callable[[Item], Result], batch: Sequence[Item]) -> list[Result]:
    """Do a batch with one OpenCV thread: there is a process for every core already."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return [work(item) for item in batch]
    finally:
        cv2.setNumThreads(threads)


def _start_worker(parent: int) -> None:
    """Leave Ctrl-C to the process that started this one; end when that one was killed."""
    collect_garbage_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(1)
