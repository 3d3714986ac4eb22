"""Answers as JSON: pure, from predictions to fields."""

import json
from typing import Any

from starlette.responses import Response

from ..models.predict_model import Classifier
from ..records import Prediction


def json_response(fields: Any) -> Response:
    """Return an answer of status 200."""
    body = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    # A file name may hold half a surrogate pair, which is no text that could be sent.
    return Response(body.encode("utf-8", "replace"), media_type="application/json")


def model_fields(model: Classifier) -> dict[str, str]:
    """Return what every answer says of the model."""
    metadata = model.metadata
    return {"task": metadata.task.name, "family": metadata.family, "version": model.sha256[:12]}


def prediction_fields(
    prediction: Prediction, filename: str, model: dict[str, str]
) -> dict[str, Any]:
    """Return what an answer says of one picture."""
    return {
        "filename": filename,
        "label": prediction.label,
        "score": round(prediction.score, 6),
        "scores": {label: round(score, 6) for label, score in prediction.scores.items()},
        "palette": [
            {"hex": color.hex, "share": round(color.share, 4), "name": color.name}
            for color in prediction.palette
        ],
        "warnings": [
            {"code": warning.code, "message": warning.message} for warning in prediction.warnings
        ],
        "model": model,
    }
