"""By whose hand a picture is, and whether two pictures are by one."""

from typing import Final

from .task import Kind, Task

# Of the shipped networks, the one that was trained further on works of art.
ADAPTED: Final = "lite0-art"

# Who has near-duplicates found has a column of their clusters; they stand on one side together.
ARTIST: Final = Task("artist", "artist", group="cluster", features="embedding", network=ADAPTED)

SAME_ARTIST: Final = Task(
    "same_artist",
    "artist",
    Kind.SAME,
    features="embedding",
    network=ADAPTED,
    noun="same artist",
)
