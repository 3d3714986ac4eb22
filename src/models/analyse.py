"""All that models know of a picture, which is decoded and measured once for all of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from ..config import settings
from ..errors import ArtlensError, ModelError
from ..features.measuring import measure_picture
from ..images import ImageSource, Order, describe_source
from ..records import Analysis, FailedPrediction, Prediction
from ..tasks import TASKS, Kind, Task
from .answers import TRUNCATED, Panel, Result
from .artifact import read_metadata
from .classifier import Classifier
from .predict_many import answer_many
from .registry import load_model
from .shelves import model_folders

# Warnings that are about the picture, whatever is asked of it.
_OF_PICTURE: Final = (TRUNCATED.code,)
_NONE_FAILED: Final[Mapping[str, ArtlensError]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Loaded:
    """Models that answer, and why others do not.

    Attributes
    ----------
    models : tuple of Classifier
    failed : Mapping[str, ArtlensError]
        By task.
    """

    models: tuple[Classifier, ...]
    failed: Mapping[str, ArtlensError] = field(default_factory=dict)


def analyse(
    source: ImageSource,
    *,
    tasks: Sequence[str] | None = None,
    models: Sequence[Classifier] | None = None,
    order: Order = "rgb",
    min_score: float = 0.0,
) -> Analysis:
    """Say all that models know of one picture.

    Parameters
    ----------
    source : path, bytes, binary file, PIL.Image.Image or ndarray
        See :func:`src.images.load_image`.
    tasks : sequence of str, optional
        The questions, by name. Default: those of ``ARTLENS_TASKS``, else all that some model
        answers; of these, one whose model cannot be used is told of in the answer.
    models : sequence of Classifier, optional
        What answers them instead.
    order : {"rgb", "bgr"}
        Channel order of an array; other sources know theirs.
    min_score : float
        As in `predict`, of every answer.

    Returns
    -------
    Analysis

    Raises
    ------
    ImageError
        If the picture cannot be read.
    ModelError
        If a named model cannot be used, or none at all.
    ConfigError
        If `min_score` is not in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> red = np.zeros((64, 64, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> found = analyse(red, tasks=["color", "medium"])
    >>> [answer.model.task for answer in found.answers], found.answers[0].labels
    (['color', 'medium'], ('RED',))
    """
    loaded = load_each(tasks) if models is None else Loaded(tuple(models))
    panel = Panel.of(loaded.models, min_score)
    measured = measure_picture(source, panel.specs, order=order)
    (answers,) = panel.answer([(describe_source(source), measured)])
    found = gather(answers, loaded.failed)
    assert isinstance(found, Analysis)
    return found


def analyse_many(  # noqa: PLR0913 - one parameter for each option
    sources: Iterable[ImageSource | FailedPrediction],
    *,
    tasks: Sequence[str] | None = None,
    models: Sequence[Classifier] | None = None,
    order: Order = "rgb",
    min_score: float = 0.0,
    jobs: int | None = None,
) -> Iterator[Analysis | FailedPrediction]:
    """Say all that models know of many pictures, lazily, in order, on all cores.

    Parameters
    ----------
    sources, order, min_score, jobs
        As in `predict_many`.
    tasks, models
        As in `analyse`.

    Yields
    ------
    Analysis or FailedPrediction
        One for each source.

    Raises
    ------
    ModelError
        If a named model cannot be used, or none at all.
    ConfigError
        As of `predict_many`.
    """
    loaded = load_each(tasks) if models is None else Loaded(tuple(models))
    panel = Panel.of(loaded.models, min_score)
    found = answer_many(sources, panel, order=order, jobs=jobs)
    return (gather(answers, loaded.failed) for answers in found)


def gather(
    answers: Sequence[Result], failed: Mapping[str, ArtlensError] = _NONE_FAILED
) -> Analysis | FailedPrediction:
    """Put together what models say of one picture; what is true of the picture is said once.

    Parameters
    ----------
    answers : sequence of Prediction or FailedPrediction
        At least one; where one failed, all did.
    failed : Mapping[str, ArtlensError]
        Why other tasks have no answer.
    """
    said = [answer for answer in answers if isinstance(answer, Prediction)]
    if len(said) < len(answers):
        return next(answer for answer in answers if isinstance(answer, FailedPrediction))
    first = said[0]
    return Analysis(
        first.source,
        first.palette,
        tuple(warning for warning in first.warnings if warning.code in _OF_PICTURE),
        tuple(map(_without_what_is_said, said)),
        failed,
    )


def _without_what_is_said(answer: Prediction) -> Prediction:
    own = tuple(warning for warning in answer.warnings if warning.code not in _OF_PICTURE)
    return replace(answer, warnings=own)


def load_each(tasks: Sequence[str] | None = None) -> Loaded:
    """Load the model of each task.

    Parameters
    ----------
    tasks : sequence of str, optional
        Default: those of ``ARTLENS_TASKS``, else all that some model answers; of these, one that
        cannot be loaded does not stop the others.

    Raises
    ------
    ModelError
        If a named one cannot be loaded, or none at all.
    """
    if tasks:
        return Loaded(tuple(load_model(task=name) for name in dict.fromkeys(tasks)))
    models, failed = list[Classifier](), dict[str, ArtlensError]()
    for name in settings().tasks or answered_tasks():
        try:
            models.append(load_model(task=name))
        except ModelError as error:
            failed[name] = error
    if not models:
        reasons = "; ".join(map(str, failed.values())) or "there is none"
        raise ModelError(
            f"no model can be asked ({reasons}); train one with `artlens train`, or point "
            "ARTLENS_MODELS_DIR to a folder that holds one"
        )
    return Loaded(tuple(models), failed)


def answered_tasks(report: Callable[[ModelError], object] = lambda error: None) -> tuple[str, ...]:
    """Return the names of the tasks of one picture that some model answers."""
    return tuple(task.name for task in find_tasks(report) if task.kind is not Kind.SAME)


def find_tasks(report: Callable[[ModelError], object] = lambda error: None) -> tuple[Task, ...]:
    """Return the tasks that some model answers, those that come with the package first.

    Parameters
    ----------
    report : callable
        Is told of folders whose metadata cannot be read. One that is called like a task of the
        package counts as a model of that: it should not be missed in silence.
    """
    found = dict[str, Task]()
    for folder in model_folders():
        try:
            task = read_metadata(folder).task
        except ModelError as error:
            report(error)
            if folder.name in TASKS:
                found.setdefault(folder.name, TASKS[folder.name])
        else:
            found.setdefault(task.name, task)
    return tuple(sorted(found.values(), key=_place_of))


def _place_of(task: Task) -> tuple[int, str]:
    known = list(TASKS)
    return (known.index(task.name) if task.name in known else len(known)), task.name
