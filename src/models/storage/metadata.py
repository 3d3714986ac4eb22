"""What is known of a fitted model, and the text form of it that stands in ``model.json``."""

import json
import platform
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from ...errors import ModelError, ModelMismatch, UntrustedModel
from ...features.extract_features import FeatureSpec
from ...tasks import Task
from ..novelty import Novelty

FORMAT_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One family's best cross-validated result.

    A family that was too far behind to win was ``given_up_after`` so many folds, and its figures
    are of these; 0 means that they are of all.
    """

    family: str
    params: dict[str, Any]
    cv_mean: float
    cv_std: float
    fit_seconds: float
    given_up_after: int = 0

    def rank(self) -> tuple[int, float]:
        """Return what rows are sorted by: best first, and behind all others what was given up.

        Means over different folds say nothing of each other, so one of fewer folds stands lower.
        """
        return -(self.given_up_after or sys.maxsize), -self.cv_mean


@dataclass(frozen=True, slots=True)
class TagFigures:
    """How a tag was told in the ``rows`` in which it is known; in ``positives`` it is there."""

    name: str
    rows: int
    positives: int
    average_precision: float
    precision: float
    recall: float
    f1: float
    threshold: float


@dataclass(frozen=True, slots=True)
class ManyFigures:
    """What is told of tags alone: of all together, and of each."""

    mean_average_precision: float
    micro_f1: float
    hamming_loss: float
    tags: tuple[TagFigures, ...]


@dataclass(frozen=True, slots=True)
class HoldoutMetrics:
    """How the winner did on the rows nothing was fitted on.

    ``top_5`` is the share of rows whose class is among the five likeliest, where there are many.
    Of tags, ``accuracy`` is the share of rows in which all were told right.
    """

    rows: int
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    ece: float
    confusion_matrix: list[list[int]]
    top_5: float | None = None
    many: ManyFigures | None = None


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """What came of a network in a comparison of several, on the same rows and splits.

    ``bytes`` are those of its file, ``width`` is the length of its rows, and ``picture_ms`` is what
    a decoded picture takes it on one thread. ``cv_mean`` and ``cv_std`` are those of the family
    that won with it, ``figures`` that model's on the hold-out.
    """

    network: str
    sha256: str
    bytes: int
    width: int
    picture_ms: float
    family: str
    cv_mean: float
    cv_std: float
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Leak:
    """What accuracy would have been with rows of one group on both sides of the split.

    ``repeated`` are the rows, of both sides, that share their group with others.
    """

    accuracy: float
    repeated: int


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What stands in ``model.json`` beside the fitted pipeline.

    ``classes`` are those that it can answer with. Classes of the task with fewer rows than
    ``min_count``, or none for either side of the split, are in ``left_out`` with their rows.
    ``given_split`` tells that the table named the rows of the hold-out itself. Of ``seen_rows`` the
    network that measured the pictures was trained on the pictures; the model is fitted on these too
    and, where ``judged_unseen``, calibrated and judged by the others alone; so it is with
    ``painted_rows``, those of the built-in gallery beside real ones, which ``training_rows`` leave
    out and ``data_sha256`` too: ``gallery_sha256`` is of these. ``leak``, if any group
    of the table has several rows, tells what they were kept together for. Of ``mirrored_rows`` the
    model learned the mirrored pictures too. ``networks`` are those that were compared, of which the
    one that measures for this model did best over the training folds. Of tags, ``thresholds`` tell
    from which probability on each is said.
    """

    task: Task
    classes: tuple[str, ...]
    feature_spec: FeatureSpec
    family: str
    parameters: dict[str, Any]
    calibration: str
    leaderboard: tuple[LeaderboardRow, ...]
    holdout: HoldoutMetrics
    training_rows: int
    search: str
    seed: int
    data_source: str
    data_sha256: str
    library_versions: dict[str, str]
    min_count: int = 8
    left_out: dict[str, int] = field(default_factory=dict)
    given_split: bool = False
    seen_rows: int = 0
    judged_unseen: bool = False
    painted_rows: int = 0
    gallery_sha256: str = ""
    leak: Leak | None = None
    mirrored_rows: int = 0
    networks: tuple[NetworkRow, ...] = ()
    thresholds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A calibrated pipeline with what is known of it.

    ``estimator`` is a fitted ``CalibratedClassifierCV`` around ``Pipeline(scale, classify)``;
    ``check_rows`` are a few feature rows, shape (n, n_features), whose probabilities are stored on
    saving. ``novelty``, if it has learned that, tells pictures of none of its classes.
    """

    estimator: Any
    metadata: ModelMetadata
    check_rows: NDArray[np.float64]
    novelty: Novelty | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Feature rows and the probabilities that the model gave for them when it was saved.

    ``scores`` has one column per class, in the order of ``ModelMetadata.classes``.
    """

    features: list[list[float]]
    scores: list[list[float]]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """All that ``model.json`` says: the metadata, the sums of the files beside it, the check."""

    metadata: ModelMetadata
    sha256: dict[str, str]
    check: Check


@dataclass(frozen=True, slots=True)
class _FileFields:
    """The fields of ``model.json`` that are not metadata."""

    sha256: dict[str, str]
    check: Check


_METADATA: Final = TypeAdapter(ModelMetadata)
_FILE_FIELDS: Final = TypeAdapter(_FileFields)


def library_versions() -> dict[str, str]:
    """Return the versions of everything that takes part in an answer."""
    return {
        "python": platform.python_version(),
        "opencv": cv2.__version__,
        **{name: _version(name) for name in ("numpy", "scikit-learn", "scipy", "skops")},
    }


def compare_versions(metadata: ModelMetadata) -> str:
    """Say which libraries made the model and which are installed, where they differ."""
    installed = library_versions()
    pairs = [
        f"{name} {made} (installed: {installed.get(name, 'none')})"
        for name, made in metadata.library_versions.items()
        if made != installed.get(name)
    ]
    return f"made with {', '.join(pairs)}" if pairs else "made with the installed versions"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def render_model_json(model_file: ModelFile) -> str:
    """Return the text of ``model.json``: a line for each field, sorted, so that it compares well.

    Raises
    ------
    ModelError
        If a parameter or a number has no place in JSON.
    """
    fields = asdict(model_file.metadata) | {
        "format_version": FORMAT_VERSION,
        "sha256": model_file.sha256,
        "check": asdict(model_file.check),
    }
    try:
        lines = [f'"{name}": {_to_json(fields[name])}' for name in sorted(fields)]
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"the model's metadata cannot be written as JSON ({error}); "
            "keep its parameters to numbers, texts and lists of them"
        ) from error
    return "{\n" + ",\n".join(lines) + "\n}\n"


def parse_model_json(content: bytes) -> ModelFile:
    """Read ``model.json``.

    Raises
    ------
    UntrustedModel
        If it is not JSON, or lacks a field, or a field has another type.
    ModelMismatch
        If it was written in another format version.
    """
    try:
        fields = json.loads(content)
        written = fields["format_version"]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _unreadable(repr(error)) from error
    if written != FORMAT_VERSION:
        raise ModelMismatch(
            f"model.json has format version {written!r}, and {FORMAT_VERSION} is what is read "
            f"here; make the model anew with `artlens train{_task_option(fields)}`, or install the "
            "artlens that wrote it"
        )
    try:
        return _model_file(fields)
    except ValidationError as error:
        raise _unreadable(_first_fault(error)) from error


def _model_file(fields: dict[str, Any]) -> ModelFile:
    rest = _FILE_FIELDS.validate_python(fields)
    return ModelFile(_METADATA.validate_python(fields), rest.sha256, rest.check)


def _task_option(fields: dict[str, Any]) -> str:
    """Return the option that names the task of a file in whatever format."""
    task = fields.get("task")
    name = task.get("name") if isinstance(task, dict) else task
    return f" --task {name}" if isinstance(name, str) else ""


def _unreadable(fault: str) -> UntrustedModel:
    return UntrustedModel(
        f"model.json cannot be read ({fault}); copy the model folder again from where it came from"
    )


def _first_fault(error: ValidationError) -> str:
    """Return the place and the message of the first thing that did not fit."""
    fault = error.errors()[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def _to_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False, default=_to_plain)


def _to_plain(value: object) -> object:
    """Turn NumPy's scalars and arrays, which grids are made of, into plain numbers."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")
