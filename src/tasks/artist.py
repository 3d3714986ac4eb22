"""By whose hand a picture is, and whether two pictures are by one."""

from typing import Final

from .task import Kind, Task

# Who has near-duplicates found has a column of their clusters; they stand on one side together.
ARTIST: Final = Task("artist", "artist", group="cluster", features="embedding")

SAME_ARTIST: Final = Task(
    "same_artist",
    "artist",
    Kind.SAME,
    features="embedding",
    noun="same artist",
)
