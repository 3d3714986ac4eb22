"""Threads that predict: their queue, their turns, their memory."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest

from src.features.measuring import Measured
from src.images import load_shown
from src.models.answers import Panel
from src.models.predict_model import predict
from src.records import FailedPrediction, Prediction
from src.service import inference
from src.service.inference import Errand, Inference, Job
from src.service.limits import ServiceLimits
from src.service.metrics import Metrics
from tests.service.apps import (
    assert_refused,
    encoded,
    running,
    small_model,
    wait_for,
)

WAIT_S = 10


RED = Prediction("", "RED", 1.0, {"RED": 1.0})


@contextmanager
def threads(count: int) -> Any:
    engine = Inference(ServiceLimits(threads=count), Metrics())
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def answer_with(monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    def ask_panel(pictures: Sequence[bytes], *_: object) -> list[tuple[Prediction]]:
        for picture in pictures:
            look(picture)
        return [(RED,) for _ in pictures]

    monkeypatch.setattr(inference, "ask_panel", ask_panel)


@cache
def panel() -> Panel:
    return Panel.of([small_model()])


def test_pictures_are_decoded_by_all_threads_and_answered_by_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[tuple[str, bool]] = []

    def note(owner: Any, step: str) -> None:
        done = getattr(owner, step)

        def noted(*args: Any, **options: Any) -> Any:
            held.append((step, engine._turn.locked()))
            return done(*args, **options)

        monkeypatch.setattr(owner, step, noted)

    with threads(2) as engine:
        for owner, step in (
            (inference, "load_shown"),
            (inference, "measure_shown"),
            (Measured, "with_palette"),
            (Panel, "answer"),
        ):
            note(owner, step)
        asyncio.run(engine.ask([encoded()], panel()))
    assert held == [
        ("load_shown", False),
        ("measure_shown", False),
        ("with_palette", True),
        ("answer", True),
    ]


def test_several_pictures_are_answered_as_one_by_one() -> None:
    pictures = [encoded(), b"no picture", encoded("PINK", side=300), encoded(suffix=".png")]

    def ask(*some: bytes) -> list[Any]:
        watch = lambda _task: nullcontext()  # noqa: E731
        return inference.ask_panel(some, panel(), ServiceLimits(), watch)

    together = [said for (said,) in ask(*pictures)]
    assert isinstance(together[1], FailedPrediction)
    for picture, said in zip(pictures, together, strict=True):
        if isinstance(said, Prediction):
            ((alone,),) = ask(picture)
            assert alone == replace(predict(picture, model=small_model()), source="")
            # Rows that are scored together may differ in the last bits.
            assert said.scores == pytest.approx(alone.scores)
            assert replace(said, score=1.0, scores={}) == replace(alone, score=1.0, scores={})


def test_no_more_is_kept_of_a_picture_than_its_working_image() -> None:
    tall = cv2.imencode(".png", np.zeros((5000, 20, 3), np.uint8))[1].tobytes()
    begun = inference._begin(tall, panel(), ServiceLimits())
    assert not isinstance(begun, FailedPrediction)
    assert begun[0].shape == (20, 20, 3)
    assert begun[0].base is None


def test_a_file_that_takes_long_does_not_hold_up_another(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, released = Event(), Event()
    slow_picture, decode = encoded("PINK"), load_shown

    def decode_slowly(content: bytes, **options: Any) -> Any:
        if content == slow_picture:
            begun.set()
            assert released.wait(WAIT_S)
        return decode(content, **options)

    async def send_both(engine: Inference) -> bool:
        slow = asyncio.create_task(engine.ask([slow_picture], panel()))
        await asyncio.to_thread(begun.wait, WAIT_S)
        await asyncio.wait_for(engine.ask([encoded()], panel()), WAIT_S / 2)
        waited = not slow.done()
        released.set()
        await slow
        return waited

    monkeypatch.setattr(inference, "load_shown", decode_slowly)
    with threads(2) as engine:
        assert asyncio.run(send_both(engine))


def test_predictions_do_not_wait_for_explanations_that_came_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, released = Event(), Event()
    predicted = Event()

    def explain() -> str:
        assert predicted.wait(WAIT_S)
        return "why"

    def look(picture: bytes) -> None:
        if picture == b"first":
            begun.set()
            assert released.wait(WAIT_S)

    async def send_all(engine: Inference) -> Any:
        first = asyncio.create_task(engine.ask([b"first"], panel()))
        await asyncio.to_thread(begun.wait, WAIT_S)
        why = asyncio.create_task(engine.run(explain, [b"why"]))
        then = asyncio.create_task(engine.ask([b"then"], panel()))
        await asyncio.sleep(0)
        released.set()
        await asyncio.wait_for(asyncio.gather(first, then), WAIT_S / 2)
        predicted.set()
        return await why

    answer_with(monkeypatch, look)
    with threads(1) as engine:
        assert asyncio.run(send_all(engine)) == "why"
        assert engine.waiting == 0


def test_what_asks_one_panel_is_scored_together_and_the_quickest_panel_first() -> None:
    deep = Panel.of([small_model()], 0.5)
    deep = replace(deep, specs=(replace(deep.specs[0], network="net 0"),))
    loop = asyncio.new_event_loop()
    jobs: list[Any] = [Job(b"", each, loop.create_future()) for each in (deep, panel(), deep)]
    errand = Errand(0, str, loop.create_future())
    assert list(inference._portions([errand, *jobs])) == [[jobs[1]], [jobs[0], jobs[2]], [errand]]
    loop.close()


def test_beyond_what_may_wait_clients_are_told_to_come_again(gate: threading.Event) -> None:
    with running(max_waiting=2, threads=1, retry_after_s=7) as service:
        client = service.client
        with ThreadPoolExecutor(2) as pool:
            post = lambda: client.post("/v1/predict", files={"file": encoded()})  # noqa: E731
            accepted = [pool.submit(post) for _ in range(2)]
            wait_for(lambda: service.waiting == 2)
            for path, field in (
                ("/v1/predict", "file"),
                ("/v1/explain", "file"),
                ("/v1/predict/batch", "files"),
            ):
                refused = client.post(path, files={field: encoded()})
                assert_refused(refused, 503, "busy")
                assert refused.headers["retry-after"] == "7"
            assert_refused(client.get("/readyz"), 503, "busy")
            assert client.get("/healthz").status_code == 200
            assert client.get("/v1/classes").status_code == 200
            gate.set()
            assert [reply.result().status_code for reply in accepted] == [200, 200]
        wait_for(lambda: service.waiting == 0)
        # To come again would never help a batch that is larger than the queue.
        files = [("files", encoded())] * 3
        assert client.post("/v1/predict/batch", files=files).status_code == 200


PREPARE = """
import resource
import numpy as np, psutil
from src.service.inference import return_large_blocks

return_large_blocks()
"""


LARGE = """
del_me = np.ones(30 << 20, np.uint8)
del del_me
blocks = [np.ones(5 << 20, np.uint8) for _ in range(20)]
before = psutil.Process().memory_info().rss
last = blocks.pop()
blocks.clear()
print((before - psutil.Process().memory_info().rss) >> 20)
"""


MIDDLING = """
def faults_of_a_picture():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [np.ones(3 << 20, np.uint8) for _ in range(4)]
    blocks.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(max([faults_of_a_picture() for _ in range(10)][1:]))
"""


ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is glibc's")


def outcome(program: str) -> int:
    command = [sys.executable, "-c", PREPARE + program]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@ON_LINUX
def test_memory_of_large_pictures_goes_back_although_a_later_block_stays() -> None:
    assert outcome(LARGE) > 80


@ON_LINUX
def test_middling_pictures_take_turns_on_the_same_memory() -> None:
    assert outcome(MIDDLING) < 100
