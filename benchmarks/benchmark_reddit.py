"""How fast a dump of posts is looked at, against its unpacking alone, and in what memory.

Run with ``python -m benchmarks.benchmark_reddit [POSTS]``. Both take turns. What counts is the time
of the processor, of all processes together: what it takes on one core that has nothing else to do.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from benchmarks.reddit_dump import write_dump
from benchmarks.report import Ratio, run_alone

# The share of r/Art, and the least ratio.
SHARES: Final = ((0.1, 0.2), (1.0, 0.12))
POSTS: Final = 300_000
ROUNDS: Final = 3
MOST_MB: Final = 400


class Dump(NamedTuple):
    """A file of posts, its bytes unpacked, and which share of them is r/Art's."""

    path: Path
    posts: int
    share: float
    size: int


class Cost(NamedTuple):
    """What a command took."""

    seconds: float
    memory_mb: float


def measure(posts: int = POSTS) -> list[Ratio]:
    """Compare the two on a dump of many subreddits, and on one of r/Art alone."""
    shares, floors = zip(*SHARES, strict=True)
    # To make them takes longer than to look at them.
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor() as pool:
        dumps = list(pool.map(partial(make_dump, Path(folder), posts), shares))
        ratios = map(compare_ways, dumps, floors)
        return [found for about in ratios for found in about]


def make_dump(folder: Path, posts: int, share: float) -> Dump:
    """Write a dump of so many posts."""
    path = folder / f"{share:.0%}.zst"
    return Dump(path, posts, share, write_dump(path, posts, share))


def compare_ways(dump: Dump, floor: float) -> list[Ratio]:
    """Measure what one dump takes."""
    plain = ("sh", "-c", f"zstd -dc {dump.path} | wc -l")
    ours = (sys.executable, "-m", "src", "collect", "reddit", "--dry-run", str(dump.path))
    plain_s, (ours_s, memory) = costs_in_turns(plain, ours)
    what = f"{dump.posts:,} posts, {dump.size / 1e9:.2f} GB unpacked, {dump.share:.0%} of r/Art"
    return [
        Ratio(
            f"a dump looked at, against zstd -dc | wc -l ({what})",
            plain_s / ours_s,
            floor,
            f"{ours_s:.2f} s against {plain_s:.2f} s",
        ),
        Ratio(
            f"memory for it, against {MOST_MB} MB ({what})", MOST_MB / memory, 1, f"{memory:.0f} MB"
        ),
    ]


def costs_in_turns(plain: Sequence[str], ours: Sequence[str]) -> tuple[float, Cost]:
    """Return the seconds of a plain way, and what ours takes: medians, and the most memory."""
    costs = [(cost_of(plain), cost_of(ours)) for _ in range(ROUNDS)]
    plain_s, ours_s = (median(pair[way].seconds for pair in costs) for way in (0, 1))
    return plain_s, Cost(ours_s, max(pair[1].memory_mb for pair in costs))


def cost_of(command: Sequence[str]) -> Cost:
    """Run a command and return what it and its children took."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[0]} failed with {child.returncode}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    run_alone(lambda: measure(int(sys.argv[1]) if len(sys.argv) > 1 else POSTS))
