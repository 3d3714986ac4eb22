"""What Prometheus is told: requests, their time, answers of each task, what waits."""

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from ..errors import ConfigError

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
# prometheus_client adds up several processes through files in the folder that this names.
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"

# From a thumbnail on an idle machine to the limit of time.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def shared_folder() -> Path | None:
    """Return the folder through which several processes add up their counters, if one is named.

    Raises
    ------
    ConfigError
        If nothing can be written there.
    """
    name = os.environ.get(SHARED_FOLDER)
    if not name:
        return None
    folder = Path(name)
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise ConfigError(
            f"{SHARED_FOLDER} names no folder that can be written to ({name}); make it, or unset "
            "the variable"
        )
    return folder


def forget_ended(folder: Path) -> None:
    """Let processes that have ended count no more among those that serve.

    What they have counted stays.
    """
    for path in folder.glob("gauge_live*_*.db"):
        process = path.stem.rpartition("_")[2]
        if process.isdecimal() and not _runs(int(process)):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


class Metrics:
    """Counters of one application, in a registry of its own.

    Where several processes serve one address, each request for the metrics reaches one of them; it
    answers for all if ``PROMETHEUS_MULTIPROC_DIR`` names a folder that they share.
    """

    def __init__(self) -> None:
        self._shared = shared_folder() is not None
        self._registry = CollectorRegistry()
        own = self._registry
        self.requests = Counter(
            "artlens_requests", "Requests answered.", ["method", "path", "status"], registry=own
        )
        self.seconds = Histogram(
            "artlens_request_seconds",
            "Time from a request's first byte to its answer.",
            ["path"],
            buckets=_SECONDS,
            registry=own,
        )
        self.predictions = Counter(
            "artlens_predictions", "Answers given.", ["task", "label"], registry=own
        )
        self.task_seconds = Histogram(
            "artlens_task_seconds",
            "Time that a model took to score pictures that were measured, up to eight at once.",
            ["task"],
            buckets=_SECONDS,
            registry=own,
        )
        self.models_ready = Gauge(
            "artlens_models_ready",
            "Processes in which the task's model answers.",
            ["task"],
            registry=own,
            multiprocess_mode="livesum",
        )
        self.model_failures = Counter(
            "artlens_model_failures", "Models that could not be loaded.", ["task"], registry=own
        )
        self.failures = Counter(
            "artlens_failures", "Pictures that could not be used.", ["code"], registry=own
        )
        self.cache_lookups = Counter(
            "artlens_cache_lookups",
            "Answers looked up: a hit, a miss, or shared with a request that asked the same.",
            ["store", "outcome"],
            registry=own,
        )
        self.cache_errors = Counter(
            "artlens_cache_errors",
            "What a cache's server failed in.",
            ["store", "kind"],
            registry=own,
        )
        self.cache_paused = Gauge(
            "artlens_cache_paused",
            "Processes that leave the cache's server alone for a while, since it failed.",
            registry=own,
            multiprocess_mode="livesum",
        )
        self.in_progress = Gauge(
            "artlens_requests_in_progress",
            "Requests being answered.",
            registry=own,
            multiprocess_mode="livesum",
        )
        if not self._shared:
            ProcessCollector(registry=own)

    def count_request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count an answer and its time."""
        self.requests.labels(method, path, str(status)).inc()
        self.seconds.labels(path).observe(seconds)

    def count_answer(self, task: str, labels: Sequence[str]) -> None:
        """Count what was said of one picture: its labels, or that there is none."""
        for label in labels or ("none",):
            self.predictions.labels(task, label).inc()

    def time_task(self, task: str) -> AbstractContextManager[object]:
        """Return what counts, while it is entered, the time that a task's model takes."""
        return self.task_seconds.labels(task).time()

    def render(self) -> bytes:
        """Return everything in Prometheus's text format."""
        if not self._shared:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        _BegunFiles(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)


class _BegunFiles(MultiProcessCollector):
    """What all processes have written, but for files that are still empty.

    Such a file is being made, or its process was killed then; prometheus_client would fail with all
    others (https://github.com/prometheus/client_python/issues/1199).
    """

    def collect(self) -> Iterable[Metric]:
        """Add up the files."""
        begun = [str(path) for path in sorted(Path(self._path).glob("*.db")) if _size(path)]
        return self.merge(begun, accumulate=True)  # type: ignore[no-any-return, no-untyped-call]


def _size(path: Path) -> int:
    # That of a process that has ended is taken away, maybe just now.
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0
