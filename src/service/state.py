"""What the routes share: the model, its threads, the limits and the counters."""

import gc
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from starlette.requests import Request

from ..models.predict_model import Classifier, load_model, predict
from .inference import Inference
from .limits import ServiceLimits
from .memory import return_large_blocks
from .meter import UploadMeter
from .metrics import Metrics
from .rendering import model_fields


@dataclass(slots=True)
class Engine:
    """A loaded model with the threads that use it."""

    model: Classifier
    inference: Inference
    model_fields: dict[str, str]


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

    def start(self, model: Classifier | Path | None) -> None:
        """Load the model, answer once so that nothing is left to be set up, start the threads.

        Raises
        ------
        ModelError
            If there is no model, or it cannot be believed.
        """
        return_large_blocks()
        model = model if isinstance(model, Classifier) else load_model(model)
        predict(np.zeros((8, 8, 3), np.uint8), model=model)
        inference = Inference(model, self.limits)
        inference.start()
        self.engine = Engine(model, inference, model_fields(model))
        # What is there now stays to the end. Left to the garbage collector, going through all of it
        # stops every thread for some 0.1 s again and again while requests come in.
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """End the threads."""
        if self.engine is not None:
            engine, self.engine = self.engine, None
            engine.inference.stop()


def state_of(request: Request) -> State:
    """Return the state of the application that a request came to."""
    state: State = request.app.state.service
    return state
