"""What the scraper's tests share: a museum, a folder, and ways to run the real command."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from src.config import PACKAGE_ROOT
from src.fetching.ledger import StoredImage
from src.gallery.museum import Museum
from src.scraping.addresses import Artwork
from src.scraping.run import RawFolder
from src.scraping.store import Store

COMMAND = [sys.executable, "-m", "src.scraping.scrape_pictures"]
# For tests, one browser, and a page that is silent for two seconds has ended.
QUICK = {"ARTLENS_STALL_S": "2", "ARTLENS_TIMEOUT_S": "3", "ARTLENS_BROWSERS": "1"}

Scrape = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> RawFolder:
    folder = RawFolder(tmp_path / "data" / "raw")
    folder.work.mkdir(parents=True)
    folder.prepare()
    return folder


@pytest.fixture
def store(folder: RawFolder) -> Iterator[Store]:
    with Store(folder.database) as store:
        yield store


@pytest.fixture(scope="module")
def small_museum() -> Iterator[Museum]:
    """Two short lists, one of them with a batch to scroll for; faults are switched by the tests."""
    with Museum("--works", "RED=60,PINK=12", "--thumbnails", "plain") as museum:
        yield museum


@pytest.fixture
def museum(small_museum: Museum) -> Museum:
    small_museum.switch()
    return small_museum


@pytest.fixture
def scrape(museum: Museum, folder: RawFolder) -> Scrape:
    """Run the real command against the museum, on this test's data folder."""

    def run(*options: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return run_scrape(museum.url, folder, *options, **env)

    return run


def run_scrape(
    url: str, folder: RawFolder, *options: str, **env: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        scrape_command(url, folder, *options),
        env=os.environ | QUICK | env,
        cwd=PACKAGE_ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def scrape_command(url: str, folder: RawFolder, *options: str) -> list[str]:
    place = ["--site", url, "--data-dir", str(folder.root.parent)]
    return [*COMMAND, *place, "--color", "RED", "--color", "PINK", *options]


def read_events(stderr: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]


def read_tree(folder: RawFolder) -> dict[str, bytes]:
    """Return the bytes of the manifest and of every picture, by name."""
    images = {path.name: path.read_bytes() for path in folder.images.iterdir()}
    return images | {"pictures.csv": folder.manifest.read_bytes()}


def artwork(key: str, color: str = "RED", image: str = "/ci/x") -> Artwork:
    return Artwork(key, f"/asset/s/{key}", image, color, 'A "quoted", title', "Ünal")


def stored(key: str) -> StoredImage:
    return StoredImage(f"{key}.webp", "ab" * 32, 9, 218, 218)


def collect(store: Store, color: str, keys: list[str], declared: int) -> None:
    number = store.begin_color(color)
    store.open_color(color, declared)
    store.add_tiles(number, [artwork(key, color) for key in keys], "link")
