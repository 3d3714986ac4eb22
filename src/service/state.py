"""What the routes share: the model, its threads, the limits, the counters, memory for bodies."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from starlette.requests import Request

from ..features.specs import takes_uncut
from ..models.explain_model import explain
from ..models.predict_model import Classifier, load_model, predict
from ..tasks import Task
from .answers_json import (
    Explanation,
    ModelVersion,
    PictureAnswer,
    explanation_answer,
    model_version,
    picture_answer,
)
from .inference import Inference, return_large_blocks
from .limits import ServiceLimits
from .metrics import Metrics
from .problems import busy

# What the pages speak of while no model is loaded.
_ANY_TASK: Final = Task("class", "class")
# How long the examples of the page of the API say that they took.
EXAMPLE_MS: Final = 2.5


@dataclass(frozen=True, slots=True)
class Engine:
    """A loaded model with the threads that use it.

    Attributes
    ----------
    version : ModelVersion
        What every answer says of the model.
    example : PictureAnswer
        What the model says of a black picture, for the page of the API.
    reasons : Explanation or None
        Why it says so; None if the model cannot tell.
    """

    model: Classifier
    inference: Inference
    version: ModelVersion
    example: PictureAnswer
    reasons: Explanation | None


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
    """One application's state; the engine is there from its start to its end.

    Parameters
    ----------
    limits : ServiceLimits
    metrics : Metrics
    """

    def __init__(self, limits: ServiceLimits, metrics: Metrics) -> None:
        self.limits = limits
        self.metrics = metrics
        self.meter = UploadMeter(limits)
        self.engine: Engine | None = None

    @property
    def task(self) -> Task:
        """What the model was asked, for the words of the pages."""
        return self.engine.model.task if self.engine else _ANY_TASK

    @property
    def classes(self) -> tuple[str, ...]:
        """What the model tells apart, if it is there."""
        return self.engine.model.classes if self.engine else ()

    @property
    def sees_whole(self) -> bool:
        """Whether the model sees whole pictures; else it sees the square in the middle."""
        return self.engine is not None and takes_uncut(self.engine.model.metadata.feature_spec)

    def start(self, model: Classifier | None = None) -> None:
        """Load the model, answer once so that nothing is left to be set up, start the threads.

        Raises
        ------
        ModelError
            If there is no model, or it cannot be believed.
        """
        return_large_blocks()
        model = model or load_served(self.limits)
        inference = Inference(model, self.limits)
        self.engine = _assemble(model, inference)
        inference.start()
        # What is there now stays to the end. Left to the garbage collector, going through all of it
        # stops every thread for some 0.1 s again and again while requests come in.
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """End the threads."""
        if self.engine is not None:
            engine, self.engine = self.engine, None
            engine.inference.stop()


def _assemble(model: Classifier, inference: Inference) -> Engine:
    black, name = np.zeros((8, 8, 3), np.uint8), "picture.jpg"
    version = model_version(model)
    example = picture_answer(predict(black, model=model), name, version)
    reasons = None
    if model.spread is not None:
        reasons = explanation_answer(explain(black, model=model), name, version, EXAMPLE_MS)
    return Engine(model, inference, version, example, reasons)


def load_served(limits: ServiceLimits) -> Classifier:
    """Load the model that the settings choose: that of a name or folder, else that of a task."""
    return load_model(limits.model) if limits.model else load_model(task=limits.task)


def state_of(request: Request) -> State:
    """Return the state of the application that a request came to."""
    state: State = request.app.state.service
    return state
