"""What every model says of a picture, measured once, off the event loop."""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from ..edges import note
from ..errors import ModelError
from ..features.backbones import backbone_of
from ..features.extract_features import FeatureSpec
from ..features.measuring import measure_picture
from ..images import LEAST_DECODED, WORKING_SIZE, ImageLimits, load_uncut
from ..models.analyse import load_each
from ..models.answers import Panel
from ..models.comparing.similar import Collection, SimilarWork
from ..models.explain_model import Explanation, explain
from ..models.predict_model import Classifier
from ..records import Prediction
from ..tasks import Kind, Task

Found = TypeVar("Found")

# So many works are told of.
_SIMILAR: Final = 6


class Looker:
    """Loaded models, and the threads that ask them.

    Parameters
    ----------
    models : sequence of Classifier
    limits : ImageLimits
        How large a picture may be.
    collection : Collection, optional
        Where works that are near to a picture are looked for.
    folder : Path, optional
        What its works are named from.
    """

    def __init__(
        self,
        models: Sequence[Classifier],
        limits: ImageLimits,
        collection: Collection | None = None,
        folder: Path | None = None,
    ) -> None:
        self.models, self.limits = tuple(models), limits
        self.collection, self._folder = collection, folder
        self._panel = Panel.of(self.models)
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="artlens-look")
        # Each thread looks at one picture at a time; more threads within would only get in the way.
        cv2.setNumThreads(1)
        threadpool_limits(1)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is asked of a picture."""
        return tuple(model.task for model in self.models)

    @property
    def works(self) -> int:
        """How many works there are to be near to a picture."""
        return len(self.collection.paths) - len(self.collection.failed) if self.collection else 0

    @property
    def least_side(self) -> int:
        """Short side of a picture that is large enough for all models, in pixels."""
        return max(map(_side_of, self._panel.specs))

    async def off_loop(self, function: Callable[..., Found], *args: object) -> Found:
        """Call a function of this object in one of its threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    def look(self, content: bytes) -> list[Prediction]:
        """Return what each model says.

        Raises
        ------
        ImageError
            If the picture cannot be used.
        """
        measured = measure_picture(content, self._panel.specs, limits=self.limits)
        (answers,) = self._panel.answer([("", measured)])
        return [found for found in answers if isinstance(found, Prediction)]

    def explain(self, content: bytes) -> list[tuple[Task, Explanation]]:
        """Return why each model says so, of those that can tell."""
        found = []
        for model in self.models:
            try:
                reasons = explain(content, model=model, limits=self.limits)
            except ModelError:
                continue
            # Of tags none may be said, of which there is nothing to tell.
            least = model.metadata.thresholds.get(reasons.label.name, 0.0)
            if reasons.label.probability >= least:
                found.append((model.task, reasons))
        return found

    def find_similar(self, content: bytes) -> list[tuple[str, SimilarWork]]:
        """Return the nearest works, by what they are called within their folder."""
        if self.collection is None:
            return []
        bgr = load_uncut(content, limits=self.limits).bgr
        works = self.collection.find(np.ascontiguousarray(bgr[..., ::-1]), _SIMILAR)
        return [(self._name(work.path), work) for work in works]

    def _name(self, path: str) -> str:
        return Path(os.path.relpath(path, self._folder)).with_suffix("").as_posix()

    def close(self) -> None:
        """End the threads, without waiting for what nobody waits for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _side_of(spec: FeatureSpec) -> int:
    """Return from which side on a smaller copy is measured like the whole."""
    return max(LEAST_DECODED * WORKING_SIZE, backbone_of(spec).input_size if spec.network else 0)


def load_all(tasks: Sequence[str]) -> list[Classifier]:
    """Load the model of each task, in their order; by default of all that are answered.

    Then one that cannot be loaded is told of and does not stop the others.

    Raises
    ------
    ModelError
        If a named one cannot be loaded, or none at all.
    """
    loaded = load_each(tasks)
    for error in loaded.failed.values():
        note(f"left out: {error}")
    if tasks:
        return list(loaded.models)
    return sorted(loaded.models, key=lambda model: _place_of(model.task))


def _place_of(task: Task) -> tuple[int, int, str]:
    """Place tags first, then colours, then what has few names before what has many."""
    first = 0 if task.kind is Kind.MANY else 1 if task.swatches else 2
    return first, len(task.classes), task.name
