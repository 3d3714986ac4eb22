"""No traceback from what readers are given: tables, archives, models and sites gone wrong."""

import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks.soak.ends import how_it_ends
from benchmarks.soak.figure import Figure
from benchmarks.soak.odd_sites import (
    answers_gone_wrong,
    manifests_gone_wrong,
    robots_gone_wrong,
    tiles_gone_wrong,
)
from benchmarks.soak.odd_tables import MUTATIONS, ROWS, odd_file, repacked, sound_tables
from src.data.schemas import interim_schema, processed_schema, raw_schema
from src.data.sources import Asked, read_source
from src.data.tables import read_table
from src.models.artifact import load_model_folder
from src.models.shelves import shipped_shelf
from src.tasks import COLOR, Task

COUNT: Final = 20_000
_MODELS: Final = COUNT // 10
_SCHEMAS: Final = (
    raw_schema(COLOR),
    interim_schema(COLOR),
    processed_schema(["h_hsv_mean", "r_bgr_mean", "r_bgr_std"], Task("tint", "color")),
)


def measure_readers(root: Path) -> Iterator[Figure]:
    """Give each reader thousands of files; an error of ours is an answer, any other a fault."""
    yield _figure("tables", tables_gone_wrong(root, COUNT))
    yield _figure("data sets to import", imports_gone_wrong(root, COUNT // 2))
    yield _figure("robots.txt", robots_gone_wrong(COUNT // 2))
    yield _figure("manifests", manifests_gone_wrong(root, COUNT // 2))
    yield _figure("tiles", tiles_gone_wrong(COUNT // 2))
    yield _figure("answers over HTTP", answers_gone_wrong(COUNT // 2))
    yield _figure("model folders", models_gone_wrong(root, _MODELS))


def _figure(what: str, ends: Iterator[str]) -> Figure:
    faults = Counter(ends)
    tried, good = faults.total(), faults.pop("read", 0) + faults.pop("refused", 0)
    for fault, count in faults.most_common():
        print(f"{count} times: {fault}", file=sys.stderr)
    return Figure(f"{tried:,} {what} gone wrong", f"{tried - good} tracebacks", "0", tried == good)


def tables_gone_wrong(root: Path, count: int, seed: int = 0) -> Iterator[str]:
    """Yield how each table ended: read, refused, or what nobody foresaw."""
    for number in range(count):
        name, content = odd_file(number, seed)
        path = root / name
        path.write_bytes(content)
        schema = _SCHEMAS[number // len(sound_tables()) % len(_SCHEMAS)]
        yield how_it_ends(partial(read_table, path, schema=schema), f"{name} {number}, seed {seed}")


def imports_gone_wrong(root: Path, count: int, seed: int = 1) -> Iterator[str]:
    """Yield how each source of labelled pictures ended."""
    home, scratch = root / "source", root / "scratch"
    home.mkdir()
    for picture in range(ROWS):
        (home / f"{picture:02}.png").touch()
    for number in range(count):
        name, content = odd_file(number, seed)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        (home / name).write_bytes(content)
        source = home if number // len(sound_tables()) % 2 else home / name
        read = partial(read_source, source, asked=Asked(), images=root / "images", scratch=scratch)
        yield how_it_ends(read, f"{name} {number}, seed {seed}")
        (home / name).unlink()


def models_gone_wrong(root: Path, count: int, seed: int = 0) -> Iterator[str]:
    """Yield how each model folder ended; the sum of a changed model is made right again."""
    sound = shipped_shelf() / COLOR.name
    described, model = (sound / "model.json").read_bytes(), (sound / "model.skops").read_bytes()
    folder = root / "model"
    folder.mkdir()
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        if number % 2:
            changed = repacked(chance, model)
            text = json.loads(described)
            text["sha256"]["model.skops"] = sha256(changed).hexdigest()
            (folder / "model.json").write_text(json.dumps(text))
        else:
            changed = model
            (folder / "model.json").write_bytes(chance.choice(MUTATIONS)(chance, described))
        (folder / "model.skops").write_bytes(changed)
        yield how_it_ends(partial(load_model_folder, folder), f"model {number}, seed {seed}")
