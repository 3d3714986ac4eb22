"""Where work that can be shared is done: on this machine's cores, or on a dask cluster's."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from ..errors import ConfigError


class Engine(StrEnum):
    """Who does the work."""

    LOCAL = "local"
    DASK = "dask"


@contextmanager
def working_on(engine: Engine, scheduler: str | None, jobs: int | None = None) -> Iterator[None]:
    """Let whatever uses joblib in this block do its work there.

    The result is the same with any engine. On a cluster only paths, table rows and results travel:
    its workers have to find pictures under the same paths as this process does.

    Parameters
    ----------
    engine : Engine
        `Engine.LOCAL` changes nothing.
    scheduler : str or None
        Address of a dask scheduler, such as ``tcp://10.0.0.5:8786``.
    jobs : int, optional
        What the user asked for, which is for this machine only.

    Raises
    ------
    ConfigError
        If the options do not go together, dask is not installed, or there is no scheduler at the
        address that answers, or it has no workers that can do this work.

    Examples
    --------
    >>> with working_on(Engine.LOCAL, scheduler=None):
    ...     pass
    """
    if engine is Engine.LOCAL:
        if scheduler is not None:
            raise ConfigError(
                f"--scheduler {scheduler} has no meaning on this machine alone; add --engine dask"
            )
        yield
        return
    if scheduler is None:
        raise ConfigError(
            "--engine dask needs to know its scheduler; add --scheduler ADDRESS, such as "
            "tcp://10.0.0.5:8786"
        )
    if jobs is not None:
        raise ConfigError(
            f"--jobs {jobs} counts processes of this machine; with --engine dask leave it out, and "
            "start as many workers as there should be"
        )
    with _dask_engine(scheduler):
        yield


@contextmanager
def _dask_engine(scheduler: str) -> Iterator[None]:
    try:
        from .dask_engine import dask_engine
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--engine dask needs the package {error.name}; install artlens with its extra "
            "`dask`, here and on the workers: pip install 'artlens[dask]'"
        ) from error
    with dask_engine(scheduler):
        yield
