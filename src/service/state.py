"""What the routes share: the models, the threads, the limits, the counters, memory for bodies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from ..features.specs import takes_uncut
from ..models.predict_model import Classifier
from ..tasks import Task
from .answer_cache import AnswerCache
from .inference import Inference, return_large_blocks
from .limits import CacheSettings, ServiceLimits
from .metrics import Metrics
from .problems import busy
from .searched_folder import SearchedFolder
from .served_models import Engine, ServedModels, load_main

# What the pages speak of while no model is loaded.
_ANY_TASK: Final = Task("class", "class")


class UploadMeter:
    """Counts the bytes of all bodies that are in memory, so that they never are too many."""

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self.held_bytes = 0

    @contextmanager
    def lease(self) -> Iterator["Lease"]:
        """Give back, at the end of a ``with`` block, what was taken within it."""
        lease = Lease(self)
        try:
            yield lease
        finally:
            self.held_bytes -= lease.taken_bytes

    def take(self, count: int) -> None:
        """Count bytes that came in.

        Raises
        ------
        Problem
            Busy, if they are too many.
        """
        if self.held_bytes + count > self._limits.max_upload_bytes:
            raise busy(self._limits)
        self.held_bytes += count


@dataclass(slots=True)
class Lease:
    """What one request holds of the memory for bodies."""

    meter: UploadMeter
    taken_bytes: int = 0

    def take(self, count: int) -> None:
        """Count bytes that came in."""
        self.meter.take(count)
        self.taken_bytes += count


class State:
    """One application's state; the models are there from its start to its end.

    Parameters
    ----------
    limits : ServiceLimits
    metrics : Metrics
    cache : CacheSettings
    """

    def __init__(self, limits: ServiceLimits, metrics: Metrics, cache: CacheSettings) -> None:
        self.limits = limits
        self.metrics = metrics
        self.meter = UploadMeter(limits)
        self.models = ServedModels(limits, metrics)
        self.inference = Inference(limits, metrics)
        self.answers = AnswerCache(self.inference.ask, limits.image_limits, cache, metrics)
        self.folder: SearchedFolder | None = None
        if limits.similar is not None:
            self.folder = SearchedFolder(limits.similar, limits.image_limits)

    @property
    def engine(self) -> Engine | None:
        """The main model, which answers where no task is named."""
        return self.models.main

    @property
    def task(self) -> Task:
        """What the main model was asked, for the words of the pages."""
        return self.engine.model.task if self.engine else _ANY_TASK

    @property
    def classes(self) -> tuple[str, ...]:
        """What the main model tells apart, if it is there."""
        return self.engine.model.classes if self.engine else ()

    @property
    def sees_whole(self) -> bool:
        """Whether the main model sees whole pictures; else it sees the square in the middle."""
        return self.engine is not None and takes_uncut(self.engine.model.metadata.feature_spec)

    def start(self, model: Classifier | None = None) -> None:
        """Load the main model, start the threads, and begin to load the others.

        Raises
        ------
        ModelError
            If there is no main model, or it cannot be believed.
        """
        return_large_blocks()
        self.inference.start()
        then = self.folder.start if self.folder else lambda _comparer: None
        self.models.start(model or load_main(self.limits), then)

    def stop(self) -> None:
        """End the threads."""
        self.models.stop()
        if self.folder is not None:
            self.folder.stop()
        self.inference.stop()


def state_of(request: Request) -> State:
    """Return the state of the application that a request came to."""
    state: State = request.app.state.service
    return state
