"""What a picture was made with."""

from typing import Final

from .task import Task

# Source and medium go together wherever such pictures are found, hence the groups: artists, or
# whatever else many pictures have in common.
MEDIUM: Final = Task(
    "medium",
    "medium",
    classes=("digital", "ink", "non_ink_drawing", "paint", "photo", "sculpture"),
    group="group",
    features="embedding",
    balanced=True,
)

# Digital or by hand is told by adding: the probability of "digital" against that of all of these.
TRADITIONAL: Final = ("ink", "non_ink_drawing", "paint", "sculpture")
