"""By whose hand a picture is, whether two pictures are by one, and in which medium."""

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

# Works of one artist are in one medium, mostly, and on the photographs of one collection.
MEDIUM: Final = Task("medium", "medium", group="artist", features="embedding")
