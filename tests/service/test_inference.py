import asyncio
from collections.abc import Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from src.records import Prediction
from src.service import inference
from src.service.inference import Inference, Job
from src.service.limits import ServiceLimits
from tests.service.apps import small_model

WAIT_S = 10


@contextmanager
def two_threads() -> Any:
    engine = Inference(small_model(), ServiceLimits(threads=2))
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def answer_with(monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    def predict_batch(jobs: Sequence[Job], *_: object) -> list[Prediction]:
        for job in jobs:
            look(job)
        return [Prediction("", "RED", 1.0, {"RED": 1.0}, (), ()) for _ in jobs]

    monkeypatch.setattr(inference, "predict_batch", predict_batch)


def test_small_pictures_are_measured_by_one_thread_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[bool] = []
    with two_threads() as engine:
        answer_with(monkeypatch, lambda _job: held.append(engine._turn.locked()))
        pictures = [("", b"small"), ("", b"l" * inference._BATCH_BYTES)]
        for picture in pictures:
            asyncio.run(engine.predict([picture], 0.0))
    assert held == [True, False]


def test_a_small_file_that_takes_long_does_not_hold_up_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, released = Event(), Event()

    def look(job: Job) -> None:
        if job.content == b"slow":
            begun.set()
            assert released.wait(WAIT_S)

    async def send_both(engine: Inference) -> bool:
        slow = asyncio.create_task(engine.predict([("", b"slow")], 0.0))
        await asyncio.to_thread(begun.wait, WAIT_S)
        await asyncio.wait_for(engine.predict([("", b"quick")], 0.0), WAIT_S / 2)
        waited = not slow.done()
        released.set()
        await slow
        return waited

    answer_with(monkeypatch, look)
    with two_threads() as engine:
        assert asyncio.run(send_both(engine))
