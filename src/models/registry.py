"""Models by name: which there are, which one answers a task, and how a new one is kept.

Training makes a new model and leaves all others as they are; where a model answers a task already,
another one does only after `use_model`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from ..errors import ConfigError, ModelError, ModelNotFound, UntrustedModel
from ..tasks import COLOR, Kind
from .artifact import (
    FittedModel,
    load_model_folder,
    load_pair_folder,
    read_metadata,
    save_model,
)
from .classifier import Classifier
from .shelves import (
    find_folder,
    is_shipped,
    list_names,
    model_folders,
    new_folder,
    nothing_called,
    own_shelf,
    read_in_use,
    write_in_use,
    written_ns,
)
from .storage.metadata import ModelMetadata


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model folder that was found, of which only the metadata were read.

    Attributes
    ----------
    name : str
        By which `load_model` knows it.
    folder : Path
    metadata : ModelMetadata
    made : datetime
        When its metadata were written here.
    shipped : bool
        Whether it came with the package.
    """

    name: str
    folder: Path
    metadata: ModelMetadata
    made: datetime
    shipped: bool


def load_model(
    name_or_folder: str | os.PathLike[str] | None = None, *, task: str | None = None
) -> Classifier:
    """Load a model, after checking that it can be believed.

    Parameters
    ----------
    name_or_folder : str or path, optional
        A model's name, as ``artlens models`` lists it: one of ``ARTLENS_MODELS_DIR`` if that has
        one so called, else a shipped one; read once per process. Or the path of a model folder.
    task : str, optional
        Instead: the question, for the model that answers it (see `find_answering`). Default:
        ``"color"``.

    Returns
    -------
    Classifier

    Raises
    ------
    ConfigError
        If both are given.
    ModelNotFound, ModelMismatch, UntrustedModel
        Each says what was found, what was expected and what to do.

    Examples
    --------
    >>> load_model("color").task.name
    'color'
    """
    refuse_both(task, name_or_folder)
    if name_or_folder is None:
        return _load(find_answering(task or COLOR.name))
    place = Path(name_or_folder)
    is_name = isinstance(name_or_folder, str) and name_or_folder == place.name
    if is_name and (found := find_folder(place.name)):
        return _load(found)
    if place.suffix == ".joblib":
        raise UntrustedModel(
            f"{place} can run any code while it is read, so it is not; give its folder "
            f"({place.parent}), whose model.skops holds the same model"
        )
    if is_name and not place.exists():
        raise nothing_called(place.name)
    return Classifier(load_model_folder(place), place.resolve().name, place)


def choose_models(tasks: Sequence[str] | None, model: str | None) -> list[Classifier]:
    """Return the models of some tasks, each once, or that of a name or folder, or the default one.

    Raises
    ------
    ConfigError
        If both are given, or two models answer one task.
    ModelError
        If one cannot be used.
    """
    refuse_both(tasks[0] if tasks else None, model)
    if not tasks:
        return [load_model(model)]
    models = {name: load_model(task=name) for name in dict.fromkeys(tasks)}
    by_task = {model.task.name: name for name, model in models.items()}
    for name, found in models.items():
        if (other := by_task[found.task.name]) != name:
            raise ConfigError(
                f"{name} and {other} both answer the task {found.task.name}, so their answers "
                "would have one name; ask them one after the other"
            )
    return list(models.values())


def refuse_both(task: str | None, model: object) -> None:
    """Let nobody name a model twice.

    Raises
    ------
    ConfigError
        If both are given.
    """
    if task is not None and model is not None:
        raise ConfigError(f"the task {task} and the model {model} both name a model; give one")


def find_models(
    report: Callable[[ModelError], object] = lambda error: None,
) -> list[FoundModel]:
    """Return your own models and the shipped ones, by name.

    Parameters
    ----------
    report : callable
        Is told of folders whose metadata cannot be read.

    Returns
    -------
    list of FoundModel
        Of one name the one that `load_model` takes is first.
    """
    found = []
    for folder in model_folders():
        try:
            metadata = read_metadata(folder)
        except ModelError as error:
            report(error)
        else:
            made = datetime.fromtimestamp(written_ns(folder) / 1e9, UTC)
            found.append(FoundModel(folder.name, folder, metadata, made, is_shipped(folder)))
    return sorted(found, key=lambda model: model.name)


def find_answering(task: str) -> Path:
    """Return the folder of the model that answers a task.

    That is the one that `use_model` chose; else the one that is called like the task, your own
    before a shipped one; else the only one that was asked this question.

    Raises
    ------
    ModelNotFound
        If there is none, or several and none was chosen.
    """
    if (chosen := read_in_use().get(task)) is not None:
        if (folder := find_folder(chosen)) is None:
            raise ModelNotFound(
                f"the model {chosen!r}, which was to answer {task}, is gone ({own_shelf()}; "
                f"{list_names()}); choose another with `artlens models use NAME`"
            )
        return folder
    if (folder := find_folder(task)) is not None:
        return folder
    asked = [model for model in find_models() if model.metadata.task.name == task]
    if not asked:
        raise nothing_called(task, task=True)
    if len(asked) > 1:
        names = ", ".join(model.name for model in asked)
        raise ModelNotFound(
            f"several models answer {task} ({names}) and none was chosen; choose one with "
            "`artlens models use NAME`"
        )
    return asked[0].folder


def answers_already(task: str) -> Path | None:
    """Return the folder of the model that answers a task, if one does."""
    try:
        return find_answering(task)
    except ModelNotFound:
        return None


def use_model(name: str) -> FoundModel:
    """Let a model answer its task from now on, wherever nobody names another one.

    Raises
    ------
    ModelError
        If there is no such model, or it cannot be used.
    """
    if (folder := find_folder(name)) is None:
        raise nothing_called(name)
    # What cannot be loaded is not to be chosen.
    task = _task_of_sound(folder)
    write_in_use(task, name)
    return next(model for model in find_models() if model.folder == folder)


def keep_model(
    model: FittedModel, name: str | None = None, *, replace: bool = False, use: bool = False
) -> tuple[Path, str]:
    """Write a new model among your own, beside those that are there.

    Parameters
    ----------
    model : FittedModel
    name : str, optional
        See `new_folder`, as for `replace`.
    replace : bool
    use : bool
        Let it answer its task. Where nothing did before, it does so anyway.

    Returns
    -------
    Path
        Its folder.
    str
        Which model answers the task now, and how to change that.

    Raises
    ------
    ConfigError
        If no model can have that name.
    """
    task = model.metadata.task.name
    before = answers_already(task)
    folder = new_folder(task, name, replace=replace)
    save_model(model, folder)
    chosen = folder if use or before is None else before
    if answers_already(task) != chosen:
        write_in_use(task, chosen.name)
    return folder, _say_who_answers(task, folder, before)


def _say_who_answers(task: str, new: Path, before: Path | None) -> str:
    if find_answering(task) != new:
        assert before is not None
        whose = "the shipped model " if is_shipped(before) else ""
        return (
            f"{task} is still answered by {whose}{before.name}: ask the new one with "
            f"--model {new.name}, or let it answer from now on with `artlens models use {new.name}`"
        )
    if before is None or before == new:
        return f"{new.name} answers {task} from now on"
    return (
        f"{new.name} answers {task} from now on; {before.name} is kept, and "
        f"`artlens models use {before.name}` goes back to it"
    )


def _task_of_sound(folder: Path) -> str:
    """Load a model of whatever kind; return what it answers."""
    if (task := read_metadata(folder).task).kind is Kind.SAME:
        load_pair_folder(folder)
        return task.name
    return _load(folder).task.name


def _load(folder: Path) -> Classifier:
    return _load_once(folder, written_ns(folder))


@lru_cache(maxsize=8)
def _load_once(folder: Path, _written_ns: int) -> Classifier:
    """Load a model once, and again after another one was written in its place."""
    return Classifier(load_model_folder(folder), folder.name, folder, is_shipped(folder))
