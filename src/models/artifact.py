"""A model folder: how it is saved, and what is checked before it is believed.

=====================  ==========================================================================
file                   holds
=====================  ==========================================================================
``model.skops``        the fitted pipeline, in a format without code: the file that is loaded
``model.json``         the metadata, the sums of the files, and rows with their probabilities
``README.md``          the model card, generated
``classifier.joblib``  the same pipeline for scikit-learn users, loaded only when it is trusted
``scaler.joblib``      its scaler alone, for scikit-learn users
=====================  ==========================================================================
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..errors import ModelNotFound, UntrustedModel
from ..files import replace_folder, surviving_folder
from .scorer import Scorer, make_scorer
from .storage.joblib_export import export_joblib, load_joblib
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
from .storage.model_checks import check_model, score_features
from .storage.skops_format import dump_estimator, load_estimator

__all__ = [
    "FittedModel",
    "HoldoutMetrics",
    "LeaderboardRow",
    "LoadedModel",
    "ModelMetadata",
    "load_model_folder",
    "load_trusted_joblib",
    "save_model",
]

SKOPS_FILE: Final = "model.skops"
JSON_FILE: Final = "model.json"
CARD_FILE: Final = "README.md"
CLASSIFIER_FILE: Final = "classifier.joblib"
SCALER_FILE: Final = "scaler.joblib"
FOLDER_FILES: Final = frozenset({SKOPS_FILE, JSON_FILE, CARD_FILE, CLASSIFIER_FILE, SCALER_FILE})
# The shipped model has 2 KB of metadata and as much again for every family and class.
MAX_JSON_BYTES: Final = 1 << 22
# A forest of 500 trees on 12,000 rows takes about 60 MB.
MAX_SKOPS_BYTES: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that passed every check, and what gives its probabilities.

    ``sha256`` is that of the file it was read from.
    """

    estimator: Any
    metadata: ModelMetadata
    sha256: str = ""
    scorer: Scorer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scorer", make_scorer(self.estimator, self.metadata.classes))


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

    Returns
    -------
    LoadedModel

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
        return _load(folder, SKOPS_FILE, MAX_SKOPS_BYTES, load_estimator)
    except (ModelNotFound, UntrustedModel):
        # A training may have replaced the folder between the reads of two of its files.
        return _load(folder, SKOPS_FILE, MAX_SKOPS_BYTES, load_estimator)


def load_trusted_joblib(path: Path) -> LoadedModel:
    """Load ``classifier.joblib``, which may run any code: only for files of one's own.

    Parameters
    ----------
    path : Path
        The file; its ``model.json`` stands beside it.

    Raises
    ------
    ModelNotFound, UntrustedModel, ModelMismatch
        As in `load_model_folder`; all but its types is checked.
    """
    return _load(path.parent, path.name, MAX_SKOPS_BYTES, load_joblib)


def _render_folder(model: FittedModel) -> dict[str, bytes]:
    """Return name and content of every file of the model's folder."""
    # The card needs scikit-learn on import; whoever loads a model should not wait for it.
    from .reporting.model_card import render_model_card

    metadata, content = model.metadata, dump_estimator(model.estimator)
    scores = score_features(model.estimator, metadata.classes, model.check_rows)
    check = Check(model.check_rows.tolist(), scores.tolist())
    estimator = load_estimator(content)
    check_model(estimator, metadata, check)
    pipeline, scaler = export_joblib(estimator)
    files = {SKOPS_FILE: content, CLASSIFIER_FILE: pipeline, SCALER_FILE: scaler}
    sums = {name: sha256(data).hexdigest() for name, data in files.items()}
    files[JSON_FILE] = render_model_json(ModelFile(metadata, sums, check)).encode()
    files[CARD_FILE] = render_model_card(metadata).encode()
    return files


def _load(folder: Path, name: str, max_bytes: int, rebuild: Callable[[bytes], Any]) -> LoadedModel:
    home = surviving_folder(folder)
    if not home.is_dir():
        raise ModelNotFound(f"no model folder ({folder}); train one with `artlens train`")
    described = parse_model_json(_read_file(home / JSON_FILE, MAX_JSON_BYTES))
    content = _read_file(home / name, max_bytes)
    _check_sum(content, described, name)
    with warnings.catch_warnings():
        # scikit-learn warns of any other version; here the stored rows decide.
        warnings.filterwarnings("ignore", message="Trying to unpickle estimator")
        estimator = rebuild(content)
    check_model(estimator, described.metadata, described.check)
    return LoadedModel(estimator, described.metadata, described.sha256[name])


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


def _check_sum(content: bytes, described: ModelFile, name: str) -> None:
    found, expected = sha256(content).hexdigest(), described.sha256.get(name)
    if found != expected:
        raise UntrustedModel(
            f"{name} is not the file that model.json describes (sha256 {found}, expected "
            f"{expected}); copy the model folder again from where it came from, or retrain"
        )
