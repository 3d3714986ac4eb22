"""A model that compares two pictures, found by name and ready to answer."""

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...records import ModelTag
from ...tasks import SAME_ARTIST
from ..answers import is_far
from ..artifact import JSON_FILE, load_pair_folder
from ..classifier import TrainingSpread
from ..registry import find_answering
from ..shelves import find_folder, nothing_called, written_ns
from ..storage.metadata import ModelMetadata
from .known_works import KnownWork
from .pair_model import PairModel, Verdicts, verdicts_of
from .pair_space import Floats, Placed, Rows


@dataclass(frozen=True, eq=False)
class Comparer:
    """A model that compares pictures; threads can share it.

    Attributes
    ----------
    name : str
        By which it was found: that of its folder.
    metadata : ModelMetadata
    sha256 : str
        Of the file that it was read from.
    """

    _model: PairModel
    name: str
    metadata: ModelMetadata
    sha256: str

    def __repr__(self) -> str:
        """Return what it answers: all that is known of it fills a screen."""
        return f"Comparer(name={self.name!r}, task={self.metadata.task.name!r})"

    @cached_property
    def verdicts(self) -> Verdicts:
        """The limits of its verdicts, and how often these are wrong."""
        return verdicts_of(self.metadata)

    @cached_property
    def tag(self) -> ModelTag:
        """What its answers say of it."""
        known = self.metadata
        return ModelTag(self.name, known.task.name, known.family, self.sha256[:12])

    @property
    def offset(self) -> float:
        """What log-odds are beside the product of two works and what is of each alone."""
        return float(self._model.space.offset)

    def is_unusual(self, row: NDArray[np.float64]) -> bool:
        """Tell whether a picture is so unlike those of training that nothing can be said of it."""
        return is_far(row, self.metadata.feature_spec, self._spread)

    @cached_property
    def _spread(self) -> TrainingSpread:
        space = self._model.space
        return TrainingSpread(space.mean.astype(np.float64), space.scale.astype(np.float64))

    def place(self, rows: Rows) -> Placed:
        """Return where rows of the network lie for a comparison."""
        return self._model.space.place(rows)

    def log_odds(self, first: Placed, second: Placed) -> Floats:
        """Return the log-odds of pairs by one artist, where half are so, shape (n,)."""
        return self._model.space.log_odds(first, second)

    def nearest_known(self, placed: Placed, most: int) -> list[tuple[KnownWork, ...]]:
        """Return for each picture the likest works of training."""
        return self._model.known.nearest(placed, self._model.space, most)


def load_comparer(name_or_folder: str | os.PathLike[str] | None = None) -> Comparer:
    """Load a model that compares pictures, after checking that it can be believed.

    Parameters
    ----------
    name_or_folder : str or path, optional
        By default the one that answers ``same_artist``.

    Raises
    ------
    ModelNotFound, ModelMismatch, UntrustedModel
        Each says what was found, what was expected and what to do.
    """
    folder = _find(name_or_folder).resolve()
    # What is not there is told of by who loads it.
    return _load_once(folder, written_ns(folder) if (folder / JSON_FILE).is_file() else 0)


def _find(name_or_folder: str | os.PathLike[str] | None) -> Path:
    if name_or_folder is None:
        return find_answering(SAME_ARTIST.name)
    folder = Path(name_or_folder)
    if not isinstance(name_or_folder, str) or name_or_folder != folder.name:
        return folder
    if (found := find_folder(folder.name)) is None and not folder.exists():
        raise nothing_called(folder.name)
    return found or folder


@lru_cache(maxsize=4)
def _load_once(folder: Path, _written_ns: int) -> Comparer:
    """Load a model once, and again after another one was written in its place."""
    model, metadata, digest = load_pair_folder(folder)
    return Comparer(model, folder.name, metadata, digest)
