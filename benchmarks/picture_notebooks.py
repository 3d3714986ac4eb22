"""A few charts of the notebooks as pictures for docs/: stored, the notebooks themselves show none.

    python -m benchmarks.picture_notebooks [FOLDER]

FOLDER holds the notebooks after a run, by default ``reports/notebooks``, where ``make notebooks``
leaves them. The pictures go to ``docs/notebooks/``, where ``notebooks/README.md`` shows them.
"""

import json
import sys
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image

from src.config import project_root
from src.errors import ArtlensError, DataError
from src.files import write_whole
from src.visualization.image_files import to_jpeg, to_png

RUN: Final = Path("reports/notebooks")
PICTURES: Final = Path("docs/notebooks")
# The file of each picture; the notebook that draws it, and what only the drawing cell says there.
CHARTS: Final = {
    "collection.jpg": ("01-scraping", "draw_collection(raw"),
    "channels.jpg": ("02-features", "figure.subplots(3, 3)"),
    "features.png": ("02-features", "Mean and spread of every feature"),
    "channel-boxes.png": ("03-eda", "draw_channel_boxes(table"),
    # Its dots have more colours than a small PNG holds.
    "feature-pairs.jpg": ("03-eda", "draw_feature_pairs(table"),
    "confusion.png": ("04-models", "draw_confusion("),
    "importance.png": ("04-models", "draw_importance("),
    "explanation.png": ("04-models", "draw_explanation("),
}


def main(arguments: list[str]) -> int:
    """Write all pictures, or none and one line of what is missing."""
    root = project_root()
    folder = Path(arguments[0]) if arguments else root / RUN
    try:
        pictures = {name: find_picture(folder, *place) for name, place in CHARTS.items()}
    except ArtlensError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    (root / PICTURES).mkdir(exist_ok=True)
    for name, image in pictures.items():
        write_whole(root / PICTURES / name, encode(image, name))
        print(f"{PICTURES / name}: {image.width} x {image.height}")
    return 0


def find_picture(folder: Path, notebook: str, words: str) -> Image.Image:
    """Return what a cell of a run notebook has drawn: of the one cell that says these words.

    Raises
    ------
    DataError
        If the notebook is not there, no single cell says so, or it has drawn nothing.
    """
    path = folder / f"{notebook}.ipynb"
    if not path.is_file():
        raise DataError(f"no notebook {path}; run them with make notebooks")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = [cell for cell in cells if cell["cell_type"] == "code" and words in source_of(cell)]
    if len(found) != 1:
        raise DataError(f"{len(found)} cells of {path} say {words!r}; name what one cell says")
    drawn = [output["data"]["image/png"] for output in found[0]["outputs"] if has_drawn(output)]
    if not drawn:
        raise DataError(f"the cell of {path} that says {words!r} drew nothing; run the notebook")
    return Image.open(BytesIO(b64decode(drawn[0]))).convert("RGB")


def source_of(cell: dict[str, Any]) -> str:
    """Return the text of a notebook's cell."""
    return "".join(cell["source"])


def has_drawn(output: dict[str, Any]) -> bool:
    """Tell whether an output of a cell is a picture."""
    return "image/png" in output.get("data", {})


def encode(image: Image.Image, name: str) -> bytes:
    """Return an image as the file type that its name asks for."""
    return to_jpeg(image) if name.endswith(".jpg") else to_png(image)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
