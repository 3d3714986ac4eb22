"""The JSON of what is known of the model and the service, described once."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from ..features.extract_features import FeatureSpec
from ..models.predict_model import Classifier
from . import searched_folder
from .answers_json import HexColor, ModelVersion, Probability, Unanswered
from .limits import ServiceLimits
from .problems import Code, exact, image_problem, reason
from .searched_folder import Progress
from .served_models import Place, Status

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
class TaskReadiness(TypedDict):
    """How far the model of a task is."""

    task: str
    status: Status
    reason: Annotated[str | None, Field(description="Why it failed.")]


@exact
class Readiness(TypedDict):
    """That predictions are taken, and by which models."""

    status: Literal["ready"]
    tasks: list[TaskReadiness]


@exact
class ServedTask(TaskReadiness):
    """A task that is answered, or would be."""

    kind: Annotated[
        Literal["one", "many", "same"],
        Field(description="One label, any number of them, or whether two pictures have the same."),
    ]
    noun: Called
    classes: Annotated[list[str], Field(description="Every possible label, if it is known yet.")]
    swatches: Annotated[
        dict[str, HexColor], Field(description="By which colour each is shown, if classes are any.")
    ]
    model: Annotated[ModelVersion | None, Field(description="Null until it is ready.")]


@exact
class Folder(TypedDict):
    """How far the folder is that is searched for works like a picture."""

    status: Progress
    pictures: Annotated[int, Field(description="Works in it, as far as it was looked through.")]
    measured: Annotated[int, Field(description="Works that are found.")]
    failed: Annotated[int, Field(description="Works that cannot be read.")]


@exact
class FolderFailure(TypedDict):
    """A work that cannot be used."""

    path: Annotated[str, Field(description="Within the folder.")]
    code: Code
    message: str


@exact
class SearchedFolder(Folder):
    """The same, and which works cannot be read."""

    failures: list[FolderFailure]


@exact
class Tasks(TypedDict):
    """All that is asked of pictures here."""

    tasks: list[ServedTask]
    similar: Annotated[
        Folder | None, Field(description="Null where no folder was given to be searched.")
    ]


def classes_answer(model: Classifier) -> Classes:
    """Return what the model tells apart, and how each class is shown."""
    task = model.task
    classes: list[ClassColor] = [
        {"label": label, "hex": task.swatch_of(label)} for label in model.classes
    ]
    return {"task": task.name, "called": task.called, "classes": classes}


def readiness_answer(places: Sequence[Place]) -> Readiness:
    """Return which models answer, once predictions are taken."""
    return {"status": "ready", "tasks": [_readiness(place) for place in places]}


def _readiness(place: Place) -> TaskReadiness:
    return {"task": place.task.name, "status": place.status, "reason": place.reason}


def unanswered(place: Place) -> Unanswered:
    """Return why a task has no answer."""
    if place.status == "loading":
        message = "Its model is being loaded; ask again in a moment."
        return {"task": place.task.name, "code": "model_loading", "message": message}
    message = place.reason or ""
    return {"task": place.task.name, "code": "model_failed", "message": message}


def tasks_answer(places: Sequence[Place], folder: searched_folder.SearchedFolder | None) -> Tasks:
    """Return what is asked of pictures, and how far each model is."""
    similar = None if folder is None else _folder(folder)
    return {"tasks": [_task(place) for place in places], "similar": similar}


def folder_answer(folder: searched_folder.SearchedFolder, limits: ServiceLimits) -> SearchedFolder:
    """Return how far a folder is, and what cannot be read of it."""
    failures: list[FolderFailure] = [
        {"path": path, **reason(image_problem(error, limits))}
        for path, error in folder.failed.items()
    ]
    return {**_folder(folder), "failures": failures}


def _folder(folder: searched_folder.SearchedFolder) -> Folder:
    return {
        "status": folder.progress,
        "pictures": folder.pictures,
        "measured": folder.measured,
        "failed": len(folder.failed),
    }


def _task(place: Place) -> ServedTask:
    task = place.task
    swatches = zip(task.classes, task.swatches, strict=False)
    return {
        **_readiness(place),
        "kind": task.kind.value,
        "noun": task.called,
        "classes": list(task.classes),
        "swatches": dict(swatches),
        "model": place.version,
    }


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
