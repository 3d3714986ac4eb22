"""How far the way to the working size moves the features, and whether a model answers the same.

    python -m benchmarks.study_decode FOLDER

FOLDER holds photographs of paintings. Each, and some crops of each, is laid out several times in
rows and columns, mirrored at the seams: so it gets as large as a reduced scale needs, of pixels
that are all real. Saved as JPEG of three qualities, it is decoded both ways: as `load_image` does,
and in full, with the centre square averaged over areas in one step. Prints Markdown.
"""

from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from src.features.extract_features import FEATURE_NAMES, extract_features
from src.images import LEAST_DECODED, WORKING_SIZE, decode_image, load_image
from src.models.predict_model import load_model

COPIES: Final = (1, 2, 4, 7)
# Quality, and Pillow's number for how chroma is kept: 2 is halved both ways, 0 is in full.
JPEGS: Final = ((60, 2), (85, 2), (95, 0))
CROPS: Final = 1

Pixels = NDArray[np.uint8]
Moved = NDArray[np.float64]


def main(folder: Annotated[Path, typer.Argument(help="Photographs of paintings.")]) -> None:
    """Print a table for all scales, and how often the answers agree."""
    found: dict[int, list[Moved]] = defaultdict(list)
    for picture in large_pictures(folder):
        found[expected_scale(picture)] += [compare(picture, *jpeg) for jpeg in JPEGS]
    moved = {scale: np.array(pairs) for scale, pairs in sorted(found.items())}
    print(render(moved))
    model = load_model()
    for scale, pairs in moved.items():
        reduced, whole = (model.predict_scores(pairs[:, way]).argmax(axis=1) for way in (0, 1))
        agreed = float((reduced == whole).mean())
        print(f"\n1/{scale}: {len(pairs)} pictures, same answer for {agreed:.1%}")


def large_pictures(folder: Path) -> Iterator[Pixels]:
    """Yield the photographs and crops of them, laid out several times."""
    random = np.random.default_rng(0)
    for path in sorted(folder.iterdir()):
        rgb = np.asarray(Image.open(path).convert("RGB"))
        for copies in COPIES:
            for part in (rgb, *(crop(rgb, random) for _ in range(CROPS))):
                yield lay_out(part, copies)


def crop(rgb: Pixels, random: np.random.Generator) -> Pixels:
    """Return a part of 75 to 95 % of each side."""
    height, width = (int(side * random.uniform(0.75, 0.95)) for side in rgb.shape[:2])
    top = random.integers(0, rgb.shape[0] - height + 1)
    left = random.integers(0, rgb.shape[1] - width + 1)
    return rgb[top : top + height, left : left + width]


def lay_out(rgb: Pixels, copies: int) -> Pixels:
    """Return a square number of copies, every other one mirrored."""
    row = np.concatenate([rgb[:, :: 1 - 2 * (n % 2)] for n in range(copies)], axis=1)
    return np.concatenate([row[:: 1 - 2 * (n % 2)] for n in range(copies)])


def expected_scale(rgb: Pixels) -> int:
    """Return what the sides are divided by."""
    times = min(rgb.shape[:2]) // (LEAST_DECODED * WORKING_SIZE)
    return max(scale for scale in (1, 2, 4, 8) if scale <= max(times, 1))


def compare(rgb: Pixels, quality: int, subsampling: int) -> Moved:
    """Return the features by our way, and by the plain one."""
    file = BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=quality, subsampling=subsampling)
    whole = average_plainly(decode_image(file.getvalue()))
    return np.array([extract_features(load_image(file.getvalue())), extract_features(whole)])


def average_plainly(bgr: Pixels) -> Pixels:
    """Average the centre square over areas, in one step."""
    height, width = bgr.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square, size = bgr[top : top + side, left : left + side], (WORKING_SIZE, WORKING_SIZE)
    return np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_AREA), np.uint8)


def render(moved: dict[int, Moved]) -> str:
    """Return the mean and greatest change of each feature."""
    head = "| | " + " | ".join(f"1/{scale} mean | most" for scale in moved) + " |"
    lines = [head, "| --- |" + " ---: | ---: |" * len(moved)]
    apart = [np.abs(pairs[:, 0] - pairs[:, 1]) for pairs in moved.values()]
    for number, name in enumerate(FEATURE_NAMES):
        cells = [f"{a[:, number].mean():.2f} | {a[:, number].max():.2f}" for a in apart]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
