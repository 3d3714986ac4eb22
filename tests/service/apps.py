"""The service with a small model, on a port of its own, for tests in this process."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
import uvicorn
from pydantic import SecretStr
from sklearn.base import clone

from src.config import settings
from src.features import backbones
from src.models.artifact import FittedModel, LoadedModel
from src.models.predict_model import Classifier, predict
from src.service.app import create_app
from src.service.connections import TimedProtocol
from src.service.limits import CacheSettings, ServiceLimits
from src.service.state import State
from src.tasks import Task
from tests.models.fitted_models import fit_model, make_rows, paint


@cache
def small_model() -> Classifier:
    fitted = fit_model()
    return Classifier(
        LoadedModel(fitted.estimator, fitted.metadata, "0123456789abcdef" * 4), "tiny"
    )


def fit_named(task: str, classes: tuple[str, ...]) -> FittedModel:
    """Fit a model for another task; three classes look as those of the small model do."""
    fitted = fit_model()
    rows, _ = make_rows(fitted.metadata.classes)
    rows = np.repeat(rows, 1 + 3 * len(classes) // len(rows), axis=0)
    labels = [classes[row * len(classes) // len(rows)] for row in range(len(rows))]
    return replace(
        fitted,
        estimator=clone(fitted.estimator).fit(rows, labels),
        metadata=replace(fitted.metadata, task=Task(task, task, classes=classes), classes=classes),
    )


@cache
def named_model(task: str, classes: tuple[str, ...]) -> Classifier:
    fitted = fit_named(task, classes)
    return Classifier(LoadedModel(fitted.estimator, fitted.metadata, "fedcba9876543210" * 4))


@dataclass(frozen=True)
class Running:
    """A service that answers, and a client for it."""

    client: httpx.Client
    state: State

    @property
    def waiting(self) -> int:
        return self.state.inference.waiting


@contextmanager
def standing(shelf: Path) -> Iterator[None]:
    """Let that be where one's own models and networks are."""
    known = (settings, backbones._find_again)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTLENS_MODELS_DIR", str(shelf))
        for each in known:
            each.cache_clear()
        yield
    for each in known:
        each.cache_clear()


@contextmanager
def running(
    model: Classifier | None = None, *, started: bool = True, cache: str = "off", **limits: Any
) -> Iterator[Running]:
    """Serve a model, by default the small one; only with another `cache` are answers kept."""
    main, kept = model or small_model(), CacheSettings(url=SecretStr(cache))
    app = create_app(main, ServiceLimits(**{"tasks": [main.task.name], **limits}), kept)
    config = uvicorn.Config(
        app, http=TimedProtocol, log_config=None, lifespan="on" if started else "off"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        wait_for(lambda: server.started)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
                yield Running(client, app.state.service)
        finally:
            server.should_exit = True
            thread.join(30)


@contextmanager
def running_client(**limits: Any) -> Iterator[httpx.Client]:
    with running(**limits) as service:
        yield service.client


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("waited in vain")


@cache
def encoded(label: str = "RED", suffix: str = ".jpg", side: int = 24) -> bytes:
    return cv2.imencode(suffix, paint(label, np.random.default_rng(0), side))[1].tobytes()


@cache
def between_red_and_pink() -> bytes:
    """A picture of which the small model is not sure."""
    red, pink = (paint(label, np.random.default_rng(0)) for label in ("RED", "PINK"))
    for share in np.linspace(0, 1, 1001):
        mixed = np.asarray(cv2.addWeighted(red, share, pink, 1 - share, 0), np.uint8)
        if predict(mixed, order="bgr", model=small_model()).score < 0.95:
            return cv2.imencode(".png", mixed)[1].tobytes()
    raise AssertionError("the small model is sure of every mixture")


def bomb(side: int = 65_500) -> bytes:
    """Return a small JPEG whose header says that it is huge."""
    jpeg = bytearray(encoded())
    start = jpeg.index(b"\xff\xc0")
    jpeg[start + 5 : start + 9] = side.to_bytes(2) + side.to_bytes(2)
    return bytes(jpeg)


def assert_refused(reply: Any, status: int, code: str) -> str:
    """Check the one shape of errors; return the sentence."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    error = reply.json()["error"]
    assert set(error) == {"code", "message", "request_id"}
    assert error["code"] == code
    assert error["request_id"] == reply.headers["x-request-id"]
    assert error["message"][0].isupper()
    assert error["message"].endswith(".")
    return str(error["message"])
