"""The paths that tell of the model and of the service itself."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from ..models.predict_model import Classifier
from .metrics import CONTENT_TYPE
from .problems import busy
from .rendering import json_response
from .state import State, state_of


async def list_classes(request: Request) -> Response:
    """Answer what the model tells apart, and how each class is shown."""
    model = _model(state_of(request))
    task = model.task
    classes = [{"label": label, "hex": task.swatch_of(label)} for label in model.classes]
    return json_response({"task": model.metadata.task.name, "classes": classes})


async def describe_model(request: Request) -> Response:
    """Answer with the model's card in short, and the limits of the service."""
    state = state_of(request)
    model = _model(state)
    known, holdout = model.metadata, model.metadata.holdout
    return json_response(
        {
            "task": known.task.name,
            "family": known.family,
            "parameters": known.parameters,
            "calibration": known.calibration,
            "classes": known.classes,
            "accuracy": holdout.accuracy,
            "balanced_accuracy": holdout.balanced_accuracy,
            "macro_f1": holdout.macro_f1,
            "ece": holdout.ece,
            "holdout_rows": holdout.rows,
            "training_rows": known.training_rows,
            "data_source": known.data_source,
            "features": asdict(known.feature_spec),
            "library_versions": known.library_versions,
            "sha256": model.sha256,
            "version": model.sha256[:12],
            "limits": state.limits.public(),
        }
    )


async def say_alive(_request: Request) -> Response:
    """Answer as long as the process does."""
    return json_response({"status": "ok"})


async def say_ready(request: Request) -> Response:
    """Answer whether predictions are taken."""
    state = state_of(request)
    if state.engine is None or not state.engine.inference.has_room():
        raise busy(state.limits)
    return json_response({"status": "ready"})


async def show_metrics(request: Request) -> Response:
    """Answer with the counters in Prometheus's format."""
    return Response(state_of(request).metrics.render(), headers={"Content-Type": CONTENT_TYPE})


def _model(state: State) -> Classifier:
    if state.engine is None:
        raise busy(state.limits)
    return state.engine.model
