"""Posts looked at: what a recipe says of each, and what became of all, counted."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .dumps import Batch
from .judging import REFUSALS, Judge, Reason, Verdict, judge_by
from .posts import Post
from .recipe import Recipe

TITLES: Final = 10


class Looked(NamedTuple):
    """Some posts that were looked at.

    Attributes
    ----------
    judged : list of (Post, Verdict)
    others : sequence of str
        Ids of posts of other subreddits, which are refused for that.
    """

    judged: list[tuple[Post, Verdict]]
    others: Sequence[str] = ()


@dataclass
class Tally:
    """What became of posts.

    Attributes
    ----------
    accepted : Counter
        By class.
    refused : Counter
        By reason.
    titles : dict of str to list of str
        Of a few posts of each class and each reason, the first ones.
    """

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[Reason] = field(default_factory=Counter)
    titles: dict[str, list[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many posts were looked at."""
        return self.accepted.total() + self.refused.total()

    def count(self, post: Post, verdict: Verdict) -> None:
        """Count a post."""
        if verdict.reason is None:
            self.accepted[verdict.label] += 1
        else:
            self.refused[verdict.reason] += 1
        titles = self.titles.setdefault(verdict.reason or verdict.label, [])
        if len(titles) < TITLES:
            titles.append(post.title)


def look_at(
    batches: Iterable[Batch], recipe: Recipe, tally: Tally, *, only: Collection[str] | None = None
) -> Iterator[Looked]:
    """Give what a recipe says of posts, in their order, and count it.

    Parameters
    ----------
    batches : iterable of Batch
        As `read_batches` reads them from files; ``Batch(posts)`` of any others.
    recipe : Recipe
    tally : Tally
    only : collection of str, optional
        Ids of the only posts that are wanted.

    Yields
    ------
    Looked
        For each batch. Of a post that comes again, that only is said.
    """
    judge = _judge_once(judge_by(recipe), only)
    for posts, others, unreadable in batches:
        judged = [(post, judge(post)) for post in posts]
        for post, verdict in judged:
            tally.count(post, verdict)
        # Those of another subreddit, of which nothing was read, show no titles.
        tally.refused.update({Reason.SUBREDDIT: len(others), Reason.UNREADABLE: unreadable})
        yield Looked(judged, others)


def _judge_once(judge: Judge, only: Collection[str] | None) -> Judge:
    """Return a judge that accepts a post once, and only those of some ids if there are any."""
    # Numbers, of which millions take little room.
    accepted = set[int | str]()

    def judge_once(post: Post) -> Verdict:
        if only is not None and post.id not in only:
            return REFUSALS[Reason.UNLISTED]
        verdict = judge(post)
        if verdict.reason is not None:
            return verdict
        before = len(accepted)
        accepted.add(_number(post.id))
        return verdict if len(accepted) > before else REFUSALS[Reason.SEEN]

    return judge_once


def _number(name: str) -> int | str:
    try:
        return int(name, 36)
    except ValueError:
        return name
