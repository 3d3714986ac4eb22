"""Pictures as a network in training sees them: cut, shifted in colour, mirrored, in many versions.

The blocks that stay as they are are run once for each version, by onnxruntime, and what comes out
of them is kept on disk: an epoch then costs what the blocks in training cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from src.decoding.borders import crop_borders
from src.images import decode_image

# Of the picture's area, and its sides' ratio against the picture's own, as logarithm.
AREA: Final = (0.35, 1.0)
RATIO: Final = 0.25
# How often colours are changed, and by which factors.
RECOLORED: Final = 0.6
BRIGHTNESS: Final = (0.8, 1.2)
SATURATION: Final = (0.7, 1.3)
CONTRAST: Final = (0.8, 1.2)
CAST: Final = (0.93, 1.07)

_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Views:
    """What is to be made of which pictures.

    Attributes
    ----------
    network : Path
        ONNX file of the blocks before those in training.
    side : int
        Of its input.
    shape : tuple of int
        Of its output for one picture.
    versions : int
        Of each picture; 0 for the whole picture as it is.
    """

    network: Path
    side: int
    shape: tuple[int, ...]
    versions: int


def write_views(views: Views, paths: Sequence[str], out: Path, processes: int = 2) -> None:
    """Write an array of float16: for each picture its versions, each of the views' shape."""
    size = (len(paths), max(views.versions, 1), *views.shape)
    np.lib.format.open_memmap(out, "w+", np.float16, size)
    context = get_context("spawn")
    workers = [
        context.Process(target=_write_some, args=(views, paths, out, n, processes))
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError(f"{out} is incomplete (a process ended early); run the same again")


def _write_some(views: Views, paths: Sequence[str], out: Path, first: int, step: int) -> None:
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(views.network), options)
    kept = np.load(out, mmap_mode="r+")
    for place in range(first, len(paths), step):
        bgr = crop_borders(decode_image(paths[place]))
        pixels = np.stack([to_input(view) for view in _views_of(bgr, views, place)])
        kept[place] = session.run(None, {"pixels": pixels})[0]


def _views_of(bgr: NDArray[np.uint8], views: Views, place: int) -> list[NDArray[np.float32]]:
    if not views.versions:
        return [_resize(bgr, views.side).astype(np.float32)]
    rng = np.random.default_rng([_SEED, place])
    return [vary(bgr, views.side, rng) for _ in range(views.versions)]


def vary(bgr: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a random part of a picture, as a square, perhaps mirrored and in other colours.

    Returns
    -------
    ndarray of float32, shape (side, side, 3)
        In [0, 255].
    """
    view = _resize(_random_part(bgr, rng), side)
    if rng.random() < 0.5:
        view = view[:, ::-1]
    pixels = view.astype(np.float32)
    if rng.random() < RECOLORED:
        pixels = _recolor(pixels, rng)
    return np.clip(pixels, 0, 255)


def _random_part(bgr: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    area, ratio = rng.uniform(*AREA), np.exp(rng.uniform(-RATIO, RATIO))
    shares = np.sqrt([area * ratio, area / ratio])
    sides = [
        min(max(min(whole, round(whole * share)), 16), whole)
        for whole, share in zip(bgr.shape[:2], shares.tolist(), strict=True)
    ]
    top, left = (
        rng.integers(0, whole - part + 1) for whole, part in zip(bgr.shape[:2], sides, strict=True)
    )
    return bgr[top : top + sides[0], left : left + sides[1]]


def _recolor(pixels: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    pixels = pixels * rng.uniform(*BRIGHTNESS)
    grey = pixels.mean(axis=2, keepdims=True)
    pixels = grey + (pixels - grey) * rng.uniform(*SATURATION)
    mean = pixels.mean()
    pixels = mean + (pixels - mean) * rng.uniform(*CONTRAST)
    return np.asarray(pixels * rng.uniform(*CAST, 3), np.float32)


def _resize(bgr: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    shrinks = min(bgr.shape[:2]) > side
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(bgr, (side, side), interpolation=how), np.uint8)


def to_input(bgr: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return pixels as the network takes them: RGB, planes first, ``(level - 127) / 128``."""
    scaled = (bgr[..., ::-1] - 127) / 128
    return np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32)
