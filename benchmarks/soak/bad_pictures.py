"""Pictures of which some are bad, in one of thirty ways each, and every command that takes many.

What is bad is named, and ends nothing: the others are done.
"""

import csv
import io
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from PIL import Image

from benchmarks.soak.figure import Figure
from benchmarks.soak.mutants import BOMBS
from src.config import PACKAGE_ROOT
from src.edges import printable

PICTURES: Final = 1000
_EVERY: Final = 10
_LABELS: Final = ("RED", "BLUE", "PINK", "TEAL")
# More than a picture may have, of which the disk holds nothing.
_FAR_TOO_LARGE: Final = 1 << 34

# Puts something bad in the place of a picture, and returns the name by which a table knows it.
Way = Callable[[Path], str]


def picture(seed: int, kind: str = "PNG") -> bytes:
    """Return a small sound file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def _wrong_sum() -> bytes:
    data = bytearray(picture(0))
    data[29] ^= 0xFF  # in the check of the head
    return bytes(data)


def _float_tiff() -> bytes:
    file = io.BytesIO()
    Image.new("F", (9, 9), 1e30).save(file, "TIFF")
    return file.getvalue()


CONTENTS: Final[Sequence[bytes]] = (
    b"",
    bytes(4096),
    random.Random(0).randbytes(4096),
    b"<!DOCTYPE html><html><body>404 not found</body></html>",
    b"a picture of a cat\n",
    b'{"error": "forbidden"}',
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"8BPS\0\1" + bytes(64),
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    b"PK\3\4" + bytes(64),
    b"\0\0\0\x18ftypheic" + bytes(64),
    picture(1)[:60],
    picture(2, "JPEG")[:20],
    _wrong_sum(),
    _float_tiff(),
    *(bomb(0x3FFF, 0x3FFF) for bomb in BOMBS[:4]),
)


def _holding(content: bytes) -> Way:
    def spoil(path: Path) -> str:
        path.write_bytes(content)
        return path.name

    return spoil


def _standing_for(make: Callable[[Path], object]) -> Way:
    def spoil(path: Path) -> str:
        make(path)
        return path.name

    return spoil


def _make_huge(path: Path) -> None:
    path.touch()
    os.truncate(path, _FAR_TOO_LARGE)


WAYS: Final[Sequence[Way]] = (
    *map(_holding, CONTENTS),
    _standing_for(lambda path: None),
    _standing_for(Path.mkdir),
    _standing_for(os.mkfifo),
    _standing_for(lambda path: os.mknod(path, stat.S_IFSOCK | 0o600)),
    _standing_for(lambda path: path.symlink_to("nowhere.png")),
    _standing_for(lambda path: path.symlink_to(path.name)),
    _standing_for(lambda path: path.symlink_to("/dev/zero")),
    _standing_for(_make_huge),
    lambda path: f"{path.stem}{'x' * 300}.png",
    lambda path: f"{path.stem}\0.png",
    lambda path: f"0000.png/{path.name}",
)


@dataclass(frozen=True, slots=True)
class Lot:
    """Pictures in a folder ``images``, and the tables that name them.

    Attributes
    ----------
    root : Path
    places : tuple of str
        Where each picture is, or would be.
    bad : mapping of str to str
        Where each of the bad ones is, by what the tables call it.
    """

    root: Path
    places: tuple[str, ...]
    bad: Mapping[str, str]

    @property
    def good(self) -> int:
        """How many are not bad."""
        return len(self.places) - len(self.bad)


def lay_out(root: Path, count: int, every: int) -> Lot:
    """Write so many pictures, the last of every so many bad, and the tables of each stage."""
    images = root / "raw" / "images"
    images.mkdir(parents=True)
    rows, bad = list[dict[str, str]](), dict[str, str]()
    places = tuple(f"{number:04}.png" for number in range(count))
    for number, place in enumerate(places):
        if number % every == every - 1:
            name = WAYS[number // every % len(WAYS)](images / place)
            bad[name] = place
        else:
            name = place
            (images / place).write_bytes(picture(1000 + number))
        rows.append(_row(number, name, images / place))
    (root / "interim").mkdir()
    for stage in ("raw", "interim"):
        _write(root / stage / "pictures.csv", rows)
    _write(root / "labels.csv", [{"file": r["filename"], "own": r["color"]} for r in rows])
    return Lot(root, places, bad)


def _row(number: int, name: str, path: Path) -> dict[str, str]:
    small = path.is_file() and path.stat().st_size < _FAR_TOO_LARGE
    digest = sha256(path.read_bytes() if small else b"").hexdigest()
    told = {"asset_id": f"a{number}", "page": "", "image": "", "color": _LABELS[number % 4]}
    facts = {"filename": name, "sha256": digest, "bytes": "", "width": "", "height": ""}
    return {**told, "title": "", "creator": "", **facts}


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@dataclass(frozen=True, slots=True)
class Ending:
    """How many pictures a command did, which bad ones it did not name, and how it ended."""

    command: str
    done: int
    unnamed: frozenset[str]
    exit_code: int
    stderr: str


def measure_bad_pictures(root: Path) -> Iterator[Figure]:
    """Let every command that takes many pictures take a thousand, of which a tenth are bad."""
    lot = lay_out(root, PICTURES, _EVERY)
    for ending in endings(lot):
        named = len(lot.bad) - len(ending.unnamed)
        yield Figure(
            f"{PICTURES:,} pictures, {len(lot.bad)} bad in {len(WAYS)} ways: {ending.command}",
            f"{ending.done} done, {named} named, exit code {ending.exit_code}",
            f"{lot.good} done, {len(lot.bad)} named, no traceback",
            (ending.done, named) == (lot.good, len(lot.bad)) and "Traceback" not in ending.stderr,
        )


def endings(lot: Lot) -> Iterator[Ending]:
    """Let each command work on all of the pictures."""
    raw, out = lot.root / "raw", lot.root / "out"
    done = _run(lot, "make-dataset", "--raw", raw, "--interim", out, "--side", "0")
    yield _ending("make-dataset", lot, done, out / "pictures.csv", _names(out / "dropped.csv"))
    table = lot.root / "interim" / "pictures.csv"
    options = ("--interim", table, "--images", raw / "images", "--out", out / "features.csv")
    done = _run(lot, "build-features", *options)
    yield _ending("build-features", lot, done, out / "features.csv", _reported(lot, done.stderr))
    paths = [raw / "images" / name for name in lot.places]
    done = _run(lot, "predict", *paths, "-o", out / "answers.csv")
    yield _ending("predict", lot, done, out / "answers.csv", _reported(lot, done.stderr))
    # What is there is brought in, whatever it is; that it is no picture shows when it is cleaned.
    task, own = ("--task", "own"), lot.root / "brought"
    done = _run(lot, "import", lot.root / "labels.csv", "--path-column", "file", *task)
    left_out = _names(own / "raw" / "own" / "left_out.csv")
    cleaned = _run(lot, "make-dataset", *task)
    done.stderr += cleaned.stderr
    named = left_out | _names(own / "interim" / "own" / "dropped.csv")
    yield _ending("import", lot, done, own / "interim" / "own" / "pictures.csv", named)


def _run(lot: Lot, *command: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "src", *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PACKAGE_ROOT.parent,
        env={**os.environ, "ARTLENS_DATA_DIR": str(lot.root / "brought")},
    )


def _ending(
    command: str,
    lot: Lot,
    done: "subprocess.CompletedProcess[str]",
    table: Path,
    named: frozenset[str],
) -> Ending:
    rows = _rows(table)
    good = [row for row in rows if not row.get("error")]
    return Ending(
        command, len(good), frozenset(lot.bad.keys() - named), done.returncode, done.stderr
    )


def _rows(table: Path) -> list[dict[str, str]]:
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _names(table: Path) -> frozenset[str]:
    names = [row["filename"] for row in _rows(table)]
    return frozenset(names + [PurePosixPath(name).name for name in names])


def _reported(lot: Lot, stderr: str) -> frozenset[str]:
    """Return the bad pictures of which a line on standard error tells."""
    errors = "\n".join(line for line in stderr.splitlines() if line.startswith("error: "))
    return frozenset(n for n, place in lot.bad.items() if printable(n) in errors or place in errors)
