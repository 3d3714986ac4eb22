"""What several tests of the service need."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from benchmarks.service.redis_servers import RedisServer, running_redis
from src.images import load_shown
from src.models.comparing.comparer import Comparer, load_comparer
from src.models.registry import keep_model
from src.service import inference
from tests.models.comparing.hands import fit_hands, hang_works
from tests.models.embedding_models import add_tiny
from tests.service.apps import Running, running, running_client, standing, wait_for


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of a service with the small model."""
    with running_client() as client:
        yield client


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where a model that compares stands, and works hang, of which one is broken."""
    home = tmp_path_factory.mktemp("hands")
    with standing(home / "models"):
        keep_model(fit_hands(add_tiny(home)), "mine", use=True)
        hang_works(home / "rooms")
        (home / "rooms" / "deep").mkdir()
        (home / "rooms" / "deep" / "broken.png").write_bytes(b"no picture")
        yield home


@pytest.fixture(scope="module")
def comparer(home: Path) -> Comparer:
    return load_comparer("mine")


@pytest.fixture(scope="module")
def full_service(home: Path) -> Iterator[Running]:
    """A service that compares, and searches those works."""
    with running(similar=home / "rooms") as service:
        folder = service.state.folder
        wait_for(lambda: folder is not None and folder.progress == "ready")
        yield service


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Predictions wait until it is set."""
    opened = threading.Event()
    decode = load_shown

    def wait_and_decode(*args: Any, **kwargs: Any) -> Any:
        assert opened.wait(30)
        return decode(*args, **kwargs)

    monkeypatch.setattr(inference, "load_shown", wait_and_decode)
    yield opened
    opened.set()


@pytest.fixture(scope="session")
def _own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(_own_redis: RedisServer) -> RedisServer:
    """A real server in which nothing is kept yet."""
    _own_redis.client.flushall()
    return _own_redis
