"""How much faster pictures of posts are collected than by asking for one after the other.

Run with ``python -m benchmarks.benchmark_collect``. Both ways meet the same stand-in for Reddit,
in turns in the same run.
"""

import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

from urllib3 import PoolManager

from benchmarks.report import Ratio, run_alone
from src.fetching.outside import stand_in_address
from src.gallery.forum import Forum
from src.reddit.api import Listing
from src.reddit.collecting import collect
from src.reddit.recipe_file import read_recipe
from src.reddit.run_parts import (
    CollectOptions,
    Effort,
    Place,
    PostsFolder,
    Sources,
)

FLOOR: Final = 4.0
LATENCY_MS: Final = "50"
POSTS: Final = "1000"
CONNECTIONS: Final = 16
ROUNDS: Final = 3
# The slow way is measured on fewer pictures; its pace does not depend on their number.
PLAIN_PICTURES: Final = 100


class Clock:
    """Measures how long pictures take to come in, without the time in which they are compared."""

    def __init__(self) -> None:
        self.pictures, self.seconds, self._since = 0, 0.0, 0.0

    def tell(self, event: str, **facts: Any) -> None:
        """Note the time of a picture."""
        now = time.monotonic()
        if event == "image" and self._since:
            self.pictures += 1
            self.seconds += now - self._since
        self._since = now if event == "image" else 0.0


def collect_pictures(forum: Forum, root: Path) -> Clock:
    """Collect what the shipped recipe wants: checked, compared, committed."""
    clock = Clock()
    options = CollectOptions(
        read_recipe("rart-medium"),
        Sources(listings=(Listing("Art"),)),
        Place(site=forum.url),
        Effort(CONNECTIONS),
    )
    collect(options, PostsFolder(root), clock, threading.Event())
    return clock


def fetch_one_by_one(forum: Forum, addresses: list[str], folder: Path) -> float:
    """Fetch pictures over a connection that is kept, unchecked; return how many a second."""
    pool = PoolManager(retries=False)
    start = time.monotonic()
    for number, address in enumerate(addresses):
        reply = pool.request("GET", stand_in_address(forum.url, address))
        (folder / f"{number}.jpg").write_bytes(reply.data)
    return len(addresses) / (time.monotonic() - start)


def measure_once(forum: Forum, root: Path) -> tuple[float, float]:
    """Return the pictures per second of both ways."""
    clock = collect_pictures(forum, root / "medium")
    table = (root / "medium" / "pictures.csv").read_text(encoding="utf-8").splitlines()
    addresses = [line.split(",")[2] for line in table[1 : 1 + PLAIN_PICTURES]]
    return clock.pictures / clock.seconds, fetch_one_by_one(forum, addresses, root)


def measure() -> list[Ratio]:
    """Collect both ways, in turns."""
    options = ("--posts", POSTS, "--pictures", "plain", "--latency-ms", LATENCY_MS)
    with Forum(*options) as forum:
        pairs = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as name:
                pairs.append(measure_once(forum, Path(name)))
    ours, plain = sorted(pairs, key=lambda pair: pair[0] / pair[1])[ROUNDS // 2]
    note = f"{ours:.0f} pictures/s against {plain:.1f}/s, the median of {ROUNDS} rounds"
    name = (
        f"pictures of posts over {CONNECTIONS} connections, against one after the other, "
        f"{LATENCY_MS} ms"
    )
    return [Ratio(name, ours / plain, FLOOR, note)]


if __name__ == "__main__":
    run_alone(measure)
