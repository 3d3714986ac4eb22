"""What the tests of fetching share: a museum to ask, a folder, and the state of its downloads."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from src.fetching.client import Client
from src.fetching.downloads import Fetcher
from src.fetching.hosts import Hosts
from src.fetching.ledger import Ledger
from src.gallery.museum import Museum


@pytest.fixture(scope="module")
def small_museum() -> Iterator[Museum]:
    """One short list; faults are switched by the tests."""
    with Museum("--works", "PINK=12", "--thumbnails", "plain") as museum:
        yield museum


@pytest.fixture
def museum(small_museum: Museum) -> Museum:
    small_museum.switch()
    return small_museum


@pytest.fixture(scope="module")
def addresses(small_museum: Museum) -> list[str]:
    """Addresses of pictures, read off a page as it is served."""
    page = Client("artlens-test", 2, 5, 10**7).get(small_museum.url + "/color?col=PINK")
    parts = page.data.decode().split('data-bgsrc="')[1:]
    return ["http:" + part.split('"')[0] for part in parts]


@pytest.fixture
def client() -> Client:
    return Client("artlens-test", 8, 0.5, 300_000)


@pytest.fixture
def fetcher(client: Client) -> Fetcher:
    return Fetcher(client, Hosts(client, None, patience_s=5), threading.Event(), connections=4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "state.sqlite") as ledger:
        yield ledger


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
