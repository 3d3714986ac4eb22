"""The folders that models stand in, by name, and the note of which of them are in use.

A shipped model comes with the package and is never written to. Your own stand in
``ARTLENS_MODELS_DIR``, a folder each, whose name is the model's; beside them, ``in_use.json`` names
those that were chosen to answer their tasks.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Final

from ..config import PACKAGE_ROOT, settings
from ..errors import ConfigError, ModelNotFound
from ..files import surviving_folder, write_whole
from .artifact import JSON_FILE

SHIPPED_MODELS: Final = ("color", "artist", "same_artist", "medium", "tags")
IN_USE_FILE: Final = "in_use.json"
_NAME: Final = re.compile(r"\w[\w.-]{0,63}")


def own_shelf() -> Path:
    """Return where your own models are, or will be."""
    return settings().models_dir.resolve()


def shipped_shelf() -> Path:
    """Return where the shipped models are: within an installed package, else in the checkout."""
    installed = Path(str(files(__package__))) / "shipped"
    return installed if installed.is_dir() else PACKAGE_ROOT.parent / "models"


def is_shipped(folder: Path) -> bool:
    """Tell whether a model folder came with the package."""
    return folder.parent == shipped_shelf() and folder.name in SHIPPED_MODELS


def model_folders() -> Iterator[Path]:
    """Yield your own model folders, then the shipped ones, each once."""
    own, shipped = own_shelf(), shipped_shelf()
    places = sorted(own.iterdir()) if own.is_dir() else []
    for place in dict.fromkeys([*places, *(shipped / name for name in SHIPPED_MODELS)]):
        if not place.name.startswith(".") and _holds_model(place):
            yield place


def find_folder(name: str) -> Path | None:
    """Return the folder of a model, your own before a shipped one, if there is one."""
    if name.startswith(".") or name != Path(name).name:
        return None
    places = [own_shelf() / name, *(shipped_shelf() / name for _ in {name} & {*SHIPPED_MODELS})]
    return next(filter(_holds_model, places), None)


def written_ns(folder: Path) -> int:
    """Return when the metadata of a model were written, in nanoseconds since 1970."""
    return (surviving_folder(folder) / JSON_FILE).stat().st_mtime_ns


def _holds_model(folder: Path) -> bool:
    return (surviving_folder(folder) / JSON_FILE).is_file()


def new_folder(task: str, name: str | None = None, *, replace: bool = False) -> Path:
    """Return the folder of a model that is about to be made.

    Parameters
    ----------
    task : str
        What it answers. Without a `name` it is called so, or, where a model is called so already,
        ``color-2``, ``color-3`` and so on.
    name : str, optional
    replace : bool
        Allow one of your own models to be replaced.

    Raises
    ------
    ConfigError
        If no model can have that name.
    """
    if name is None:
        names = (f"{task}-{number}" if number > 1 else task for number in count(1))
        return next(own_shelf() / free for free in names if not _is_taken(free))
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"no name for a model ({name!r}); use letters, digits, ., - and _, not first a ."
        )
    found = find_folder(name)
    if found is not None and is_shipped(found):
        raise ConfigError(f"{name} is a shipped model, which is never replaced; name it otherwise")
    if found is not None and not replace:
        raise ConfigError(
            f"there is a model called {name} ({found}); name it otherwise, or replace that one "
            "with --replace"
        )
    if found is None and _is_taken(name):
        raise ConfigError(
            f"{own_shelf() / name} holds other files, which would be lost; name the model otherwise"
        )
    return own_shelf() / name


def _is_taken(name: str) -> bool:
    """Tell whether a model has the name, or a folder that holds something else."""
    folder = own_shelf() / name
    if find_folder(name) is not None:
        return True
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def read_in_use() -> dict[str, str]:
    """Return which model was chosen for which task, by name.

    Raises
    ------
    ConfigError
        If the file cannot be read.
    """
    path = own_shelf() / IN_USE_FILE
    if not path.is_file():
        return {}
    try:
        in_use = json.loads(path.read_bytes())
    except ValueError as error:
        raise _unreadable(path) from error
    if not isinstance(in_use, dict) or not all(isinstance(name, str) for name in in_use.values()):
        raise _unreadable(path)
    return in_use


def write_in_use(task: str, name: str) -> None:
    """Write down which model was chosen for a task."""
    text = json.dumps(read_in_use() | {task: name}, indent=2, sort_keys=True)
    write_whole(own_shelf() / IN_USE_FILE, f"{text}\n")


def _unreadable(path: Path) -> ConfigError:
    return ConfigError(f"{path} does not say which models are in use; remove it, and choose anew")


def nothing_called(name: str, *, task: bool = False) -> ModelNotFound:
    """Return the error that no model has a name, or answers a task, with what to do."""
    option = "--task" if task else "--name"
    return ModelNotFound(
        f"no model {name!r} ({own_shelf()}; {list_names()}); train one with "
        f"`artlens train {option} {name}`, or point ARTLENS_MODELS_DIR to a folder that holds one"
    )


def list_names() -> str:
    """Say which models there are."""
    there = ", ".join(dict.fromkeys(folder.name for folder in model_folders()))
    return f"there are: {there or 'none'}"
