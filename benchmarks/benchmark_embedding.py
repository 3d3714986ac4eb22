"""What a picture's row costs beside the network itself: from file to row, in two processes.

Run with ``python -m benchmarks.benchmark_embedding``. The pictures are paintings of the built-in
gallery as JPEG. Two processes at once go from files to rows, or give onnxruntime alone arrays that
are ready; both ways take turns. Pictures go to the network one at a time, which should cost nothing
against many at once.
"""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.benchmark_decode import write_jpeg
from benchmarks.report import Ratio, describe_rates, run_alone
from benchmarks.timing import compare
from src.features.backbones import backbone_of
from src.features.embedding import open_session, run_session, scale_pixels, see_square
from src.features.measuring import measure_features
from src.features.specs import Features
from src.gallery.paintings import paint, plan_gallery
from src.images import ImageLimits, load_uncut

# Side in pixels, and the least ratio. A thumbnail's decoding is next to nothing beside the network.
SIZES: Final = ((224, 0.8), (512, 0.6))
PROCESSES: Final = 2
COUNT: Final = 40
AT_ONCE: Final = 16
TURNS: Final = 9
_LIMITS: Final = ImageLimits(max_bytes=1 << 26, max_pixels=1 << 26)

Way = Callable[[Sequence[str]], None]


def measure() -> list[Ratio]:
    """Compare both ways at both sizes, and one picture at a time with many at once."""
    spawn = get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(PROCESSES, spawn) as pool:
        ratios = [compare_ways(pool, Path(folder), *size) for size in SIZES]
    return [*ratios, compare_with_many()]


def compare_ways(pool: ProcessPoolExecutor, folder: Path, side: int, floor: float) -> Ratio:
    """Measure both ways for pictures of one size; the medians of all turns count."""
    paths = write_pictures(folder, side)
    ways = (rows_from_files, rows_from_arrays)
    for way in ways:
        seconds_in_processes(pool, way, paths)
    turns = [[seconds_in_processes(pool, way, paths) for way in ways] for _ in range(TURNS)]
    ours_s, plain_s = np.median(turns, axis=0).tolist()
    pictures = PROCESSES * COUNT
    note = describe_rates(ours_s / pictures, plain_s / pictures, f"{PROCESSES} processes")
    name = f"file to embedding row against onnxruntime on ready arrays, {side} x {side}"
    return Ratio(name, plain_s / ours_s, floor, note)


def compare_with_many() -> Ratio:
    """Measure one picture at a time and many at once, on one thread."""
    backbone = backbone_of(Features.EMBEDDING.spec())
    session, side = open_session(backbone), backbone.input_size
    noise = np.random.default_rng(0).normal(size=(AT_ONCE, 3, side, side)).astype(np.float32)
    ways = (
        lambda: [run_session(session, noise[i : i + 1]) for i in range(AT_ONCE)],
        lambda: run_session(session, noise),
    )
    name = f"one picture at a time against {AT_ONCE} at once"
    return compare(name, 0.9, ways, rounds=TURNS, count=AT_ONCE)


def write_pictures(folder: Path, side: int) -> list[str]:
    """Write paintings of a size and return their paths."""
    paths = []
    for commission in plan_gallery(COUNT, seed=1):
        path = folder / f"{commission.name}-{side}.jpg"
        write_jpeg(path, cv2.resize(paint(commission), (side, side), interpolation=cv2.INTER_CUBIC))
        paths.append(str(path))
    return paths


def seconds_in_processes(pool: ProcessPoolExecutor, way: Way, paths: list[str]) -> float:
    """Return how long it takes until every process has done all pictures in one way."""
    start = perf_counter()
    for done in [pool.submit(way, paths) for _ in range(PROCESSES)]:
        done.result()
    return perf_counter() - start


def rows_from_files(paths: Sequence[str]) -> None:
    """Measure files as a table is measured."""
    cv2.setNumThreads(1)
    spec = Features.EMBEDDING.spec()
    for path in paths:
        assert isinstance(measure_features(spec, _LIMITS, path), np.ndarray)


def rows_from_arrays(paths: Sequence[str]) -> None:
    """Run the network on what was made of the files before."""
    session = open_session(backbone_of(Features.EMBEDDING.spec()))
    name = session.get_inputs()[0].name
    for pixels in _ready(tuple(paths)):
        session.run(None, {name: pixels})


@cache
def _ready(paths: tuple[str, ...]) -> list[NDArray[np.float32]]:
    backbone = backbone_of(Features.EMBEDDING.spec())
    pictures = (load_uncut(path, limits=_LIMITS).bgr for path in paths)
    return [scale_pixels(see_square(bgr, backbone), backbone) for bgr in pictures]


if __name__ == "__main__":
    run_alone(measure)
