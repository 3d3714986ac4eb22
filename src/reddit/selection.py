"""Which of the accepted posts are taken: balanced, in order, the next one where one is gone."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from .judging import Verdict
from .posts import Post
from .recipe import Recipe


class Candidate(msgspec.Struct, frozen=True):
    """A post that may be taken, and in which split it is then (empty if there are none)."""

    post: Post
    verdict: Verdict
    split: str = ""


class Candidates:
    """Accepted posts, kept on the disk so that memory stays flat, each once.

    Parameters
    ----------
    recipe : Recipe
    path : Path, optional
        A file of SQLite; by default one that is gone afterwards.
    """

    def __init__(self, recipe: Recipe, path: Path | None = None) -> None:
        raise NotImplementedError

    def add(self, post: Post, verdict: Verdict) -> bool:
        """Keep an accepted post; false if it is there already."""
        raise NotImplementedError

    def counts(self) -> dict[str, int]:
        """Return how many there are of each class of the recipe, in its order."""
        raise NotImplementedError

    def in_order(self, label: str) -> Iterator[Candidate]:
        """Give the posts of a class, newest or oldest first: the chosen, then the reserves."""
        raise NotImplementedError


def balanced(available: Mapping[str, int], recipe: Recipe) -> dict[str, int]:
    """Return how many of each class are taken, of as many as there are; call it again after losses.

    Classes stay balanced: where one is short, so are the others.
    """
    raise NotImplementedError


def split_of(post: Post, recipe: Recipe) -> str:
    """Return the split of a post, which is that of all posts of its author; empty for none."""
    raise NotImplementedError
