"""The models that answer: the main one first, the others one after the other in the background.

One that cannot be loaded stops no other: what it would answer is left unanswered, and why is told.
"""

import gc
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import Final, Literal, TypeAlias

import numpy as np

from ..errors import ConfigError, ModelError, ModelMismatch, ModelNotFound, UntrustedModel
from ..models.analyse import find_tasks
from ..models.comparing.compare import compare
from ..models.comparing.comparer import Comparer, load_comparer
from ..models.explain_model import explain
from ..models.predict_model import Classifier, analyse, load_model, predict
from ..tasks import COLOR, SAME_ARTIST, Kind, Task, find_task
from .answers_json import (
    EXAMPLE_MS,
    Analysis,
    Explanation,
    ModelVersion,
    PictureAnswer,
    analysis_answer,
    explanation_answer,
    model_version,
    picture_answer,
)
from .limits import ServiceLimits
from .metrics import Metrics
from .watch import log_line

Status: TypeAlias = Literal["ready", "loading", "failed"]

# What those who ask are told of a model that cannot be loaded. The log tells more: where it is.
_REASONS: Final = (
    (ModelNotFound, "No such model is there, or the network that it needs is missing."),
    (UntrustedModel, "Its files are damaged, or hold what is not allowed."),
    (ModelMismatch, "It was made for other features, or by other versions."),
)
_UNFORESEEN: Final = "It could not be loaded; the log says why."
_NAME: Final = "picture.jpg"


@dataclass(frozen=True, slots=True)
class Engine:
    """A loaded model, and what is said of it.

    Attributes
    ----------
    model : Classifier
    version : ModelVersion
        What every answer says of the model.
    """

    model: Classifier
    version: ModelVersion

    @classmethod
    def start(cls, model: Classifier) -> "Engine":
        """Answer once, so that nothing is left to be set up."""
        predict(_black(), model=model)
        return cls(model, model_version(model))


@dataclass(frozen=True, slots=True)
class Examples:
    """What a model says of a black picture, for the page of the API.

    Attributes
    ----------
    prediction : PictureAnswer
    analysis : Analysis
        As if there were no other model.
    explanation : Explanation or None
        Why it says so; None if the model cannot tell.
    """

    prediction: PictureAnswer
    analysis: Analysis
    explanation: Explanation | None

    @classmethod
    def of(cls, engine: Engine) -> "Examples":
        """Ask a model all that it can be asked."""
        black, model, version = _black(), engine.model, engine.version
        said = analyse(black, models=[model])
        told = analysis_answer(
            said, _NAME, [(model.task, version, model.metadata.thresholds)], [], EXAMPLE_MS
        )
        reasons = None
        if model.spread is not None:
            reasons = explanation_answer(explain(black, model=model), _NAME, version, EXAMPLE_MS)
        return cls(picture_answer(predict(black, model=model), _NAME, version), told, reasons)


@dataclass(frozen=True, slots=True)
class Place:
    """A task, and how far its model is.

    Attributes
    ----------
    task : Task
    status : Status
    reason : str or None
        Why it failed.
    version : ModelVersion or None
        Of a model that is ready.
    """

    task: Task
    status: Status = "loading"
    reason: str | None = None
    version: ModelVersion | None = None


class ServedModels:
    """The models of one application, from its start to its end.

    Parameters
    ----------
    limits : ServiceLimits
    metrics : Metrics
    """

    def __init__(self, limits: ServiceLimits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._places: dict[str, Place] = {}
        self._engines: dict[str, Engine] = {}
        self._stopping = Event()
        self._loader: Thread | None = None
        # What /v1/predict asks.
        self.main: Engine | None = None
        self.examples: Examples | None = None
        # What compares two pictures.
        self.comparer: Comparer | None = None

    @property
    def places(self) -> Sequence[Place]:
        """All tasks, those that come with the package first."""
        return list(self._places.values())

    @property
    def engines(self) -> Mapping[str, Engine]:
        """The models of one picture that are ready, by task, in the order of the tasks."""
        ready = self._engines
        return {name: ready[name] for name in self._places if name in ready}

    def start(self, main: Classifier, then: Callable[[Comparer], object]) -> None:
        """Make the main model ready, and begin to load the others.

        Parameters
        ----------
        main : Classifier
        then : callable
            Called, in the thread that loads, with what compares two pictures.
        """
        tasks = dict.fromkeys([main.task, *self._others(main.task)])
        self._places = {task.name: Place(task) for task in _in_order(tasks)}
        self.main = Engine.start(main)
        self.examples = Examples.of(self.main)
        self._take(self.main)
        keep_what_is_there()
        self._loader = Thread(target=self._load_others, args=(then,), name="artlens-load")
        self._loader.start()

    def stop(self) -> None:
        """Load no more."""
        self._stopping.set()
        if self._loader is not None:
            self._loader.join()
        self.main = None

    def _others(self, main: Task) -> list[Task]:
        """Return what else is to be answered: as the settings say, else all that can be."""
        known = {task.name: task for task in find_tasks(_report)}
        names = list(self._limits.asked or known)
        if self._limits.similar is not None:
            names.append(SAME_ARTIST.name)
        return [known.get(name) or find_task(name) for name in names if name != main.name]

    def _load_others(self, then: Callable[[Comparer], object]) -> None:
        waiting = [place.task for place in self.places if place.status == "loading"]
        # What names a picture first: more wait for that.
        for task in sorted(waiting, key=lambda task: task.kind is Kind.SAME):
            if self._stopping.is_set():
                return
            self._load(task)
        keep_what_is_there()
        if self.comparer is not None:
            then(self.comparer)

    def _load(self, task: Task) -> None:
        """Load a model; whatever is wrong with it is told, and is its own affair."""
        try:
            if task.kind is Kind.SAME:
                self._take_comparer(load_comparer())
            else:
                self._take(Engine.start(load_model(task=task.name)))
        except Exception as error:
            self._give_up(task, error)

    def _take(self, engine: Engine) -> None:
        task = engine.model.task
        self._engines[task.name] = engine
        self._note_ready(task, engine.version)

    def _take_comparer(self, comparer: Comparer) -> None:
        compare(_black(), _black(), model=comparer)
        self.comparer = comparer
        self._note_ready(comparer.metadata.task, model_version(comparer))

    def _note_ready(self, task: Task, version: ModelVersion) -> None:
        self._places[task.name] = Place(task, "ready", version=version)
        self._metrics.models_ready.labels(task.name).inc()

    def _give_up(self, task: Task, error: Exception) -> None:
        foreseen = isinstance(error, ModelError | ConfigError)
        details = {} if foreseen else {"traceback": traceback.format_exc()}
        log_line(level="ERROR", task=task.name, message=f"left out: {error}", **details)
        reason = next((said for kind, said in _REASONS if isinstance(error, kind)), _UNFORESEEN)
        self._places[task.name] = replace(self._places[task.name], status="failed", reason=reason)
        self._metrics.model_failures.labels(task.name).inc()


def load_main(limits: ServiceLimits) -> Classifier:
    """Load the main model: that of a name or folder, else that of a task.

    Raises
    ------
    ModelError
        If there is no such model, or it cannot be believed.
    """
    if limits.model:
        return load_model(limits.model)
    first = next((name for name in limits.asked if name != SAME_ARTIST.name), COLOR.name)
    return load_model(task=limits.task or first)


def keep_what_is_there() -> None:
    """Let what is there now stay to the end.

    Left to the garbage collector, going through all of it stops every thread for some 0.1 s again
    and again while requests come in.
    """
    gc.collect()
    gc.freeze()


def _in_order(tasks: Mapping[Task, object]) -> list[Task]:
    known = [task.name for task in find_tasks()]
    return sorted(
        tasks, key=lambda task: known.index(task.name) if task.name in known else len(known)
    )


def _black() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return np.zeros((8, 8, 3), np.uint8)


def _report(error: ModelError) -> None:
    log_line(level="WARNING", message=str(error))
