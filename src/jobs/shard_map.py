"""The same work on many items, in shards that are finished one after the other."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Generic, TypeVar

from .parallel_map import parallel_map

Item = TypeVar("Item")
Result = TypeVar("Result")
AnyShard = TypeVar("AnyShard", bound="Shard[Any]")


@dataclass(slots=True)
class Shard(Generic[Item]):
    """Items that are finished together.

    Attributes
    ----------
    key : str
        A digest of all that decides about the results; see `digest`.
    items : sequence
        What worker processes are given.
    """

    key: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Work(Generic[Item, Result]):
    """What is done with each item; see `parallel_map`."""

    label: str
    function: Callable[[Item], Result]
    lost: Callable[[Item], Result] | None = None


@dataclass(slots=True)
class _Queue(Generic[Item]):
    """The items of all shards; the shards themselves wait for the results."""

    shards: Iterable[Shard[Item]]
    length: int
    waiting: deque[Any] = field(default_factory=deque)

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Item]:
        for shard in self.shards:
            self.waiting.append(shard)
            yield from shard.items


def map_shards(
    work: Work[Any, Result], shards: Iterable[AnyShard], total: int, jobs: int | None
) -> Iterator[tuple[AnyShard, list[Result]]]:
    """Yield each shard, in order, with the results for its items.

    Parameters
    ----------
    work : Work
    shards : iterable of Shard
        They are taken as they are needed, so memory does not grow with their number.
    total : int
        How many items they have, for the progress bar.
    jobs : int or None
        Number of processes; see `parallel_map`.

    Examples
    --------
    >>> shards = [Shard("a", [-1, 2]), Shard("b", [-3])]
    >>> for shard, results in map_shards(Work("sizes", abs), shards, 3, jobs=1):
    ...     print(shard.key, results)
    a [1, 2]
    b [3]
    """
    queue, results = _Queue(shards, total), list[Result]()
    for result in parallel_map(work.function, queue, jobs, work.label, lost=work.lost):
        results.append(result)
        if len(results) == len(queue.waiting[0].items):
            yield queue.waiting.popleft(), results
            results = []


def digest(*content: object) -> str:
    """Return a key that is another one as soon as anything of the content is."""
    return sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()


def key_to_keep(before: str, after: str) -> str:
    """Return the key under which a shard is kept.

    Parameters
    ----------
    before, after : str
        Its keys from before and after it was measured. If a file changed or went away meanwhile,
        the results may be of either state. They are good for this run, and for no other.
    """
    return before if before == after else f"{before} changed"
