"""A recipe: which posts are wanted, and what their titles tell; checked when it is read."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(pattern=r"^\w[\w-]{0,63}$")]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which posts are looked at; what a post does not say is not held against it.

    Attributes
    ----------
    subreddits : tuple of str
        None are all.
    after, before : datetime, optional
        Posted from the one on, and before the other; UTC if nothing else is said.
    least_upvote_ratio, least_score, least_width, least_height
    over_18, is_self : bool, optional
        Whether they must be so, or must not.
    hosts : tuple of str
        That pictures may be at; none are all.
    url : str, optional
        A regular expression that the whole address of a picture has to match.
    galleries : str
        Whether each picture of a gallery is taken, the first, or none.
    """

    subreddits: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    least_upvote_ratio: Share = 0.0
    least_score: int | None = None
    least_width: Count = 1
    least_height: Count = 1
    over_18: bool | None = None
    is_self: bool | None = False
    hosts: tuple[str, ...] = ()
    url: str | None = None
    galleries: Literal["all", "first", "none"] = "all"


class Swap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When two parts of a title stand in each other's place: if `part` is one of `when`."""

    part: str
    when: tuple[str, ...]
    other: str = msgspec.field(name="with")


class TitleFormat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How titles are made.

    Attributes
    ----------
    parts : tuple of str
        Their names, in order.
    separator : str
    more : str
        What becomes of a title of more parts: it is refused, or the first or last part takes what
        is left.
    swap : Swap, optional
    """

    parts: Annotated[tuple[Name, ...], Meta(min_length=1)]
    separator: Annotated[str, Meta(min_length=1)] = ","
    more: Literal["refuse", "first", "last"] = "refuse"
    swap: Swap | None = None


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the class of a post is looked for, and in which column it is written.

    Attributes
    ----------
    column : str
    part : str, optional
        Of the title; by default all of it.
    several : str
        Whether a post of several classes is refused, or the first of the recipe counts.
    whole_words : bool
        Whether a word counts only where it is not part of another.
    """

    column: Name
    part: str | None = None
    several: Literal["refuse", "first"] = "refuse"
    whole_words: bool = False


class Class(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a class is known by, in either case: any of some words or regular expressions."""

    words: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    patterns: tuple[str, ...] = ()


class Balance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many posts of each class are chosen, and in which order.

    Attributes
    ----------
    even : bool
        Whether there are as many of each class: where one is short, so are the others.
    per_class : int, optional
        At most; by default as many as there are.
    sum_of_others : str, optional
        The class of which there are as many as of all others together.
    order : str
        Which posts come first.
    """

    even: bool = True
    per_class: Count | None = None
    sum_of_others: str | None = None
    order: Literal["newest", "oldest"] = "newest"


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wanted, under a name.

    Attributes
    ----------
    name : str
        That of its file, without the suffix.
    posts : Wanted
    title : TitleFormat, optional
    label : Label
    classes : dict of str to Class
        In the recipe's order.
    balance : Balance
        Where the recipe has none, all accepted posts are taken.
    splits : dict of str to float
        Shares that sum to 1; none for no splits.
    """

    name: str = ""
    posts: Wanted = Wanted()
    title: TitleFormat | None = None
    label: Label
    classes: dict[str, Class]
    balance: Balance = Balance(even=False)
    splits: dict[str, Share] = {}


def seconds_of(moment: datetime | None) -> float | None:
    """Return a moment as seconds since 1970, by UTC if nothing else is said.

    Examples
    --------
    >>> seconds_of(datetime(1970, 1, 2)), seconds_of(None)
    (86400.0, None)
    """
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
