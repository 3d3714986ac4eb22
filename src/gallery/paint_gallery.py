"""Stage: paint pictures with known colours into a folder, with a table of what they are."""

import csv
import hashlib
from pathlib import Path
from typing import Annotated, Final

import cv2
import typer
from tqdm import tqdm

from ..edges import command_edge
from ..errors import ConfigError
from .paintings import Commission, paint, plan_gallery

# Those of the tables that scraping and cleaning write, so that the later stages read this one too.
_COLUMNS: Final = ("asset_id", "page", "image", "color", "title", "creator", "filename")
_FILE_COLUMNS: Final = ("sha256", "bytes", "width", "height")


@command_edge
def paint_gallery(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the pictures go; made if missing.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many, in the usual proportions.")] = 110,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other pictures.")] = 0,
    force: Annotated[bool, typer.Option(help="Paint over what the folder holds.")] = False,
) -> None:
    """Paint pictures with known colours, and a table that says which."""
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty; name another folder, or add --force")
    folder.mkdir(parents=True, exist_ok=True)
    plan = plan_gallery(count, seed)
    rows = [_paint_file(commission, folder) for commission in tqdm(plan, "painting", disable=None)]
    with (folder / "pictures.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([(*_COLUMNS, *_FILE_COLUMNS), *rows])
    print(f"{count} pictures painted: {folder}")


def _paint_file(commission: Commission, folder: Path) -> tuple[object, ...]:
    """Write one picture as PNG and return its row of the table."""
    picture = paint(commission)
    _, png = cv2.imencode(".png", picture)
    filename = f"{commission.name}.png"
    (folder / filename).write_bytes(png.tobytes())
    height, width = picture.shape[:2]
    address = f"gallery:{commission.name}"
    about = (commission.name, address, address, commission.color, commission.title, "artlens")
    digest = hashlib.sha256(png.tobytes()).hexdigest()
    return (*about, filename, digest, png.size, width, height)


if __name__ == "__main__":
    typer.run(paint_gallery)
