"""Which posts are collected, after what is known of their pictures so far. Pure but for reading.

A post is gone when its author deleted it, or when none of its pictures is to be had. Its place is
taken by the next of its class; where there is none, the other classes get fewer as well. What may
be had another time keeps its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .post_store import may_be_had
from .recipe import Recipe
from .selection import Candidate, Candidates, balanced

# Key -> why a picture failed; empty if it is stored, and nothing if it was not asked for.
States = Mapping[str, str]


class WantedPicture(NamedTuple):
    """A picture of a post, and the key that its file is called by."""

    key: str
    url: str
    candidate: Candidate


def pictures_of(candidate: Candidate) -> list[WantedPicture]:
    """Return the pictures of a post in order; those of a gallery are numbered from 1."""
    name, urls = candidate.post.id, candidate.verdict.pictures
    if len(urls) == 1 and not candidate.post.gallery:
        return [WantedPicture(name, urls[0], candidate)]
    return [WantedPicture(f"{name}-{n}", url, candidate) for n, url in enumerate(urls, 1)]


def is_gone(candidate: Candidate, states: States, deleted: Mapping[str, str]) -> bool:
    """Say whether nothing of a post is to be had, now or another time."""
    if deleted.get(candidate.post.id):
        return True
    reasons = (states.get(picture.key, "") for picture in pictures_of(candidate))
    return all(reason and not may_be_had(reason) for reason in reasons)


def choose(
    candidates: Candidates, recipe: Recipe, states: States, deleted: Mapping[str, str]
) -> dict[str, list[Candidate]]:
    """Return the posts of each class to collect, in the recipe's order.

    The same losses give the same posts, in whatever order they came to be known.

    Parameters
    ----------
    candidates : Candidates
    recipe : Recipe
    states : mapping of str to str
        Why pictures failed, by key.
    deleted : mapping of str to str
        Why posts are not there any more, by id; empty for those that are.
    """
    there = candidates.counts()
    gone = dict.fromkeys(there, 0)
    while True:
        quotas = balanced({label: there[label] - gone[label] for label in there}, recipe)
        chosen, before = dict[str, list[Candidate]](), dict(gone)
        for label, quota in quotas.items():
            chosen[label], met = _take(candidates.in_order(label), quota, states, deleted)
            # Once known they are, even where fewer are looked at the next time.
            gone[label] = max(gone[label], met)
        if gone == before:
            return chosen


def _take(
    candidates: Iterator[Candidate], quota: int, states: States, deleted: Mapping[str, str]
) -> tuple[list[Candidate], int]:
    """Return the first so many that are not gone, and how many were gone before the last one."""
    taken, gone = list[Candidate](), 0
    for candidate in candidates:
        if len(taken) == quota:
            break
        if is_gone(candidate, states, deleted):
            gone += 1
        else:
            taken.append(candidate)
    return taken, gone


def considered(
    candidates: Iterator[Candidate],
    chosen: Sequence[Candidate],
    states: States,
    deleted: Mapping[str, str],
) -> Iterator[Candidate]:
    """Yield the posts of a class down to the last that is chosen, and those that are gone behind.

    The latter only where none is left behind them: what was known by chance of posts that are not
    needed depends on how a run went.

    Parameters
    ----------
    candidates : iterator of Candidate
        All of the class, in order.
    chosen : sequence of Candidate
    states, deleted : mapping of str to str
        As for `choose`.
    """
    if chosen:
        for candidate in candidates:
            yield candidate
            if candidate.post.id == chosen[-1].post.id:
                break
    behind = list[Candidate]()
    for candidate in candidates:
        if not is_gone(candidate, states, deleted):
            return
        behind.append(candidate)
    yield from behind
