"""What a picture's row costs beside the network itself: from file to row, in two processes.

Run with ``python -m benchmarks.benchmark_embedding``. The pictures are paintings of the built-in
gallery as JPEG. Two processes at once go from files to rows, or give onnxruntime alone arrays that
are ready; both ways take turns.
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
from benchmarks.report import Ratio, run_alone
from src.features.backbones import backbone_of
from src.features.embedding import open_session, scale_pixels, see_square
from src.features.measuring import measure_features
from src.features.specs import Features
from src.gallery.paintings import paint, plan_gallery
from src.images import ImageLimits, load_uncut

# Side in pixels, and the least ratio. A thumbnail's decoding is next to nothing beside the network.
SIZES: Final = ((224, 0.8), (512, 0.7))
PROCESSES: Final = 2
COUNT: Final = 40
TURNS: Final = 9
_LIMITS: Final = ImageLimits(max_bytes=1 << 26, max_pixels=1 << 26)

Way = Callable[[Sequence[str]], None]


def measure() -> list[Ratio]:
    """Compare both ways at both sizes."""
    spawn = get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(PROCESSES, spawn) as pool:
        return [compare_ways(pool, Path(folder), *size) for size in SIZES]


def compare_ways(pool: ProcessPoolExecutor, folder: Path, side: int, floor: float) -> Ratio:
    """Measure both ways for pictures of one size; the medians of all turns count."""
    paths = write_pictures(folder, side)
    ways = (rows_from_files, rows_from_arrays)
    for way in ways:
        seconds_in_processes(pool, way, paths)
    turns = [[seconds_in_processes(pool, way, paths) for way in ways] for _ in range(TURNS)]
    ours_s, plain_s = np.median(turns, axis=0).tolist()
    rates = [PROCESSES * COUNT / seconds for seconds in (ours_s, plain_s)]
    note = f"{rates[0]:.0f} pictures/s against {rates[1]:.0f}/s, {PROCESSES} processes"
    name = f"file to embedding row against onnxruntime on ready arrays, {side} x {side}"
    return Ratio(name, plain_s / ours_s, floor, note)


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
