"""All tasks in a plain handler: onnxruntime and scikit-learn as they come, all in the event loop.

Run by uvicorn as ``benchmarks.service.plain_models:app``. It does what anybody would write first:
decodes the picture, measures its colours, runs the network once, and asks each model's fitted
pipeline, one picture after the other.
"""

from typing import Any, Final

import cv2
import numpy as np
import onnxruntime
from fastapi import FastAPI, UploadFile
from numpy.typing import NDArray

from src.features.backbones import backbone_of, read_network
from src.features.embedding import scale_pixels
from src.images import to_working_size
from src.models.analyse import load_each
from src.models.predict_model import Classifier

app = FastAPI()
_models: Final = load_each().models
_spec: Final = next(
    model.metadata.feature_spec for model in _models if model.metadata.feature_spec.network
)
_backbone: Final = backbone_of(_spec)
_session: Final = onnxruntime.InferenceSession(
    read_network(_backbone), providers=["CPUExecutionProvider"]
)
_estimators: Final = [(model, model.estimator) for model in _models]


@app.post("/analyse")
async def analyse(file: UploadFile) -> dict[str, dict[str, float]]:
    """Return the probabilities of every task's classes."""
    data = np.frombuffer(await file.read(), np.uint8)
    bgr = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    row = _embed(bgr)
    return {model.task.name: _ask(model, estimator, bgr, row) for model, estimator in _estimators}


def _embed(bgr: NDArray[np.uint8]) -> NDArray[Any]:
    side = _backbone.input_size
    square = np.asarray(cv2.resize(bgr, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    name = _session.get_inputs()[0].name
    # The network that is shipped gives means and deviations, not maps.
    found = _session.run(None, {name: scale_pixels(square, _backbone)})
    return np.concatenate([each.reshape(-1) for each in found])[np.newaxis]


def _ask(
    model: Classifier, estimator: Any, bgr: NDArray[np.uint8], row: NDArray[Any]
) -> dict[str, float]:
    if not model.metadata.feature_spec.network:
        row = model.extract(to_working_size(bgr))[np.newaxis]
    (scores,) = estimator.predict_proba(row)
    return dict(zip(map(str, estimator.classes_), scores.tolist(), strict=True))
