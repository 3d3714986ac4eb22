"""A model folder: how it is saved, and what is checked before it is believed.

=====================  ==========================================================================
file                   holds
=====================  ==========================================================================
``model.skops``        the fitted pipeline, in a format without code: the file that is loaded
``model.json``         the metadata, the sums of the files, and rows with their probabilities
``README.md``          the model card, generated
``classifier.joblib``  the same pipeline for scikit-learn users, never loaded here
``scaler.joblib``      its scaler alone, for scikit-learn users
``space.npz``          of a model that compares two pictures, all that it goes by
``works.npz``          and the works that it gives as reasons
``novelty.npz``        what tells pictures of none of its classes, if it has learned that
=====================  ==========================================================================
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, ModelMismatch, ModelNotFound, UntrustedModel
from ..files import replace_folder, surviving_folder
from ..tasks import Kind
from .novelty import Novelty
from .reporting.model_card import render_model_card
from .scorer import Scorer, quick_steps
from .storage.metadata import (
    Check,
    FittedModel,
    HoldoutMetrics,
    LeaderboardRow,
    ModelFile,
    ModelMetadata,
    parse_model_json,
    render_model_json,
)
from .storage.model_checks import (
    calibrated_parts,
    check_model,
    check_soundness,
    fitted_parts,
    voters,
)
from .storage.rebuilding import Outline
from .storage.skops_format import FOREIGN_ERRORS, dump_estimator, load_estimator

if TYPE_CHECKING:
    from .comparing.pair_model import PairModel

__all__ = [
    "FittedModel",
    "HoldoutMetrics",
    "LeaderboardRow",
    "LoadedModel",
    "ModelMetadata",
    "load_model_folder",
    "load_pair_folder",
    "read_metadata",
    "save_model",
]

SKOPS_FILE: Final = "model.skops"
JSON_FILE: Final = "model.json"
CARD_FILE: Final = "README.md"
CLASSIFIER_FILE: Final = "classifier.joblib"
SCALER_FILE: Final = "scaler.joblib"
NOVELTY_FILE: Final = "novelty.npz"
# The shipped model has 15 KB of metadata; one of 1,000 classes 4 MB, most of it confusion matrix.
MAX_JSON_BYTES: Final = 1 << 23
# A forest of 500 trees on 12,000 rows takes about 60 MB.
MAX_SKOPS_BYTES: Final = 1 << 28


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that passed every check, and what gives its probabilities.

    Attributes
    ----------
    parts : CalibratedClassifierCV, TagClassifier or Outline
        The fitted estimator, or only its outline where that is all that answers need.
    metadata : ModelMetadata
    sha256 : str
        Sum of the file that it was read from.
    content : bytes
        That file, if `parts` is an outline.
    check_rows : tuple of tuple of float
        The few rows of its training that it was checked by.
    novelty : Novelty or None
        What tells pictures of none of its classes.
    """

    parts: Any
    metadata: ModelMetadata
    sha256: str = ""
    content: bytes = b""
    check_rows: tuple[tuple[float, ...], ...] = ()
    novelty: Novelty | None = None

    @cached_property
    def scorer(self) -> Scorer:
        """What gives its probabilities."""
        return Scorer.of(self.parts, self.metadata.classes)

    @cached_property
    def estimator(self) -> Any:
        """The fitted estimator, made from the file when it is first asked for."""
        if not self.content:
            return self.parts
        estimator = _quietly_load(self.content)
        check_soundness(estimator, len(self.metadata.feature_spec.names))
        return estimator


def save_model(model: FittedModel, folder: Path) -> None:
    """Write a model folder, in place of the one that is there; interrupted, it leaves the old one.

    The same model gives the same bytes. What is written was loaded once and answered the same.

    Parameters
    ----------
    model : FittedModel
    folder : Path
        Missing, empty, or a model folder.

    Raises
    ------
    ModelError
        If the model could not be loaded again.
    ConfigError
        If the folder holds anything but a model.
    """
    replace_folder(folder, _render_folder(model))


def load_model_folder(folder: Path) -> LoadedModel:
    """Load the model of a folder, if it can be believed; nothing in it can run code.

    Checked in this order: the sum of the file, its types, the consistency of its arrays, and
    that a few stored rows still get the same probabilities from the installed libraries.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ModelNotFound
        If there is no folder, or a file is missing.
    UntrustedModel
        If a file is damaged or tampered with, or holds types that are not allowed.
    ModelMismatch
        If the model was made for other features, or answers differently here.
    """
    try:
        return _load(folder)
    except (ModelNotFound, UntrustedModel):
        # A training may have replaced the folder between the reads of two of its files.
        return _load(folder)


def read_metadata(folder: Path) -> ModelMetadata:
    """Return what a model folder says of its model, which itself is not looked at.

    Raises
    ------
    ModelError
        If it cannot be read, or was written in another format version.
    """
    try:
        return _describe(surviving_folder(folder)).metadata
    except ModelError as error:
        raise type(error)(f"{folder}: {error}") from error


def _render_folder(model: FittedModel) -> dict[str, bytes]:
    """Return name and content of every file of the model's folder."""
    if model.metadata.task.kind is Kind.SAME:
        from .comparing.pair_folder import render_pair_folder

        return render_pair_folder(model, JSON_FILE, CARD_FILE)
    metadata, content = model.metadata, dump_estimator(model.estimator)
    scores = Scorer.plain(model.estimator, metadata.classes)(model.check_rows)
    check = Check(model.check_rows.tolist(), scores.tolist())
    check_model(load_parts(content), metadata, check)
    pipeline, scaler = export_joblib(load_estimator(content))
    files = {SKOPS_FILE: content, CLASSIFIER_FILE: pipeline, SCALER_FILE: scaler}
    if model.novelty is not None:
        files[NOVELTY_FILE] = model.novelty.to_bytes()
    sums = {name: sha256(data).hexdigest() for name, data in files.items()}
    files[JSON_FILE] = render_model_json(ModelFile(metadata, sums, check)).encode()
    files[CARD_FILE] = render_model_card(metadata).encode()
    return files


def _load(folder: Path) -> LoadedModel:
    home = surviving_folder(folder)
    if not home.is_dir():
        raise ModelNotFound(f"no model folder ({folder}); train one with `artlens train`")
    try:
        described = _describe(home)
    except ModelMismatch as error:
        raise ModelMismatch(f"{folder}: {error}") from error
    if described.metadata.task.kind is Kind.SAME:
        raise ModelMismatch(
            f"{folder} holds a model that compares two pictures; ask it with `artlens compare "
            "A B`, or name one that answers for a single picture"
        )
    content = _read_file(home / SKOPS_FILE, MAX_SKOPS_BYTES)
    _check_sum(content, described.sha256.get(SKOPS_FILE))
    parts = load_parts(content)
    check_model(parts, described.metadata, described.check)
    kept = content if isinstance(parts, Outline) else b""
    rows = tuple(map(tuple, described.check.features))
    novelty = _load_novelty(home, described) if NOVELTY_FILE in described.sha256 else None
    sha256 = described.sha256[SKOPS_FILE]
    return LoadedModel(parts, described.metadata, sha256, kept, rows, novelty)


def _load_novelty(home: Path, described: ModelFile) -> Novelty:
    content = _read_file(home / NOVELTY_FILE, MAX_SKOPS_BYTES)
    _check_sum(content, described.sha256[NOVELTY_FILE], NOVELTY_FILE)
    try:
        return Novelty.from_bytes(content, len(described.metadata.feature_spec.names))
    except FOREIGN_ERRORS as error:
        raise UntrustedModel(
            f"{NOVELTY_FILE} cannot be read ({type(error).__name__}: {error}); copy the model "
            "folder again from where it came from, or retrain"
        ) from error


def load_pair_folder(folder: Path) -> "tuple[PairModel, ModelMetadata, str]":
    """Load the model of a folder that compares two pictures, and the sum of its file.

    It is checked as by `load_model_folder`, whose errors these are.
    """
    from .comparing.pair_folder import SPACE_FILE, WORKS_FILE, rebuild_pair_model

    home = surviving_folder(folder)
    if not home.is_dir():
        raise ModelNotFound(f"no model folder ({folder}); train one with `artlens train`")
    described = _describe(home)
    if described.metadata.task.kind is not Kind.SAME:
        raise ModelMismatch(
            f"{folder} holds a model that answers {described.metadata.task.name} for a single "
            "picture; name one that compares two, as made by `artlens train --task same_artist`"
        )
    files = {name: _read_file(home / name, MAX_SKOPS_BYTES) for name in (SPACE_FILE, WORKS_FILE)}
    for name, content in files.items():
        _check_sum(content, described.sha256.get(name), name)
    model = rebuild_pair_model(files, described)
    return model, described.metadata, described.sha256[SPACE_FILE]


def load_parts(content: bytes) -> Any:
    """Return the outline of an estimator that NumPy can answer for, else the estimator."""
    return _quietly_load(content, lambda outline: quick_steps(outline) is not None)


def _quietly_load(content: bytes, is_enough: Callable[[Any], bool] | None = None) -> Any:
    with warnings.catch_warnings():
        # scikit-learn warns of any other version; here the stored rows decide.
        warnings.filterwarnings("ignore", message="Trying to unpickle estimator")
        return load_estimator(content, is_enough)


def _describe(folder: Path) -> ModelFile:
    return parse_model_json(_read_file(folder / JSON_FILE, MAX_JSON_BYTES))


def _read_file(path: Path, max_bytes: int) -> bytes:
    if not path.is_file():
        raise ModelNotFound(
            f"a model folder without {path.name} ({path.parent}); give one that "
            "`artlens train` wrote"
        )
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise ModelNotFound(f"{path} cannot be read ({error.strerror})") from error
    if len(content) > max_bytes:
        raise UntrustedModel(f"{path} is too large (more than {max_bytes} bytes)")
    return content


def _check_sum(content: bytes, expected: str | None, name: str = SKOPS_FILE) -> None:
    found = sha256(content).hexdigest()
    if found != expected:
        raise UntrustedModel(
            f"{name} is not the file that model.json describes (sha256 {found}, expected "
            f"{expected}); copy the model folder again from where it came from, or retrain"
        )


def export_joblib(estimator: Any) -> tuple[bytes, bytes]:
    """Return a calibrated pipeline and its scaler as joblib files; the same one, the same bytes.

    In the pipeline, the bytes between the fields of tree nodes, where C leaves what was in memory
    before, become zero. No class of this package is in them, so that scikit-learn alone loads them.
    """
    # Only who saves waits for all that it is made of.
    from .storage.plain_svc import without_own_classes

    for one in calibrated_parts(estimator):
        scaler, classifier = fitted_parts(one)
        for voter in voters(classifier):
            for tree in np.ravel(getattr(voter, "estimators_", [])):
                _blank_padding(tree.tree_.__getstate__()["nodes"])
    return _dump(without_own_classes(estimator)), _dump(scaler)


def _blank_padding(nodes: NDArray[np.void]) -> None:
    clean = np.zeros(nodes.shape, nodes.dtype)  # zeros_like leaves the padding as it is
    for name in nodes.dtype.names or ():
        clean[name] = nodes[name]
    # Copied as one piece: field by field would leave the padding as it is.
    record = np.dtype((np.void, nodes.itemsize))
    nodes.view(record)[...] = clean.view(record)


def _dump(estimator: Any) -> bytes:
    import joblib

    buffer = BytesIO()
    joblib.dump(estimator, buffer)
    return buffer.getvalue()
