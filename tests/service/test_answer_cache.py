"""What is known already is not measured again, and nothing else is believed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from benchmarks.service.redis_servers import RedisServer, refusing_url, standing_in
from src.images import ImageLimits
from src.models.answers import Panel, Result
from src.models.predict_model import Classifier
from src.records import FailedPrediction, Prediction
from src.service.answer_cache import AnswerCache
from src.service.inference import ask_panel
from src.service.limits import CacheSettings, ServiceLimits
from src.service.metrics import Metrics
from src.service.problems import Problem, busy
from src.service.redis_store import MOST_BYTES
from tests.service.apps import between_red_and_pink, encoded, named_model, running, small_model

LIMITS = ServiceLimits()
RED, PINK, BROKEN = encoded("RED"), encoded("PINK"), b"no picture"


class Asked:
    """A cache, what its models were asked in the end, and what its metrics say."""

    def __init__(self, url: str = "", limits: ImageLimits = LIMITS.image_limits) -> None:
        self.metrics, self.asked = Metrics(), list[tuple[Sequence[bytes], list[str]]]()
        settings = CacheSettings(url=SecretStr(url), max_bytes=1_000_000)
        self.cache = AnswerCache(self.measure, limits, settings, self.metrics)
        # Answers wait until it is set.
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures: Iterator[Exception] = iter(())

    async def measure(self, pictures: Sequence[bytes], panel: Panel) -> list[tuple[Result, ...]]:
        self.asked.append((pictures, [model.task.name for model in panel.models]))
        await self.gate.wait()
        for failure in self.failures:
            raise failure
        return ask_panel(pictures, panel, LIMITS, lambda _task: nullcontext())

    async def ask(
        self, *pictures: bytes, about: Sequence[Classifier] = (), least: float = 0
    ) -> list[tuple[Any, ...]]:
        found = await self.cache.ask(pictures, Panel.of(about or [small_model()], least))
        if self.cache._shared is not None:
            await self.cache._shared.settle()
        return list(found)

    def forget(self) -> None:
        """Forget what the process itself knows."""
        self.cache._memory.clear()
        self.asked.clear()

    def lookups(self, store: str, outcome: str) -> float:
        return self._value("artlens_cache_lookups_total", outcome=outcome, store=store)

    def errors(self, kind: str) -> float:
        return self._value("artlens_cache_errors_total", kind=kind, store="redis")

    def _value(self, name: str, **labels: str) -> float:
        wanted = ",".join(f'{label}="{value}"' for label, value in labels.items())
        lines = self.metrics.render().decode().splitlines()
        found = [line.split()[-1] for line in lines if line.startswith(f"{name}{{{wanted}}}")]
        return float(found[0]) if found else 0.0


def run(use: Callable[[Asked], Awaitable[None]], *urls: str) -> None:
    """Use caches with those servers, one after the other; by default one without any."""

    async def use_all() -> None:
        for url in urls or ("",):
            it = Asked(url)
            async with asyncio.timeout(30):
                await use(it)
                await it.cache.close()

    asyncio.run(use_all())


def test_what_was_asked_before_is_not_measured_again() -> None:
    async def use(it: Asked) -> None:
        first = await it.ask(RED)
        assert first[0][0].label == "RED"
        assert first == await it.ask(RED) == await it.ask(bytes(bytearray(RED)))
        assert len(it.asked) == 1
        assert (it.lookups("memory", "hit"), it.lookups("memory", "miss")) == (2, 1)

    run(use)


def test_all_that_an_answer_depends_on_tells_it_from_others() -> None:
    small = small_model()
    other = named_model("other", small.classes)
    twin = replace(small, name="twin")
    newer = replace(small, _model=replace(small._model, sha256="f" * 64))
    known = replace(small.metadata, training_rows=5)
    told = replace(small, _model=replace(small._model, metadata=known))

    async def use(it: Asked) -> None:
        await it.ask(RED)
        for model in (other, twin, newer, told):
            ((found,),) = await it.ask(RED, about=[model])
            count = len(it.asked)
            assert found.model == model.tag
            await it.ask(RED, about=[model])
            assert len(it.asked) == count
        assert len(it.asked) == 5
        ((abstained,),) = await it.ask(between_red_and_pink(), least=1.0)
        ((answered,),) = await it.ask(between_red_and_pink(), least=0.0)
        assert abstained.label is None
        assert answered.label in ("RED", "PINK")

    run(use)


def test_a_service_with_other_limits_measures_for_itself(redis_server: RedisServer) -> None:
    async def use() -> None:
        ours = Asked(redis_server.url)
        theirs = Asked(redis_server.url, limits=replace(LIMITS.image_limits, max_pixels=100))
        for it in (ours, theirs):
            await it.ask(RED)
            await it.cache.close()
            assert len(it.asked) == 1

    asyncio.run(use())


def test_models_are_asked_for_what_is_missing_alone() -> None:
    small, other = small_model(), named_model("other", ("a", "b", "c"))

    async def use(it: Asked) -> None:
        await it.ask(RED, about=[small])
        together = await it.ask(RED, about=[other, small])
        assert it.asked[1:] == [([RED], ["other"])]
        assert [said.model.task for said in together[0]] == ["other", "color"]
        several = await it.ask(RED, PINK, BROKEN, PINK, about=[small, other])
        assert it.asked[2:] == [([PINK, BROKEN], ["color", "other"])]
        assert several[0] == together[0][::-1]
        assert several[1] == several[3]
        assert several[1][0].label == "PINK"
        assert all(isinstance(said, FailedPrediction) for said in several[2])

    run(use)


def test_what_fails_is_measured_again() -> None:
    async def use(it: Asked) -> None:
        for count in (1, 2):
            ((found,),) = await it.ask(BROKEN)
            assert isinstance(found, FailedPrediction)
            assert len(it.asked) == count

    run(use)


def test_what_is_asked_at_once_is_measured_once() -> None:
    async def use(it: Asked) -> None:
        it.gate.clear()
        asking = [asyncio.create_task(it.ask(RED, PINK)) for _ in range(5)]
        asking += [asyncio.create_task(it.ask(PINK)) for _ in range(5)]
        await asyncio.sleep(0.01)
        it.gate.set()
        answers = await asyncio.gather(*asking)
        assert it.asked == [([RED, PINK], ["color"])]
        assert {said.label for (said,) in answers[0]} == {"RED", "PINK"}
        assert answers[:5] == answers[:1] * 5
        assert answers[5:] == [answers[0][1:]] * 5
        assert it.lookups("memory", "shared") == 13

    run(use)


def test_where_one_gives_up_the_next_measures() -> None:
    async def use(it: Asked) -> None:
        it.gate.clear()
        leader, *others = (asyncio.create_task(it.ask(RED)) for _ in range(4))
        await asyncio.sleep(0.01)
        leader.cancel()
        await asyncio.sleep(0.01)
        it.gate.set()
        found = await asyncio.gather(*others)
        assert [said.label for ((said,),) in found] == ["RED"] * 3
        assert len(it.asked) == 2
        with pytest.raises(asyncio.CancelledError):
            await leader

    run(use)


def test_each_is_told_by_itself_that_too_many_wait() -> None:
    async def use(it: Asked) -> None:
        it.gate.clear()
        it.failures = iter([busy(LIMITS), busy(LIMITS)])
        asking = [asyncio.create_task(it.ask(RED)) for _ in range(3)]
        await asyncio.sleep(0.01)
        it.gate.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert [isinstance(each, Problem) for each in found] == [True, True, False]
        assert len(it.asked) == 3

    run(use)


def test_memory_has_a_bound_and_forgets_first_what_nobody_asks_for() -> None:
    async def use(it: Asked) -> None:
        ((said,),) = await it.ask(RED)

        async def measure(pictures: Sequence[bytes], panel: Panel) -> list[tuple[Result, ...]]:
            it.asked.append((pictures, []))
            return [(said,)] * len(pictures)

        it.cache._ask = measure
        it.asked.clear()
        for number in range(2000):
            await it.ask(b"%d" % number)
            await it.ask(RED)
        assert len(it.asked) == 2000
        assert 0.9e6 < it.cache._memory.currsize <= 1e6
        await it.ask(b"1999")
        assert len(it.asked) == 2000
        await it.ask(b"0")
        assert len(it.asked) == 2001

    run(use)


def test_nothing_is_kept_where_that_is_off() -> None:
    async def use(it: Asked) -> None:
        assert await it.ask(RED) == await it.ask(RED)
        assert len(it.asked) == 2
        assert it.lookups("memory", "miss") == 0

    run(use, "off")


def test_a_label_that_is_no_text_is_measured_again() -> None:
    broken = named_model("broken", ("\ud800", "b", "c"))

    async def use(it: Asked) -> None:
        for count in (1, 2):
            ((found,),) = await it.ask(RED, about=[broken])
            assert found.scores.keys() == {"\ud800", "b", "c"}
            assert len(it.asked) == count

    run(use)


def test_processes_share_what_a_server_keeps_and_it_holds_no_picture(
    redis_server: RedisServer,
) -> None:
    found, models = [], [small_model(), named_model("other", ("a", "b"))]

    async def use(it: Asked) -> None:
        found.append(await it.ask(RED, about=models))
        # What came from the server is in memory from then on.
        await it.ask(RED, about=models[:1])
        assert len(it.asked) == (len(found) == 1)
        assert it.lookups("redis", "hit") == (0 if len(found) == 1 else 2)
        assert it.lookups("memory", "hit") == 1

    run(use, redis_server.url, redis_server.url)
    assert found[0] == found[1]
    kept = {key: redis_server.client.get(key) for key in redis_server.client.scan_iter()}
    assert len(kept) == 2
    for key, entry in kept.items():
        assert key.startswith(b"artlens:")
        name, said = json.loads(entry)
        assert name == key.decode()
        assert said["source"] == ""
        assert RED[:20] not in entry
        assert len(entry) < 2000


def _lies(entry: bytes, other: bytes) -> Iterator[bytes]:
    key, said = json.loads(entry)
    yield b"\xff\x00 garbage"
    yield entry[:-9]
    yield b"null"
    yield other
    yield b"[" * 100_000
    yield b" " * (MOST_BYTES + 1) + entry
    wrongs: Sequence[dict[str, object]] = (
        {"label": 5},
        {"label": "MADE UP"},
        {"labels": ["MADE UP"]},
        {"model": None},
        {"score": 1.5},
        {"score": float("nan")},
        {"scores": {}},
        {"scores": said["scores"] | {"RED": -1}},
        {"scores": said["scores"] | {"MADE UP": 0.5}},
        {"palette": "red"},
        {"warnings": [{"code": "made up", "message": ""}]},
    )
    for wrong in wrongs:
        yield json.dumps([key, said | wrong]).encode()
    yield json.dumps([key, {name: said[name] for name in said if name != "score"}]).encode()


def test_what_a_server_makes_up_is_counted_and_measured_instead(redis_server: RedisServer) -> None:
    client = redis_server.client

    async def use(it: Asked) -> None:
        right = await it.ask(RED)
        (key,) = client.keys()
        entry = client.get(key)
        await it.ask(PINK)
        (pink,) = set(client.keys()) - {key}
        for count, lie in enumerate(_lies(entry, client.get(pink)), start=1):
            client.set(key, lie)
            it.forget()
            assert await it.ask(RED) == right, lie[:200]
            assert len(it.asked) == 1, lie[:200]
            assert it.errors("garbage") == count
            assert client.get(key) == entry
        it.forget()
        assert await it.ask(RED) == right
        assert not it.asked

    run(use, redis_server.url)


def test_what_is_no_text_at_all_under_a_key_is_measured_and_replaced(
    redis_server: RedisServer,
) -> None:
    async def use(it: Asked) -> None:
        right = await it.ask(RED)
        (key,) = redis_server.client.keys()
        redis_server.client.delete(key)
        redis_server.client.rpush(key, "a", "list")
        it.forget()
        assert await it.ask(RED) == right
        assert it.errors("refused") == 1

    run(use, redis_server.url)
    (key,) = redis_server.client.keys()
    assert redis_server.client.type(key) == b"string"


def test_without_its_server_it_answers_all_the_same() -> None:
    async def use(it: Asked) -> None:
        for picture in (RED, PINK, RED, PINK):
            ((found,),) = await it.ask(picture)
            assert isinstance(found, Prediction)
        assert len(it.asked) == 2
        assert it.lookups("memory", "hit") == 2
        assert sum(map(it.errors, ("connection", "timeout", "protocol"))) == 3

    with standing_in() as mute, standing_in(b"hello\r\n") as senseless:
        run(use, refusing_url(), mute.url, senseless.url)


def test_the_service_measures_once_what_is_sent_again(redis_server: RedisServer) -> None:
    """By any address that says what a picture is, under any name, to any of two services."""
    with running(cache=redis_server.url) as one, running(cache=redis_server.url) as two:
        told = one.client.post("/v1/predict", files={"file": ("rose.jpg", RED)}).json()
        for service in (one, two):
            again = service.client.post("/v1/predict", files={"file": ("b.jpg", RED)}).json()
            assert {**told, **{name: again[name] for name in ("filename", "milliseconds")}} == again
            assert again["filename"] == "b.jpg"
            files = [("files", (name, RED)) for name in ("x", "y")]
            batch = service.client.post("/v1/predict/batch", files=files).json()["results"]
            assert [found["filename"] for found in batch] == ["x", "y"]
            assert [found["label"] for found in batch] == ["RED", "RED"]
            whole = service.client.post("/v1/analyse", files={"file": ("c.jpg", RED)}).json()
            assert whole["answers"][0]["scores"] == told["scores"]
            assert (whole["filename"], whole["palette"]) == ("c.jpg", told["palette"])
            bare = service.client.post("/img_classify", files={"file": RED}).json()
            assert bare == {"prediction": "RED"}
        counted = one.client.get("/metrics").text, two.client.get("/metrics").text
    assert 'artlens_task_seconds_count{task="color"} 1.0' in counted[0]
    assert "artlens_task_seconds_count" not in counted[1]
    assert 'artlens_cache_lookups_total{outcome="hit",store="redis"} 1.0' in counted[1]
    for metrics in counted:
        assert 'artlens_predictions_total{label="RED",task="color"}' in metrics
