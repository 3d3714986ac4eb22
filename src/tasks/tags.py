"""What is seen in a picture: any number of tags."""

from typing import Final

from .task import Kind, Task

# Who has near-duplicates found has a column of their clusters; they stand on one side together.
TAGS: Final = Task("tags", "tags", Kind.MANY, group="cluster", features="embedding", noun="tag")
