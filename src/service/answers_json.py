"""The JSON of every answer, described once.

Each answer is a typed dictionary: mypy holds what is built against it, and the OpenAPI document is
made of it.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from .. import records
from ..features.extract_features import FeatureSpec
from ..models.predict_model import Classifier
from .limits import ServiceLimits
from .problems import Reason, exact

Probability = Annotated[float, Field(ge=0, le=1)]
HexColor = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", examples=["#a01f2c"])]
Called = Annotated[str, Field(description="What an answer is called in a sentence.")]
Milliseconds = Annotated[
    float, Field(ge=0, description="From the request's arrival to its answer.")
]


@exact
class PaletteColor(TypedDict):
    """One of the few colours that make up the picture."""

    hex: HexColor
    share: Annotated[Probability, Field(description="Part of the picture.")]
    name: Annotated[str, Field(description="In words, as people say it.", examples=["dark red"])]


@exact
class Warning(TypedDict):
    """Why an answer should be taken with care."""

    code: records.WarningCode
    message: str


@exact
class ModelVersion(TypedDict):
    """Which model answered."""

    task: str
    family: str
    version: Annotated[str, Field(description="The first 12 digits of its file's SHA-256.")]


@exact
class PictureAnswer(TypedDict):
    """What the model says of a picture."""

    filename: str
    label: Annotated[
        str | None, Field(description="The most probable class; null where it abstained.")
    ]
    score: Annotated[Probability, Field(description="Probability of the most probable class.")]
    scores: Annotated[
        dict[str, Probability], Field(description="Of every class, most probable first.")
    ]
    stands_on: Annotated[
        PaletteColor | None,
        Field(
            description="The colour of the palette that the label stands on; null where classes "
            "are no colours, or none of the palette resembles the label."
        ),
    ]
    palette: Annotated[list[PaletteColor], Field(description="Most of it first.")]
    warnings: list[Warning]
    model: ModelVersion


@exact
class Prediction(PictureAnswer):
    """The answer for one picture."""

    milliseconds: Milliseconds


@exact
class PictureFailure(TypedDict):
    """A picture of a batch that could not be used."""

    filename: str
    error: Reason


@exact
class BatchPrediction(TypedDict):
    """One result for each picture, in their order."""

    results: list[PictureAnswer | PictureFailure]
    milliseconds: Milliseconds


@exact
class Label(TypedDict):
    """The bare label of a picture."""

    prediction: str


@exact
class ClassColor(TypedDict):
    """A class and the colour it is shown by."""

    label: str
    hex: Annotated[HexColor | None, Field(description="Null where classes are no colours.")]


@exact
class Classes(TypedDict):
    """What the model tells apart."""

    task: str
    called: Called
    classes: list[ClassColor]


@exact
class Features(TypedDict):
    """How pixels become numbers."""

    name: str
    version: int
    names: list[str]
    working_size: int
    decode: str


@exact
class Limits(TypedDict):
    """What a request may ask for."""

    bytes: Annotated[int, Field(description="Of one file.")]
    pixels: Annotated[int, Field(description="Of one picture, width times height.")]
    files: Annotated[int, Field(description="Of one batch.")]
    request_bytes: Annotated[int, Field(description="Of one batch, everything together.")]
    waiting: Annotated[int, Field(description="Pictures that may wait; beyond, answers are 503.")]
    seconds: Annotated[float, Field(description="From a request's first byte to its answer.")]


@exact
class Model(TypedDict):
    """The model's card in short, and the limits of the service."""

    task: str
    called: Called
    family: str
    parameters: dict[str, Any]
    calibration: str
    classes: list[str]
    accuracy: Probability
    balanced_accuracy: Probability
    macro_f1: Probability
    ece: Annotated[Probability, Field(description="Expected calibration error.")]
    holdout_rows: int
    training_rows: int
    data_source: str
    features: Features
    library_versions: dict[str, str]
    sha256: str
    version: str
    limits: Limits


@exact
class Health(TypedDict):
    """That the process answers."""

    status: Literal["ok"]


@exact
class Readiness(TypedDict):
    """That predictions are taken."""

    status: Literal["ready"]


def json_response(fields: object) -> Response:
    """Return an answer of status 200."""
    body = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    # A label may hold half a surrogate pair, which is no text that could be sent.
    return Response(body.encode("utf-8", "replace"), media_type="application/json")


def model_version(model: Classifier) -> ModelVersion:
    """Return what every answer says of the model."""
    metadata = model.metadata
    return {"task": metadata.task.name, "family": metadata.family, "version": model.sha256[:12]}


def picture_answer(
    prediction: records.Prediction, filename: str, model: ModelVersion
) -> PictureAnswer:
    """Return what an answer says of one picture."""
    standing = prediction.stands_on
    return {
        "filename": filename,
        "label": prediction.label,
        "score": round(prediction.score, 6),
        "scores": {label: round(score, 6) for label, score in prediction.scores.items()},
        "stands_on": None if standing is None else _color_answer(standing),
        "palette": [_color_answer(color) for color in prediction.palette],
        "warnings": [
            {"code": warning.code, "message": warning.message} for warning in prediction.warnings
        ],
        "model": model,
    }


def _color_answer(color: records.PaletteColor) -> PaletteColor:
    return {"hex": color.hex, "share": round(color.share, 4), "name": color.name}


def classes_answer(model: Classifier) -> Classes:
    """Return what the model tells apart, and how each class is shown."""
    task = model.task
    classes: list[ClassColor] = [
        {"label": label, "hex": task.swatch_of(label)} for label in model.classes
    ]
    return {"task": task.name, "called": task.called, "classes": classes}


def model_answer(model: Classifier, limits: ServiceLimits) -> Model:
    """Return the model's card in short, and the limits of the service."""
    known, holdout = model.metadata, model.metadata.holdout
    return {
        "task": known.task.name,
        "called": known.task.called,
        "family": known.family,
        "parameters": known.parameters,
        "calibration": known.calibration,
        "classes": list(known.classes),
        "accuracy": holdout.accuracy,
        "balanced_accuracy": holdout.balanced_accuracy,
        "macro_f1": holdout.macro_f1,
        "ece": holdout.ece,
        "holdout_rows": holdout.rows,
        "training_rows": known.training_rows,
        "data_source": known.data_source,
        "features": _features_answer(known.feature_spec),
        "library_versions": known.library_versions,
        "sha256": model.sha256,
        "version": model.sha256[:12],
        "limits": _limits_answer(limits),
    }


def _features_answer(spec: FeatureSpec) -> Features:
    return {
        "name": spec.name,
        "version": spec.version,
        "names": list(spec.names),
        "working_size": spec.working_size,
        "decode": spec.decode,
    }


def _limits_answer(limits: ServiceLimits) -> Limits:
    return {
        "bytes": limits.max_file_bytes,
        "pixels": limits.max_pixels,
        "files": limits.max_files,
        "request_bytes": limits.max_request_bytes,
        "waiting": limits.max_waiting,
        "seconds": limits.max_seconds,
    }
