"""What a recipe says of one post: accepted or refused, why, and which class it is of."""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from .patterns import Pattern
from .post_pictures import host_of, is_page, is_preview, is_whole
from .posts import Post
from .recipe import Class, Recipe, TitleFormat, Wanted, seconds_of

_GONE: Final = frozenset({"[deleted]", "[removed]", "[deleted by user]", "[ Removed by Reddit ]"})
# Titles say the same few media again and again.
_REMEMBERED: Final = 1 << 16


class Reason(StrEnum):
    """Why a post is refused."""

    # They are counted a million times, for which an enumeration's own is slow.
    __hash__ = str.__hash__

    UNREADABLE = "unreadable"
    SEEN = "seen before"
    UNLISTED = "not on the list"
    SUBREDDIT = "another subreddit"
    TIME = "outside the time span"
    REMOVED = "removed"
    UPVOTES = "low upvote ratio"
    SCORE = "low score"
    ADULT = "over 18"
    NOT_ADULT = "not over 18"
    TEXT = "a text post"
    NO_TEXT = "no text post"
    GALLERY = "a gallery"
    NO_PICTURE = "no picture"
    PREVIEW = "only a preview"
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
Check = Callable[[Post], Reason | None]
REFUSALS: Final = {reason: Verdict(reason) for reason in Reason}


def judge_by(recipe: Recipe) -> Judge:
    """Return a pure function that says of a post what a recipe says of it.

    Examples
    --------
    >>> from .recipe_file import read_recipe
    >>> judge = judge_by(read_recipe("rart-medium"))
    >>> address = "https://i.redd.it/a1b2c3d4e5f6g.jpg"
    >>> verdict = judge(Post(id="1", title="Blue Monday, oil on canvas, me, 2019", url=address))
    >>> verdict.label, verdict.parts["artist"]
    ('paint', 'me')
    >>> str(judge(Post(id="2", title="Blue Monday", url=address)).reason)
    'another form of title'
    """
    checks = list(_checks(recipe.posts))
    choose_pictures = _picture_chooser(recipe.posts)
    split = _splitter(recipe.title)
    find_labels = _label_finder(recipe)
    part, first_counts = recipe.label.part, recipe.label.several == "first"

    def judge(post: Post) -> Verdict:
        for check in checks:
            if reason := check(post):
                return REFUSALS[reason]
        pictures = choose_pictures(post)
        if isinstance(pictures, Reason):
            return REFUSALS[pictures]
        parts = split(post.title)
        if parts is None:
            return REFUSALS[Reason.TITLE]
        labels = find_labels(parts[part] if part else post.title)
        if not labels:
            return Verdict(Reason.CLASSLESS, parts=parts)
        if len(labels) > 1 and not first_counts:
            return Verdict(Reason.SEVERAL, "", labels, parts)
        return Verdict(None, labels[0], labels, parts, pictures)

    return judge


def _checks(wanted: Wanted) -> Iterator[Check]:
    """Give what is asked of a post, without what is asked of its pictures and its title."""
    if wanted.subreddits:
        names = frozenset(name.lower() for name in wanted.subreddits)
        yield (
            lambda post: (
                Reason.SUBREDDIT if post.subreddit and post.subreddit.lower() not in names else None
            )
        )
    yield _is_removed
    if wanted.after is not None or wanted.before is not None:
        yield _time_check(seconds_of(wanted.after), seconds_of(wanted.before))
    yield from _number_checks(wanted)
    if wanted.over_18 is not None:
        reason = Reason.NOT_ADULT if wanted.over_18 else Reason.ADULT
        yield lambda post: reason if post.over_18 is (not wanted.over_18) else None
    if wanted.is_self is not None:
        text = Reason.NO_TEXT if wanted.is_self else Reason.TEXT
        yield lambda post: text if post.is_self is (not wanted.is_self) else None


def _is_removed(post: Post) -> Reason | None:
    gone = post.removed_by or post.selftext in _GONE or post.title in _GONE
    return Reason.REMOVED if gone else None


def _time_check(after: float | None, before: float | None) -> Check:
    low = float("-inf") if after is None else after
    high = float("inf") if before is None else before

    def check(post: Post) -> Reason | None:
        posted = post.created_utc
        return None if posted is None or low <= posted < high else Reason.TIME

    return check


def _number_checks(wanted: Wanted) -> Iterator[Check]:
    if (ratio := wanted.least_upvote_ratio) > 0:
        yield (
            lambda post: (
                Reason.UPVOTES
                if post.upvote_ratio is not None and post.upvote_ratio < ratio
                else None
            )
        )
    if (score := wanted.least_score) is not None:
        yield lambda post: Reason.SCORE if post.score is not None and post.score < score else None
    if (width := wanted.least_width) > 1:
        yield lambda post: Reason.SIZE if post.width is not None and post.width < width else None
    if (height := wanted.least_height) > 1:
        yield lambda post: Reason.SIZE if post.height is not None and post.height < height else None


def _picture_chooser(wanted: Wanted) -> Callable[[Post], tuple[str, ...] | Reason]:
    """Return a function that gives the wanted pictures of a post, or why there are none."""
    fault = _fault_finder(wanted)

    def choose(post: Post) -> tuple[str, ...] | Reason:
        if not post.gallery:
            if post.missing and wanted.galleries == "none":
                return Reason.GALLERY
            if not post.url or post.missing:
                return Reason.NO_PICTURE
            return fault(post.url) or (post.url,)
        if wanted.galleries == "none":
            return Reason.GALLERY
        kept = tuple(address for address in post.gallery if not fault(address))
        if not kept:
            return fault(post.gallery[0]) or Reason.NO_PICTURE
        return kept[:1] if wanted.galleries == "first" else kept

    return choose


def _fault_finder(wanted: Wanted) -> Callable[[str], Reason | None]:
    """Return a function that says what is wrong with the address of a picture."""
    hosts = tuple(host.lower() for host in wanted.hosts)
    form = Pattern(wanted.url, "posts.url") if wanted.url is not None else None

    def fault(address: str) -> Reason | None:
        if not is_whole(address):
            if is_page(address):
                return Reason.NO_PICTURE
            if is_preview(address):
                return Reason.PREVIEW
        if hosts and not _is_at(host_of(address), hosts):
            return Reason.HOST
        return Reason.ADDRESS if form and not form.matches(address) else None

    return fault


def _is_at(host: str, hosts: tuple[str, ...]) -> bool:
    """Tell whether a host is one of some, or below one."""
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _splitter(form: TitleFormat | None) -> Callable[[str], dict[str, str] | None]:
    """Return a function that gives the parts of a title; None if it has another form."""
    if form is None:
        return lambda _title: {}
    names, separator, swap = form.parts, form.separator, form.swap
    cut = {"refuse": str.split, "first": str.rsplit, "last": str.split}[form.more]
    most = -1 if form.more == "refuse" else len(names) - 1
    here, there = (names.index(swap.part), names.index(swap.other)) if swap else (0, 0)
    misplaced = frozenset(map(str.lower, swap.when if swap else ()))

    def split(title: str) -> dict[str, str] | None:
        parts = [part.strip() for part in cut(title, separator, most)]
        if len(parts) != len(names):
            return None
        if parts[here].lower() in misplaced:
            parts[here], parts[there] = parts[there], parts[here]
        return dict(zip(names, parts, strict=True))

    return split


def _label_finder(recipe: Recipe) -> Callable[[str], tuple[str, ...]]:
    """Return a function that gives the classes of which a text holds a word."""
    tests = [
        (name, _class_test(name, known_by, whole_words=recipe.label.whole_words))
        for name, known_by in recipe.classes.items()
    ]

    @lru_cache(_REMEMBERED)
    def find(text: str) -> tuple[str, ...]:
        return tuple(name for name, is_in in tests if is_in(text))

    return lambda text: find(text.lower())


def _class_test(name: str, known_by: Class, *, whole_words: bool) -> Callable[[str], bool]:
    key = f"classes.{name}.patterns"
    patterns = [Pattern(text, key, ignore_case=True) for text in known_by.patterns]
    # Plain words cannot run away, and `re` is quicker.
    words = "|".join(re.escape(word.lower()) for word in known_by.words)
    word = re.compile(rf"(?<!\w)(?:{words})(?!\w)" if whole_words else words)

    def is_in(text: str) -> bool:
        if words and word.search(text):
            return True
        return any(pattern.found_in(text) for pattern in patterns)

    return is_in
