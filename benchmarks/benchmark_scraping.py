"""How much faster works are collected and pictures downloaded than in the published study.

Run with ``python -m benchmarks.benchmark_scraping``. Both ways meet the same museum, one after the
other in the same run. The study's ways follow its description; its own code was not used.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from benchmarks.report import Ratio, run_alone
from src.fetching.downloads import make_fetcher
from src.fetching.refusal import Refusal
from src.fetching.reporting import Silence
from src.gallery.museum import Museum
from src.gallery.site_pages import THUMBNAIL_SUFFIX
from src.gallery.works import Catalogue, page_path, parse_totals
from src.scraping.addresses import Artwork
from src.scraping.browser import Browser
from src.scraping.chrome import BrowserSpec, chrome_options
from src.scraping.collect import Order, collect_color
from src.scraping.phases import download_images
from src.scraping.run import RawFolder, Run
from src.scraping.store import Store

COLLECT_FLOOR: Final = 60.0
COLLECT_RATIO_FLOOR: Final = 6.0
DOWNLOAD_FLOOR: Final = 150.0
DOWNLOAD_RATIO_FLOOR: Final = 4.0

PAGE_LATENCY_MS: Final = "250"
IMAGE_LATENCY_MS: Final = "50"
PAGE_WORKS: Final = 250
IMAGES: Final = 2000
# The slow way is measured on fewer pictures; its pace does not depend on their number.
PLAIN_IMAGES: Final = 200
CONNECTIONS: Final = 16
# The study scrolled with a process per core, each of which fetched its pictures one by one.
STUDY_WORKERS: Final = 2
STUDY_SLEEP_S: Final = 3.0

_TILES: Final = """return [...document.querySelectorAll('.DuHQbc a[href*="/asset/"]')]
    .map((tile) => getComputedStyle(tile).backgroundImage)"""


@dataclass(slots=True)
class CountingDesk:
    """Lets the browser go on at once, and keeps what it hands in, with the time."""

    artworks: list[Artwork] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def ask(self, requests: int, refusal: Refusal | None = None) -> None:
        """Never make anybody wait."""

    def opened(self, declared: int | None) -> None:
        """Start the clock of the first batch."""

    def hand_in(self, artworks: tuple[Artwork, ...], rule: str) -> None:
        """Keep a batch."""
        self.artworks += artworks
        self.times += [time.monotonic()] * len(artworks)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Items per second of ours and of the study's way, and how many items that one lost."""

    ours_per_s: float
    study_per_s: float
    study_lost: int = 0

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.ours_per_s / self.study_per_s


def collect_works(museum: Museum, color: str, root: Path) -> CountingDesk:
    """Collect a colour with one browser, as a worker of a scrape does."""
    desk = CountingDesk()
    with Browser(_spec(root)) as browser:
        desk.times.append(time.monotonic())
        collect_color(browser, Order(museum.url, color, None, stall_s=10), desk)
    return desk


def collect_as_the_study(museum: Museum, color: str, root: Path) -> tuple[float, int, int]:
    """Jump to the bottom, sleep, and at the end read the computed style of every tile.

    Returns
    -------
    tuple
        Seconds, tiles with an address, tiles without.
    """
    service = Service(executable_path=shutil.which("chromedriver"))
    with webdriver.Chrome(options=chrome_options(_spec(root)), service=service) as driver:
        start = time.monotonic()
        driver.get(f"{museum.url}/color?col={color}")
        height = 0
        while height != (height := driver.execute_script("return document.body.scrollHeight")):
            driver.execute_script("scrollTo(0, document.body.scrollHeight)")
            time.sleep(STUDY_SLEEP_S)
        images: list[str] = driver.execute_script(_TILES)
        seconds = time.monotonic() - start
    lost = images.count("none")
    return seconds, len(images) - lost, lost


def compare_collecting(root: Path) -> Comparison:
    """Collect the same page both ways, with one browser each."""
    options = ("--works", f"RED={PAGE_WORKS}", "--thumbnails", "plain")
    with Museum(*options, "--latency-ms", PAGE_LATENCY_MS) as museum:
        desk = collect_works(museum, "RED", root / "ours")
        seconds, found, lost = collect_as_the_study(museum, "RED", root / "study")
    ours_per_s = len(desk.artworks) / (desk.times[-1] - desk.times[0])
    return Comparison(ours_per_s, found / seconds, lost)


def download_as_the_study(urls: list[str], folder: Path, workers: int) -> float:
    """Fetch pictures with a new connection for each; return the seconds it took."""
    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(partial(_save_picture, folder), range(len(urls)), urls))
    return time.monotonic() - start


def download_works(museum: Museum, artworks: Iterable[Artwork], root: Path) -> float:
    """Download, check, hash, sync and record pictures as a scrape does; return the seconds."""
    folder = RawFolder(root)
    with folder.locked(), Store(folder.database) as store:
        folder.prepare()
        store.expect((artwork, "") for artwork in artworks)
        run = Run(folder, store, Silence(), threading.Event())
        fetcher = make_fetcher(CONNECTIONS, None, run.stop)
        start = time.monotonic()
        download_images(run, museum.url, fetcher)
        return time.monotonic() - start


def compare_downloading(root: Path) -> Comparison:
    """Download pictures of the same museum both ways."""
    artworks = museum_artworks(f"RED={IMAGES}")
    options = ("--works", f"RED={IMAGES}", "--thumbnails", "plain")
    with Museum(*options, "--latency-ms", IMAGE_LATENCY_MS) as museum:
        seconds = download_works(museum, artworks, root / "raw")
        urls = [museum.url + artwork.image for artwork in artworks[:PLAIN_IMAGES]]
        plain_s = download_as_the_study(urls, root / "plain", STUDY_WORKERS)
    stored = len(list((root / "raw" / "images").iterdir()))
    return Comparison(stored / seconds, len(urls) / plain_s)


def museum_artworks(works: str, seed: int = 0) -> list[Artwork]:
    """Return what a complete scrape of the museum would find."""
    catalogue = Catalogue(parse_totals(works), seed)
    return [
        Artwork(
            work.asset_id, page_path(work), f"/ci/{work.token}{THUMBNAIL_SUFFIX}", color, "", ""
        )
        for color, hung in catalogue.by_color.items()
        for work in hung
    ]


def measure() -> list[Ratio]:
    """Compare collecting and downloading, each in a museum of its own."""
    with tempfile.TemporaryDirectory() as folder:
        collecting = compare_collecting(Path(folder) / "collect")
        downloading = compare_downloading(Path(folder) / "download")
    return [collecting_ratio(collecting), downloading_ratio(downloading)]


def collecting_ratio(found: Comparison) -> Ratio:
    """Say what `compare_collecting` measured."""
    note = (
        f"{found.ours_per_s:.0f} works/s against {found.study_per_s:.1f}/s, which lost "
        f"{found.study_lost} of {PAGE_WORKS}"
    )
    name = f"collecting works against a fixed sleep, {PAGE_LATENCY_MS} ms, one browser"
    return Ratio(name, found.ratio, COLLECT_RATIO_FLOOR, note)


def downloading_ratio(found: Comparison) -> Ratio:
    """Say what `compare_downloading` measured."""
    name = (
        f"downloading over {CONNECTIONS} connections against {STUDY_WORKERS} workers with a new "
        f"one each time, {IMAGE_LATENCY_MS} ms"
    )
    note = f"{found.ours_per_s:.0f} pictures/s against {found.study_per_s:.0f}/s"
    return Ratio(name, found.ratio, DOWNLOAD_RATIO_FLOOR, note)


def _spec(root: Path) -> BrowserSpec:
    return BrowserSpec(grid="", profile=root, evidence=root, agent="benchmark", timeout_s=30)


def _save_picture(folder: Path, number: int, url: str) -> None:
    # urllib opens a connection for each call and closes it with the answer.
    with urlopen(url, timeout=30) as answer:
        (folder / f"{number}.webp").write_bytes(answer.read())


if __name__ == "__main__":
    run_alone(measure)
