"""What several tests of the service need."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client

from src.features import measuring
from src.service import inference
from tests.service.apps import running_client


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a service with the small model."""
    with running_client() as client:
        yield client


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Predictions wait until it is set."""
    opened = threading.Event()
    measure = measuring.measure_picture

    def wait_and_measure(*args: Any, **kwargs: Any) -> Any:
        assert opened.wait(30)
        return measure(*args, **kwargs)

    monkeypatch.setattr(inference, "measure_picture", wait_and_measure)
    yield opened
    opened.set()
