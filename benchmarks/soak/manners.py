"""Politeness by the museum's own log, the second run, and the supervisor's memory."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psutil
from protego import Protego

from benchmarks.benchmark_scraping import (
    DOWNLOAD_FLOOR,
    DOWNLOAD_RATIO_FLOOR,
    compare_downloading,
    downloading_ratio,
)
from benchmarks.soak.figure import Figure
from benchmarks.soak.runs import run_scrape, scrape_command
from src.config import PACKAGE_ROOT
from src.gallery.http_server import Visit
from src.gallery.museum import Museum
from src.gallery.site_pages import ROBOTS
from src.gallery.works import PUBLISHED_TOTALS

RATE_PER_S: Final = 10
RETRY_AFTER_S: Final = 3.0
# What had left before the refusal came back cannot be called off.
IN_FLIGHT_S: Final = 0.3
SECOND_RUN_LIMIT_S: Final = 3.0
MEMORY_LIMIT_MB: Final = 200.0
_POLITE_WORKS: Final = "RED=60,BLUE=60"
_COLORS: Final = ("--color", "RED", "--color", "BLUE")


def measure_download(root: Path) -> Iterator[Figure]:
    """Compare the download with a new connection per picture."""
    comparison = compare_downloading(root)
    fast = comparison.ours_per_s >= DOWNLOAD_FLOOR
    yield Figure(
        "download",
        str(downloading_ratio(comparison)),
        f"{DOWNLOAD_FLOOR:g} pictures/s and {DOWNLOAD_RATIO_FLOOR:g} times",
        fast and comparison.ratio >= DOWNLOAD_RATIO_FLOOR,
    )


def measure_politeness(root: Path) -> Iterator[Figure]:
    """Scrape at a rate, refused once in between, and read the museum's log; then run again."""
    refusal = f"rate-limit:on=image,after=30,first=1,value={RETRY_AFTER_S:g}"
    options = ("--works", _POLITE_WORKS, "--thumbnails", "plain", "--fault", refusal)
    with Museum(*options) as museum:
        done = run_scrape(museum, root, *_COLORS, "--rate", str(RATE_PER_S), "--details")
        visits = museum.visits()
        yield _rate_figure(visits, done.exit_code)
        yield _pause_figure(visits)
        yield _robots_figure(visits)
        yield _once_figure(visits)
        yield _second_run_figure(museum, root)


def measure_memory(root: Path) -> Iterator[Figure]:
    """Scrape as many works as the real site declared, and watch the supervisor's memory."""
    total = sum(PUBLISHED_TOTALS.values())
    with Museum("--works", "published", "--thumbnails", "plain") as museum:
        command = scrape_command(museum, root)
        with subprocess.Popen(command, cwd=PACKAGE_ROOT.parent, stdout=subprocess.DEVNULL) as run:
            peak_mb = _peak_memory_mb(run)
        images = len({visit.path for visit in museum.visits("image")})
    yield Figure(
        f"memory at {total} works",
        f"{peak_mb:.0f} MB at most, {images} pictures, exit code {run.returncode}",
        f"less than {MEMORY_LIMIT_MB:g} MB, {total} pictures, exit code 0",
        peak_mb < MEMORY_LIMIT_MB and images == total and run.returncode == 0,
    )


def most_in_window(times: Sequence[float], window_s: float = 1.0) -> int:
    """Return the largest number of times that fall into any window of this length.

    Examples
    --------
    >>> most_in_window([0.0, 0.4, 0.9, 1.1, 3.0])
    3
    """
    most, start = 0, 0
    for end, time_s in enumerate(times):
        while time_s - times[start] >= window_s:
            start += 1
        most = max(most, end - start + 1)
    return most


def _rate_figure(visits: Sequence[Visit], exit_code: int) -> Figure:
    most = most_in_window([visit.time for visit in visits])
    return Figure(
        f"polite, rate of {RATE_PER_S}/s",
        f"{len(visits)} requests, at most {most} in any second, exit code {exit_code}",
        f"at most {RATE_PER_S} in any second, exit code 0",
        most <= RATE_PER_S and exit_code == 0,
    )


def _pause_figure(visits: Sequence[Visit]) -> Figure:
    refused = [visit.time for visit in visits if visit.status == 429]
    early = [
        visit
        for visit in visits
        for time_s in refused
        if IN_FLIGHT_S < visit.time - time_s < RETRY_AFTER_S
    ]
    return Figure(
        f"polite, Retry-After of {RETRY_AFTER_S:g} s",
        f"{len(refused)} refused, {len(early)} requests too early",
        "1 refused, 0 too early",
        (len(refused), len(early)) == (1, 0),
    )


def _robots_figure(visits: Sequence[Visit]) -> Figure:
    rules = Protego.parse(ROBOTS)
    asked = [visit for visit in visits if not visit.by_page]
    disallowed = [visit for visit in asked if not rules.can_fetch(visit.path, visit.agent)]
    return Figure(
        "polite, robots.txt",
        f"{len(asked)} requests of ours, {len(disallowed)} disallowed, first {asked[0].path}",
        "0 disallowed, first /robots.txt",
        not disallowed and asked[0].path == "/robots.txt",
    )


def _once_figure(visits: Sequence[Visit]) -> Figure:
    served = [v.path for v in visits if v.kind == "image" and v.status == 200]
    most = max(Counter(served).values())
    return Figure(
        "polite, each picture once",
        f"{len(served)} served of {len(set(served))}, at most {most} times",
        "120 of 120, once",
        (len(served), most) == (120, 1),
    )


def _second_run_figure(museum: Museum, root: Path) -> Figure:
    before = len(museum.visits())
    # Without a search path no browser can be found, so a run that wanted one would fail.
    done = run_scrape(museum, root, *_COLORS, "--details", env={"PATH": ""})
    asked = len(museum.visits()) - before
    return Figure(
        "second run",
        f"{asked} requests, {done.seconds:.1f} s, exit code {done.exit_code} without a browser",
        f"0 requests, less than {SECOND_RUN_LIMIT_S:g} s, exit code 0",
        asked == 0 and done.seconds < SECOND_RUN_LIMIT_S and done.exit_code == 0,
    )


def _peak_memory_mb(run: subprocess.Popen[bytes]) -> float:
    """Watch a process until it ends; return the largest resident size of that process alone."""
    process, peak = psutil.Process(run.pid), 0
    while run.poll() is None:
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.2)
    return peak / 1e6
