"""The JSON of what is known of the model and the service, described once."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from ..features.extract_features import FeatureSpec
from ..models.predict_model import Classifier
from .answers_json import HexColor, Probability
from .limits import ServiceLimits
from .problems import exact

Called = Annotated[str, Field(description="What an answer is called in a sentence.")]


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

    name: str
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
        "name": model.name,
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
