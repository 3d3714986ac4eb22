"""What is asked of a picture: a task is a value, and everything downstream takes it as one."""

from dataclasses import dataclass

from src.gallery.colors import COLORS


@dataclass(frozen=True, slots=True)
class Task:
    """One question with a closed set of answers.

    Attributes
    ----------
    name : str
        Names the model folder, ``models/<name>/``.
    target : str
        Column of the processed table that holds the answer.
    classes : tuple of str
        Every possible answer, in the order of reports.
    """

    name: str
    target: str
    classes: tuple[str, ...]


COLOR = Task(name="color", target="color", classes=COLORS)
