"""Answers that are known already: the same bytes, the same model, the same options.

Kept is what a model says, never a picture nor a file's name, under a key of all that it depends on.
What is asked while somebody measures the same waits for that; what fails is never kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from cachetools import LRUCache
from pydantic import TypeAdapter

from .. import __version__
from ..images import ImageLimits
from ..models.answers import Panel, Result
from ..models.predict_model import Classifier
from ..records import FailedPrediction, Prediction
from .limits import CacheSettings
from .metrics import Metrics
from .redis_store import MOST_BYTES, RedisStore, connect

Ask: TypeAlias = Callable[[Sequence[bytes], Panel], Awaitable[list[tuple[Result, ...]]]]

# An answer, with the key that it belongs to.
_ENTRY: Final = TypeAdapter(tuple[str, Prediction])
# Smaller ones are summed more quickly than another thread is asked to.
_LARGE_BYTES: Final = 1 << 20
# What Python holds around the bytes of an answer, its key among it.
_OVERHEAD_BYTES: Final = 400


@dataclass(frozen=True, slots=True)
class Query:
    """What one model says of one picture: the smallest thing that is kept.

    Attributes
    ----------
    context : str
        All that the answer depends on, but for the picture.
    model : Classifier
    picture : bytes
    total : str
        Sum of the picture's bytes.
    """

    context: str
    model: Classifier
    picture: bytes
    total: str

    @property
    def key(self) -> str:
        """Under which the answer is kept."""
        return f"{self.context}:{self.total}"

    def write(self, said: Result) -> bytes | None:
        """Return an answer as it is kept; None if it is not to be, or would not be the same."""
        if isinstance(said, FailedPrediction):
            return None
        # Half a surrogate pair in a label is no text.
        with suppress(ValueError):
            entry = _ENTRY.dump_json((self.key, said))
            if len(entry) <= MOST_BYTES and self.read(entry) == said:
                return entry
        return None

    def read(self, entry: bytes) -> Prediction:
        """Return the answer that was kept.

        Raises
        ------
        ValueError
            If that is none, or belongs to another key.
        """
        key, said = _ENTRY.validate_json(entry, strict=True)
        if key != self.key or not self._may_say(said):
            raise ValueError(f"no answer to {self.key}")
        return said

    def _may_say(self, said: Prediction) -> bool:
        known = set(self.model.classes)
        labels = known.issuperset(said.labels) and (said.label is None or said.label in known)
        # Put so that NaN is refused too.
        chances = all(0 <= chance <= 1 for chance in (said.score, *said.scores.values()))
        own = said.model == self.model.tag and said.scores.keys() == known
        return labels and chances and own


class AnswerCache:
    """Asks models only what is not known yet; on one event loop.

    Parameters
    ----------
    ask : callable
        Takes pictures and a panel; gives for each picture an answer of each model.
    limits : ImageLimits
        By which pictures are refused.
    settings : CacheSettings
    metrics : Metrics
    """

    def __init__(
        self, ask: Ask, limits: ImageLimits, settings: CacheSettings, metrics: Metrics
    ) -> None:
        self._ask, self._limits, self._metrics = ask, limits, metrics
        self._on = settings.on
        self._memory: LRUCache[str, bytes] = LRUCache(settings.max_bytes, _size)
        client = connect(settings)
        self._shared = None if client is None else RedisStore(client, metrics)
        self._under_way: dict[str, asyncio.Future[Result | None]] = {}
        self._contexts: dict[Classifier, str] = {}

    async def ask(self, pictures: Sequence[bytes], panel: Panel) -> list[tuple[Result, ...]]:
        """Return for each picture an answer of each model, in their orders.

        Raises
        ------
        Exception
            What asking the models raises.
        """
        if not self._on:
            return await self._ask(pictures, panel)
        rows = [await self._queries(picture, panel) for picture in pictures]
        queries = {query.key: query for row in rows for query in row}
        found = self._remember(queries.values())
        while missing := [query for key, query in queries.items() if key not in found]:
            if mine := [query for query in missing if query.key not in self._under_way]:
                found |= await self._find(mine, panel.min_score)
            else:
                found |= await self._wait(missing)
        return [tuple(found[query.key] for query in row) for row in rows]

    async def close(self) -> None:
        """End the connections to a server."""
        if self._shared is not None:
            await self._shared.close()

    async def _queries(self, picture: bytes, panel: Panel) -> list[Query]:
        total = await _sum_of(picture)
        return [
            Query(f"{self._context(model)}:{panel.min_score!r}", model, picture, total)
            for model in panel.models
        ]

    def _context(self, model: Classifier) -> str:
        """Return what stands in all keys of a model's answers, and changes with the program."""
        if model not in self._contexts:
            known = (
                (__version__, _ENTRY.json_schema(), self._limits),
                (model.name, model.sha256, model.metadata, model.novelty_limit),
            )
            total = sha256(repr(known).encode("utf-8", "backslashreplace")).hexdigest()
            self._contexts[model] = f"artlens:{total[:32]}"
        return self._contexts[model]

    async def _find(self, queries: Sequence[Query], min_score: float) -> Mapping[str, Result]:
        """Look some up, and measure the rest; who asks for them meanwhile can wait."""
        loop, found = asyncio.get_running_loop(), dict[str, Result]()
        flights = {query.key: loop.create_future() for query in queries}
        self._under_way |= flights
        try:
            found |= await self._recall(queries)
            rest = [query for query in queries if query.key not in found]
            fresh = await self._measure(rest, min_score)
            self._keep(rest, fresh)
            found |= fresh
        finally:
            for key, flight in flights.items():
                del self._under_way[key]
                # Where nothing was found, one of those who wait looks next.
                flight.set_result(found.get(key))
        return found

    async def _wait(self, queries: Sequence[Query]) -> Mapping[str, Result]:
        """Return what others have found, as soon as there is any; nothing if they failed."""
        flights = {query.key: self._under_way[query.key] for query in queries}
        await asyncio.wait(flights.values(), return_when=asyncio.FIRST_COMPLETED)
        done = {key: flight.result() for key, flight in flights.items() if flight.done()}
        found = {key: said for key, said in done.items() if said is not None}
        self._metrics.cache_lookups.labels("memory", "shared").inc(len(found))
        return found

    def _remember(self, queries: Collection[Query]) -> dict[str, Result]:
        """Return what this process knows."""
        found = dict[str, Result]()
        for query in queries:
            if (entry := self._memory.get(query.key)) is not None:
                found[query.key] = query.read(entry)
        self._count("memory", len(found), len(queries))
        return found

    async def _recall(self, queries: Sequence[Query]) -> dict[str, Result]:
        """Return what the server knows, if that can be believed."""
        found = dict[str, Result]()
        if self._shared is None:
            return found
        entries = await self._shared.get([query.key for query in queries])
        for query, entry in zip(queries, entries, strict=True):
            if entry is None:
                continue
            try:
                found[query.key] = query.read(entry)
                self._memory[query.key] = entry
            except ValueError:
                self._metrics.cache_errors.labels("redis", "garbage").inc()
        self._count("redis", len(found), len(queries))
        return found

    async def _measure(self, queries: Sequence[Query], min_score: float) -> dict[str, Result]:
        """Ask the models; pictures of which the same ones are missing are asked for at once."""
        rows = dict[str, list[Query]]()
        for query in queries:
            rows.setdefault(query.total, []).append(query)
        groups = dict[tuple[Classifier, ...], list[list[Query]]]()
        for row in rows.values():
            groups.setdefault(tuple(query.model for query in row), []).append(row)
        found = dict[str, Result]()
        for models, group in groups.items():
            panel = Panel.of(models, min_score)
            answers = await self._ask([row[0].picture for row in group], panel)
            for row, said in zip(group, answers, strict=True):
                found |= zip((query.key for query in row), said, strict=True)
        return found

    def _keep(self, queries: Sequence[Query], fresh: Mapping[str, Result]) -> None:
        entries = dict[str, bytes]()
        for query in queries:
            if (entry := query.write(fresh[query.key])) is not None:
                self._memory[query.key] = entries[query.key] = entry
        if self._shared is not None:
            self._shared.put(entries)

    def _count(self, store: str, hits: int, lookups: int) -> None:
        self._metrics.cache_lookups.labels(store, "hit").inc(hits)
        self._metrics.cache_lookups.labels(store, "miss").inc(lookups - hits)


def _size(entry: bytes) -> int:
    return len(entry) + _OVERHEAD_BYTES


async def _sum_of(picture: bytes) -> str:
    if len(picture) < _LARGE_BYTES:
        return sha256(picture).hexdigest()
    found = await asyncio.to_thread(sha256, picture)
    return found.hexdigest()
