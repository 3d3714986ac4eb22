"""Sites that tests make, and what is in them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from src.browse.browse_pictures import browse_pictures

# As people and programs call files; the last one is as long as a name can be.
NAMES: Final = (
    "plain.png",
    "two words & \"quotes\" 'too'.png",
    "<script>alert(1)</script>.png".replace("/", "\N{DIVISION SLASH}"),
    "two\nlines.png",
    "Сад 庭 حديقة.png",
    "%2e%2e#?a=b&c.png",
    "n" * 251 + ".png",
    "room/plain.png",
)
COPY: Final = "room/smaller copy.png"


@dataclass(frozen=True)
class Made:
    """A site, and the folder of its pictures."""

    folder: Path
    source: Path

    def data(self, name: str) -> Any:
        """Return what a file of data hands the page."""
        text = (self.folder / "data" / f"{name}.js").read_text("ascii")
        head, tail = f'artlens("{name}",', ");\n"
        assert text.startswith(head)
        assert text.endswith(tail)
        return json.loads(text[len(head) : -len(tail)])

    @property
    def pictures(self) -> list[dict[str, Any]]:
        """Return what is told of each picture."""
        found: list[dict[str, Any]] = self.data("details-0")["pictures"]
        return found


def write_picture(path: Path, bgr: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, bgr)[1].tobytes())


def make_site(source: Path | list[str], site: Path, **options: Any) -> Made:
    """Run the command, in this process."""
    paths = source if isinstance(source, list) else [str(source)]
    browse_pictures(paths, output=site, jobs=1, **options)
    return Made(site, Path(paths[0]))
