"""Where the tables of a data set lie, and which question is asked of them."""

from pathlib import Path
from typing import Final

from ..config import settings
from ..errors import ConfigError
from ..tasks import TASKS, Task

# In a raw folder: says from where its pictures were imported, and by it that they were.
IMPORT_NOTE: Final = "imported_from.txt"
# Each stage has a folder of this name in its own folder, or may have.
_TAKEN: Final = ("images",)


def dataset_folder(stage: str, dataset: str | None = None) -> Path:
    """Return the folder of a stage: that of the project's own data, or of a named data set.

    Parameters
    ----------
    stage : str
        ``raw``, ``interim`` or ``processed``.
    dataset : str, optional

    Raises
    ------
    ConfigError
        If the name cannot be that of a folder.
    """
    folder = settings().data_dir / stage
    if dataset is None:
        return folder
    hidden = not dataset or dataset.startswith(".")
    if hidden or not dataset.isprintable() or dataset in _TAKEN or Path(dataset).name != dataset:
        raise ConfigError(f"not a name for a data set ({dataset!r}); give a word, such as pets")
    return folder / dataset


def find_task(name: str, target: str | None = None) -> Task:
    """Return a task by name, or make one of a name and the column that holds the answer."""
    if name in TASKS and target in (None, TASKS[name].column):
        return TASKS[name]
    return Task(name, target or name)


def was_imported(raw_folder: Path) -> bool:
    """Tell whether the pictures of a raw folder were imported, not scraped."""
    return (raw_folder / IMPORT_NOTE).is_file()
