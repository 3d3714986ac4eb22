"""What a rebuilt estimator must fulfil: fit its metadata, and answer as it did when saved."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import ModelMismatch, UntrustedModel
from ...features.specs import SPECS
from ..scorer import make_scorer
from .metadata import Check, ModelMetadata
from .skops_format import FOREIGN_ERRORS
from .soundness import check_soundness

# Other builds of the same library add in another order: about 1e-12. A changed algorithm shows.
SCORE_TOLERANCE: Final = 1e-6
_RETRAIN: Final = "retrain with `artlens train`"


def check_model(estimator: Any, metadata: ModelMetadata, check: Check) -> None:
    """Refuse an estimator that does not fit its metadata or its stored rows.

    Raises
    ------
    ModelMismatch
        Made for other features or classes, or the stored rows come out differently.
    UntrustedModel
        Not a calibrated pipeline of a known family, or its arrays do not hold together.
    """
    _check_features(metadata)
    try:
        check_soundness(estimator, len(metadata.feature_spec.names))
        _check_classes(estimator, metadata)
        features, expected = np.array(check.features, float), np.array(check.scores, float)
        _check_shapes(features, expected, metadata)
        found = make_scorer(estimator, metadata.classes)(features)
    except FOREIGN_ERRORS as error:
        raise ModelMismatch(
            f"the model does not work here ({type(error).__name__}: {error}; "
            f"{compare_versions(metadata)}); {_RETRAIN}, or install those versions"
        ) from error
    _check_answers(found, expected, metadata)


def score_features(
    estimator: Any, classes: tuple[str, ...], features: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability of every class, shape (n, k), in the order of ``classes``.

    This is scikit-learn's own way, with which `check_model` compares the quicker ones.
    """
    known = estimator.classes_.tolist()
    scores = estimator.predict_proba(features)[:, [known.index(name) for name in classes]]
    return np.asarray(scores, np.float64)


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


def _check_features(metadata: ModelMetadata) -> None:
    found = metadata.feature_spec
    if found not in SPECS.values():
        expected = SPECS.get(found.version, f"one of the versions {', '.join(map(str, SPECS))}")
        raise ModelMismatch(
            f"the model was made for other features ({found}; expected {expected}); {_RETRAIN}"
        )


def _check_classes(estimator: Any, metadata: ModelMetadata) -> None:
    found, expected = estimator.classes_.tolist(), metadata.classes
    if sorted(found) != sorted(expected):
        raise ModelMismatch(
            f"the model knows other classes than its metadata ({', '.join(map(str, found))}; "
            f"expected {', '.join(expected)}); {_RETRAIN}"
        )


def _check_shapes(
    features: NDArray[np.float64], scores: NDArray[np.float64], metadata: ModelMetadata
) -> None:
    rows = len(features)
    fits = features.shape == (rows, len(metadata.feature_spec.names)) and scores.shape == (
        rows,
        len(metadata.classes),
    )
    if not (rows and fits):
        raise UntrustedModel(
            f"the stored rows do not fit the model (shapes {features.shape} and {scores.shape}); "
            "copy the model folder again from where it came from, or retrain"
        )


def _check_answers(
    found: NDArray[np.float64], expected: NDArray[np.float64], metadata: ModelMetadata
) -> None:
    apart = np.abs(found - expected).max(axis=1)
    same_label = found.argmax(axis=1) == expected.argmax(axis=1)
    # Not-a-number is never within the tolerance.
    wrong = np.flatnonzero(~((apart <= SCORE_TOLERANCE) & same_label))
    if wrong.size:
        row = wrong[0]
        raise ModelMismatch(
            f"the model answers differently here: stored row {row} is off by {apart[row]:.2g} and "
            f"{SCORE_TOLERANCE:g} is allowed ({compare_versions(metadata)}); {_RETRAIN}, or "
            "install those versions"
        )
