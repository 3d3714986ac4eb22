"""How long naming one picture takes from a cold start, against importing what it needs anyway.

Run with ``python -m benchmarks.benchmark_start``; every start is a process of its own, and the ways
take turns.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.benchmark_decode import write_jpeg
from benchmarks.report import Ratio, run_alone
from src.gallery.paintings import paint, plan_gallery

# What decodes, what measures, and what reads options and settings.
IMPORTS: Final = "import numpy, cv2, PIL.Image, typer, pydantic_settings"
COMMAND: Final = "from src.cli import main; main()"
# Times of ours over those of the imports, and seconds for the version alone.
MOST_OF_IMPORTS: Final = 1.8
VERSION_S: Final = 0.3
ROUNDS: Final = 7


def measure() -> list[Ratio]:
    """Compare a cold prediction with the imports, and a cold ``--version`` with its limit."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        write_jpeg(picture, paint(plan_gallery(1, seed=0)[0]))
        predict, imports, version = processor_seconds(
            [
                partial(start, COMMAND, "predict", str(picture)),
                partial(start, IMPORTS),
                partial(start, COMMAND, "--version"),
            ]
        )
    return [
        Ratio(
            "imports of numpy, cv2, PIL, typer and pydantic against a cold `artlens predict`",
            imports / predict,
            1 / MOST_OF_IMPORTS,
            f"{imports:.2f} s against {predict:.2f} s of processor time",
        ),
        Ratio(
            f"{VERSION_S} s against a cold `artlens --version`",
            VERSION_S / version,
            1.0,
            f"{version:.2f} s of processor time",
        ),
    ]


def start(code: str, *arguments: str) -> None:
    """Run a program in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def processor_seconds(ways: Sequence[Callable[[], None]]) -> list[float]:
    """Return the least processor time of each way, of several in turns.

    Of processes that wait for nothing, this is the time they take on a machine that does nothing
    else; unlike the clock's it hardly depends on what else this one does.
    """
    least = [float("inf")] * len(ways)
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            before = os.times()
            way()
            after = os.times()
            used = after.children_user + after.children_system
            used -= before.children_user + before.children_system
            least[number] = min(least[number], used)
    return least


if __name__ == "__main__":
    run_alone(measure)
