"""Posts of files: dumps (``.zst``, NDJSON), and lists of posts (JSON) or ids (text)."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from .posts import Post


def read_posts(paths: Iterable[Path]) -> Iterator[Post]:
    """Give the posts of files, in their order."""
    raise NotImplementedError


def read_ids(path: Path) -> list[str]:
    """Return the ids of a text, one a line."""
    raise NotImplementedError
