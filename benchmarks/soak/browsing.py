"""A site of many measured pictures: its time, its memory, and the weight of its page."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.soak.figure import Figure
from src.browse.collection import choose_judges
from src.features.measured_rows import describe_spec, row_type, spec_digest
from src.gallery.paintings import paint, plan_gallery
from src.jobs.row_store import RowStore

COUNT: Final = 10_000
MOST_S: Final = 180
MOST_BYTES: Final = 1_500_000
# Before the first picture: of the page itself, its style and scripts, and the first data.
FIRST: Final = ("index.html", "browse.*", "icon.svg", "data/site.js", "data/wall-*.js")
_DISTINCT: Final = 60
_SIDE: Final = 218
_LARGEST: Final = 1 << 30
_BYTES_A_PICTURE: Final = 16_384
_POLL_S: Final = 0.2


def measure_browsing(folder: Path) -> Iterator[Figure]:
    """Make a site of pictures whose rows are known, then once more of the same."""
    measured = folder / "measured.sqlite"
    make_collection(folder / "pictures", COUNT, measured)
    site = folder / "site"
    for what in ("measured already", "seen before"):
        seconds, peak = run_browse(folder / "pictures", site, measured)
        yield Figure(
            f"a site of {COUNT:,} pictures, {what}",
            f"{seconds:.0f} s, {peak / 2**20:,.0f} MB in all processes",
            f"at most {MOST_S} s and {most_memory(COUNT) / 2**20:,.0f} MB",
            seconds <= MOST_S and peak <= most_memory(COUNT),
        )
    weight = sum(path.stat().st_size for name in FIRST for path in site.glob(name))
    limit = f"at most {MOST_BYTES / 1e6:.1f} MB"
    told = f"{weight / 1e6:.2f} MB"
    yield Figure(f"its page before pictures, {COUNT:,}", told, limit, weight <= MOST_BYTES)


def most_memory(count: int) -> int:
    """Return how many bytes a site of so many pictures may take."""
    return _LARGEST + count * _BYTES_A_PICTURE


def make_collection(folder: Path, count: int, measured: Path) -> None:
    """Write pictures, each of four paintings of the gallery, and rows as if they were measured."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    paintings = [_whole(paint(plan)) for plan in plan_gallery(_DISTINCT, seed=1)]
    spec = choose_judges(None).comparer.metadata.feature_spec
    axes = rng.normal(size=(_DISTINCT, len(spec.names)))
    with RowStore(measured) as store:
        store.name_spec(spec_digest(spec), describe_spec(spec))
        for number in range(count):
            chosen = rng.integers(_DISTINCT, size=4).tolist()
            data = _picture([paintings[k] for k in chosen], rng)
            (folder / f"{number:06d}.jpg").write_bytes(data)
            row = axes[chosen].mean(axis=0) + rng.normal(size=axes.shape[1]) / 2
            content = row.astype(row_type(spec)).tobytes()
            store.keep(spec_digest(spec), sha256(data).digest(), content)


def _whole(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (2 * _SIDE, 2 * _SIDE)
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _picture(paintings: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> bytes:
    """Return a picture that no other is like: a quarter of each of four paintings."""
    corners = rng.integers(_SIDE, size=(4, 2)).tolist()
    half = _SIDE // 2
    parts = [
        bgr[y : y + half, x : x + half] for bgr, (y, x) in zip(paintings, corners, strict=True)
    ]
    whole = np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])])
    return cv2.imencode(".jpg", whole)[1].tobytes()


def run_browse(pictures: Path, site: Path, measured: Path) -> tuple[float, int]:
    """Return how long the command took, and the most bytes that its processes held together."""
    command = [sys.executable, "-m", "src", "browse", str(pictures), "-o", str(site), "--jobs", "2"]
    start, peak = time.monotonic(), 0
    environment = {**os.environ, "ARTLENS_MEASURED_FILE": str(measured)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        while run.poll() is None:
            with suppress(psutil.NoSuchProcess):
                whole = [main := psutil.Process(run.pid), *main.children(recursive=True)]
                peak = max(peak, sum(process.memory_info().rss for process in whole))
            time.sleep(_POLL_S)
    if run.returncode:
        raise RuntimeError(f"browse failed (exit code {run.returncode})")
    return time.monotonic() - start, peak
