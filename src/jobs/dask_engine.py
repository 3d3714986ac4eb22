"""joblib's dask backend, set up so that a worker that dies takes nothing with it.

Needs the extra ``dask``; imported by :mod:`src.jobs.engines` alone.
"""

import gc
import logging
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import cv2
from distributed import Client, KilledWorker, WorkerPlugin
from distributed.comm.core import CommClosedError
from joblib import parallel_config
from joblib._dask import DaskDistributedBackend
from threadpoolctl import threadpool_limits

from .. import __version__
from ..errors import ArtlensError, ConfigError

CONNECT_S: Final = 10
# What a client and its tasks run into when it has no scheduler any more.
_LOST: Final = (AttributeError, CancelledError, CommClosedError, OSError, RuntimeError)

_Task = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


@contextmanager
def dask_engine(scheduler: str, connect_s: float = CONNECT_S) -> Iterator[None]:
    """Let joblib send its tasks to a scheduler while in this block.

    Parameters
    ----------
    scheduler : str
        Its address.
    connect_s : float
        How long to wait for it, and then for a first worker, in seconds.

    Raises
    ------
    ConfigError
        If nobody answers there, or the workers have other versions than this process.
    ArtlensError
        If the scheduler went away in the middle, or a task killed several workers.
    """
    with _connect(scheduler, connect_s) as client:
        _prepare_workers(client, scheduler, connect_s)
        try:
            with parallel_config(SteadyBackend(client=client)):
                yield
        except KilledWorker as error:
            raise ArtlensError(
                f"several workers died of the same task ({error}); look into their logs, for "
                "instance for a lack of memory"
            ) from error
        except _LOST as error:
            if client.status == "running":
                raise
            raise ArtlensError(
                f"the scheduler at {scheduler} went away ({type(error).__name__}); start it again, "
                "then this command: what was finished is not done again"
            ) from error


class SteadyBackend(DaskDistributedBackend):  # type: ignore[misc]  # untyped base
    """joblib's dask backend with tasks that carry all they need.

    joblib places a copy of every larger argument on one worker and hands out references to it.
    When that worker dies, the tasks that wait for the copy can never be done. A task that holds
    its arguments is given to another worker instead. They are feature rows, a few MB, or paths.
    """

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return the number of the workers' threads, but never 1: that one would be done here."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    async def _to_func_args(
        self, func: Any
    ) -> tuple[Callable[[Sequence[_Task]], list[Any]], list[_Task]]:
        return do_in_turn, list(func.items)


def do_in_turn(tasks: Sequence[_Task]) -> list[Any]:
    """Do tasks here, on one thread: sums are to come out as on any other machine.

    A forest in such a task is not to send its trees to yet other workers.
    """
    with threadpool_limits(limits=1), parallel_config("sequential"):
        return [function(*args, **kwargs) for function, args, kwargs in tasks]


@dataclass(frozen=True)
class WorkerSetup(WorkerPlugin):
    """Looks at each worker before it works, at those too that join later."""

    versions: Mapping[str, str]
    name = "artlens"

    def setup(self, worker: Any) -> None:
        """Refuse to work with other versions, whose results would be others too."""
        found = library_versions()
        if found != self.versions:
            raise RuntimeError(f"it has {found}, and {dict(self.versions)} is needed")


def library_versions() -> dict[str, str]:
    """Return the versions of what decides about results, and about what can be sent."""
    python = ".".join(platform.python_version_tuple()[:2])
    others = {name: version(name) for name in ("joblib", "numpy", "scikit-learn")}
    return {"artlens": __version__, "python": python, "opencv": cv2.__version__, **others}


def _connect(scheduler: str, connect_s: float) -> Client:
    # What goes wrong becomes an error here; dask would write a traceback of it, too.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(  # type: ignore[no-untyped-call]
            scheduler, timeout=connect_s, set_as_default=False
        )
    except (OSError, ValueError) as error:
        fault = str(error)
    # A client that failed closes when it is collected. Were that while another one starts, with
    # the lock that closing needs, it would wait for itself for ever.
    gc.collect()
    raise ConfigError(
        f"no dask scheduler answers at {scheduler} ({fault}); start one with `dask scheduler` and "
        "give the address that it prints"
    )


def _prepare_workers(client: Client, scheduler: str, connect_s: float) -> None:
    try:
        client.wait_for_workers(1, timeout=connect_s)
        client.register_plugin(WorkerSetup(library_versions()))
    except TimeoutError as error:
        raise ConfigError(
            f"the scheduler at {scheduler} has no workers; start some with `dask worker "
            f"{scheduler} --nworkers N --nthreads 1`"
        ) from error
    except (RuntimeError, ImportError) as error:
        raise ConfigError(
            f"a worker of {scheduler} cannot do this work ({error}); install the same artlens "
            "there as here"
        ) from error
