"""What a recipe says of one post: accepted or refused, why, and which class it is of."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from .posts import Post
from .recipe import Recipe


class Reason(StrEnum):
    """Why a post is refused."""

    UNREADABLE = "unreadable"
    SEEN = "seen before"
    SUBREDDIT = "another subreddit"
    TIME = "outside the time span"
    REMOVED = "removed"
    UPVOTES = "low upvote ratio"
    SCORE = "low score"
    OVER_18 = "over 18 or not"
    SELF = "a text or not"
    PICTURE = "no picture"
    GALLERY = "a gallery"
    HOST = "another host"
    ADDRESS = "another form of address"
    SIZE = "too small"
    TITLE = "another form of title"
    CLASSLESS = "no class"
    SEVERAL = "several classes"


class Verdict(msgspec.Struct, frozen=True):
    """What a recipe says of a post.

    Attributes
    ----------
    reason : Reason or None
        Why it is refused; None if it is accepted.
    label : str
        Its class; empty if it is refused.
    labels : tuple of str
        All classes that were found, in the recipe's order.
    parts : Mapping of str to str
        The parts of its title by name, as they were written, after the swap.
    pictures : tuple of str
        Addresses of the pictures that are wanted of it, in order.
    """

    reason: Reason | None
    label: str = ""
    labels: tuple[str, ...] = ()
    parts: Mapping[str, str] = {}
    pictures: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the post is wanted."""
        return self.reason is None


Judge = Callable[[Post], Verdict]


def judge_by(recipe: Recipe) -> Judge:
    """Return a pure function that says of a post what a recipe says of it."""
    raise NotImplementedError
