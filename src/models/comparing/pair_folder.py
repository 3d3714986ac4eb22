"""The folder of a model that compares pictures, written and read; nothing in it can run code.

``space.npz`` and ``works.npz`` hold plain arrays; ``model.json`` and ``README.md`` are as in every
model's folder.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelMismatch, UntrustedModel
from ...features.backbones import backbone_of, read_network
from ..storage.metadata import Check, FittedModel, ModelFile, ModelMetadata, render_model_json
from ..storage.skops_format import FOREIGN_ERRORS
from .known_works import KnownWorks
from .pair_card import render_pair_card
from .pair_model import PairModel, verdicts_of
from .pair_space import PairSpace, sigmoid

SPACE_FILE: Final = "space.npz"
WORKS_FILE: Final = "works.npz"
# Sums of float32 differ from one processor to another.
_TOLERANCE: Final = 1e-3


def render_pair_folder(model: FittedModel, json_file: str, card_file: str) -> dict[str, bytes]:
    """Return name and content of every file."""
    fitted: PairModel = model.estimator
    files = {SPACE_FILE: fitted.space.to_bytes(), WORKS_FILE: fitted.known.to_bytes()}
    sums = {name: sha256(content).hexdigest() for name, content in files.items()}
    scores = _compare_in_ring(fitted.space, model.check_rows)
    described = ModelFile(model.metadata, sums, Check(model.check_rows.tolist(), scores.tolist()))
    rebuild_pair_model(files, described)
    files[json_file] = render_model_json(described).encode()
    files[card_file] = render_pair_card(model.metadata).encode()
    return files


def rebuild_pair_model(files: Mapping[str, bytes], described: ModelFile) -> PairModel:
    """Return the model of a folder's files, whose sums were checked, if it can be believed.

    Raises
    ------
    UntrustedModel
        If arrays do not fit together.
    ModelError
        If it was made for another network, or compares differently here.
    """
    metadata = described.metadata
    try:
        space = PairSpace.from_bytes(files[SPACE_FILE], len(metadata.feature_spec.names))
        known = KnownWorks.from_bytes(files[WORKS_FILE], space.sign_ends[-1])
        verdicts_of(metadata)
        rows, expected = np.array(described.check.features), np.array(described.check.scores)
        found = _compare_in_ring(space, rows)
    except FOREIGN_ERRORS as error:
        raise UntrustedModel(
            f"the model cannot be read ({type(error).__name__}: {error}); copy its folder again "
            "from where it came from, or retrain"
        ) from error
    # Nobody should hear of its lack only when the first picture is there.
    read_network(backbone_of(metadata.feature_spec))
    _check_answers(found, expected, metadata)
    return PairModel(space, known)


def _compare_in_ring(space: PairSpace, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each row whether it and the next are by different artists, or by the same."""
    same = sigmoid(space.log_odds(space.place(rows), space.place(np.roll(rows, -1, axis=0))))
    return np.column_stack([1 - same, same])


def _check_answers(
    found: NDArray[np.float64], expected: NDArray[np.float64], metadata: ModelMetadata
) -> None:
    if found.shape != expected.shape or not len(found):
        raise UntrustedModel(
            f"the stored rows do not fit the model (shapes {found.shape} and {expected.shape}); "
            "copy the model folder again from where it came from, or retrain"
        )
    if not (apart := float(np.abs(found - expected).max())) <= _TOLERANCE:
        raise ModelMismatch(
            f"the model compares differently here: stored rows are off by {apart:.2g} and "
            f"{_TOLERANCE:g} is allowed; train {metadata.task.name} anew"
        )
