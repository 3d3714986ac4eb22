"""Random SIGKILLs of import, build-features and predict -o: byte for byte the same in the end."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.soak.figure import Figure
from src.config import PACKAGE_ROOT

KILLS: Final = 25
_PICTURES: Final = 6000
_CLASSES: Final = 5
# Command -> what it writes, below the data folder.
_COMMANDS: Final = {
    "import": (["import", "{pictures}", "--task", "kind"], "raw"),
    "build-features": (["build-features", "--task", "kind", "--jobs", "2"], "processed"),
    "predict -o": (
        ["predict", "{pictures}", "-o", "{data}/out/answers.jsonl", "--jobs", "2"],
        "out",
    ),
}


def measure_bulk_kills(root: Path) -> Iterator[Figure]:
    """Kill each command 25 times, go on each time, and compare what it wrote in the end."""
    _write_pictures(root / "pictures")
    calm = root / "calm"
    (calm / "out").mkdir(parents=True)
    for name, (arguments, written) in _COMMANDS.items():
        seconds = run_to_end(root, calm, arguments)
        if name == "import":
            run_to_end(root, calm, ["make-dataset", "--task", "kind"])
        yield _figure(name, *_kill_and_resume(root, calm, arguments, written, seconds))


def _figure(name: str, kills: int, rounds: int, differing: int) -> Figure:
    return Figure(
        f"{name}, killed {kills} times",
        f"{differing} of {rounds} results differ from an undisturbed one",
        f"at least {KILLS} kills, 0 differ",
        kills >= KILLS and not differing,
    )


def _kill_and_resume(
    root: Path, calm: Path, arguments: list[str], written: str, seconds: float
) -> tuple[int, int, int]:
    """Return how many kills there were, how many runs came to their end, and how many differ."""
    chance, kills, rounds, differing = random.Random(0), 0, 0, 0
    while kills < KILLS:
        rounds += 1
        data = root / f"{written}-{rounds}"
        shutil.copytree(calm, data, symlinks=True)
        shutil.rmtree(data / written)
        (data / written).mkdir()
        while not run_and_kill(root, data, arguments, chance.uniform(0, 1.1 * seconds)):
            kills += 1
        differing += content_of(data / written) != content_of(calm / written)
        shutil.rmtree(data)
    return kills, rounds, differing


def _command(root: Path, data: Path, arguments: list[str]) -> list[str]:
    filled = [word.format(pictures=root / "pictures", data=data) for word in arguments]
    return [sys.executable, "-m", PACKAGE_ROOT.name, *filled]


def _start(root: Path, data: Path, arguments: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        _command(root, data, arguments),
        cwd=PACKAGE_ROOT.parent,
        env=os.environ | {"ARTLENS_DATA_DIR": str(data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def run_to_end(root: Path, data: Path, arguments: list[str]) -> float:
    """Run a command to its end; return how long it took."""
    start = time.monotonic()
    with _start(root, data, arguments) as run:
        run.wait()
    if run.returncode not in {0, 1}:
        raise RuntimeError(f"{' '.join(arguments)} failed (exit code {run.returncode})")
    return time.monotonic() - start


def run_and_kill(root: Path, data: Path, arguments: list[str], after_s: float) -> bool:
    """Start a command and kill it and its processes after a while; tell whether it was done."""
    with _start(root, data, arguments) as run:
        try:
            run.wait(after_s)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            return False
    return True


def content_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files, and where links lead."""
    return {
        str(path.relative_to(folder)): os.fsencode(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def _write_pictures(folder: Path) -> None:
    """Write small pictures in a folder for each class; every hundredth file is none."""
    rng = np.random.default_rng(0)
    for number in range(_PICTURES):
        place = folder / f"kind-{number % _CLASSES}" / f"{number:05d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        if number % 100 == 7:
            place.write_bytes(b"no picture")
        else:
            cv2.imwrite(str(place), rng.integers(0, 256, (24, 24, 3), np.uint8))
