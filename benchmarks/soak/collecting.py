"""Nothing is lost, speed, and time that grows no faster than the list."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.benchmark_scraping import (
    COLLECT_FLOOR,
    COLLECT_RATIO_FLOOR,
    PAGE_LATENCY_MS,
    collect_works,
    collecting_ratio,
    compare_collecting,
)
from benchmarks.soak.figure import Figure
from src.fetching.hosts import Gate
from src.fetching.reporting import Silence
from src.gallery.museum import Museum
from src.scraping.chrome import BrowserSpec
from src.scraping.collect import Order
from src.scraping.run import RawFolder, Run
from src.scraping.store import Store
from src.scraping.supervisor import Crew
from src.tasks.color import COLORS

WORKS: Final = 1500
SEEDS: Final = range(5)
SPEED_LIMIT_S: Final = 150.0
LONG_LIST: Final = 12_000
PART: Final = 3000
GROWTH_LIMIT: Final = 1.5
# Loss shows best where batches come fast; the speed figures have the latency of a distant site.
LOSS_LATENCY_MS: Final = "20"
_BROWSERS: Final = 2
_STALL_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Collected:
    """What a crew of browsers brought."""

    seconds: float
    works: int
    with_image: int
    complete: int


def measure_loss(root: Path) -> Iterator[Figure]:
    """Collect 11 colours with several seeds, and under the two faults that hide addresses."""
    for seed in SEEDS:
        yield _loss_figure(root, f"seed {seed}", "--seed", str(seed))
    yield _loss_figure(root, "data-bgsrc absent", "--fault", "no-bgsrc")
    yield _loss_figure(root, "2 % of backgrounds dead", "--fault", "dead-background")


def measure_speed(root: Path) -> Iterator[Figure]:
    """Compare one browser with the study's way, and time two browsers on all colours."""
    comparison = compare_collecting(root / "one")
    fast = comparison.ours_per_s >= COLLECT_FLOOR
    yield Figure(
        "speed of one browser",
        str(collecting_ratio(comparison)),
        f"{COLLECT_FLOOR:g} works/s and {COLLECT_RATIO_FLOOR:g} times",
        fast and comparison.ratio >= COLLECT_RATIO_FLOOR,
    )
    collected = collect_all(root / "two", "--latency-ms", PAGE_LATENCY_MS)
    yield Figure(
        "speed of two browsers",
        f"{collected.works} works in {collected.seconds:.0f} s at {PAGE_LATENCY_MS} ms",
        f"{WORKS * len(COLORS)} works in at most {SPEED_LIMIT_S:g} s",
        collected.works == WORKS * len(COLORS) and collected.seconds <= SPEED_LIMIT_S,
    )


def measure_growth(root: Path) -> Iterator[Figure]:
    """Compare the last works of one long page with the first ones."""
    options = ("--works", f"RED={LONG_LIST}", "--thumbnails", "plain")
    with Museum(*options, "--latency-ms", LOSS_LATENCY_MS) as museum:
        times = collect_works(museum, "RED", root / "long").times
    first, last = times[PART] - times[0], times[-1] - times[-PART]
    yield Figure(
        f"linear over {LONG_LIST} works on one page",
        f"first {PART} in {first:.1f} s, last {PART} in {last:.1f} s, {last / first:.2f} times",
        f"{LONG_LIST} works, at most {GROWTH_LIMIT:g} times",
        len(times) == LONG_LIST + 1 and last <= GROWTH_LIMIT * first,
    )


def collect_all(root: Path, *museum_options: str) -> Collected:
    """Collect every colour of a museum with two browsers, without downloading."""
    options = ("--works", str(WORKS), "--thumbnails", "plain", *museum_options)
    folder = RawFolder(root)
    with Museum(*options) as museum, folder.locked(), Store(folder.database) as store:
        folder.prepare()
        run = Run(folder, store, Silence(), threading.Event())
        orders = [Order(museum.url, color, None, _STALL_S) for color in COLORS]

        def spec(number: int) -> BrowserSpec:
            profile = (folder.profiles / str(number)).resolve()
            return BrowserSpec("", profile, folder.evidence, "soak", timeout_s=30)

        start = time.monotonic()
        Crew(run, Gate(None, 0), spec, _BROWSERS).collect(orders)
        return _count(store, time.monotonic() - start)


def _count(store: Store, seconds: float) -> Collected:
    query = "SELECT count(DISTINCT asset_id), count(DISTINCT nullif(image, '')) FROM tile"
    works, with_image = store.db.execute(query).fetchone()
    complete = sum(row.state == "complete" for row in store.colors())
    return Collected(seconds, works, with_image, complete)


def _loss_figure(root: Path, case: str, *options: str) -> Figure:
    collected = collect_all(root / case, "--latency-ms", LOSS_LATENCY_MS, *options)
    total = WORKS * len(COLORS)
    return Figure(
        f"zero loss, {case}",
        f"{collected.works} works, {collected.with_image} with their own address, "
        f"{collected.complete} colours complete, {collected.seconds:.0f} s",
        f"{total}, {total}, {len(COLORS)}",
        (collected.works, collected.with_image, collected.complete) == (total, total, len(COLORS)),
    )
