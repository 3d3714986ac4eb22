"""Random SIGKILLs of ``collect reddit``: the same bytes in the end, classes balanced."""

import csv
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.soak.bulk_kills import KILLS, content_of, run_and_kill, run_to_end
from benchmarks.soak.figure import Figure
from src.gallery.forum import Forum

# Enough for a class to lose some posts and others to take their places.
_OPTIONS: Final = ("--posts", "1000", "--pictures", "plain", "--latency-ms", "40")
_FAULTS: Final = ("gone:share=0.1", "deleted-since:share=0.05")


def measure_post_kills(root: Path) -> Iterator[Figure]:
    """Kill and go on until there were enough kills; compare what each came to with a calm run."""
    chance, kills, rounds, faulty = random.Random(0), 0, 0, 0
    differing = list[set[str]]()
    with Forum(*_OPTIONS) as forum:
        forum.switch(*_FAULTS)
        arguments = ["collect", "reddit", "--site", forum.url]
        seconds = run_to_end(root, root / "calm", arguments)
        calm = _results(root / "calm")
        while kills < KILLS:
            rounds += 1
            data = root / f"round-{rounds}"
            while not run_and_kill(root, data, arguments, chance.uniform(0, 1.1 * seconds)):
                kills += 1
            if names := _differing(_results(data), calm):
                differing.append(names)
            faulty += not _is_whole(data)
            shutil.rmtree(data)
    yield Figure(
        f"collect reddit, killed {kills} times",
        f"{len(differing)} of {rounds} results differ from an undisturbed one"
        f"{_in_words(differing)}; in {faulty} a picture lacks its row, a row its picture, or "
        f"classes their balance ({_words(root / 'calm')})",
        f"at least {KILLS} kills, 0 differ, 0 lack anything",
        kills >= KILLS and not differing and not faulty and _is_whole(root / "calm"),
    )


def _results(data: Path) -> dict[str, bytes]:
    """Return the bytes of tables and pictures, without what the collector remembers."""
    found = content_of(data / "raw" / "medium")
    return {name: content for name, content in found.items() if not name.startswith("scrape/")}


def _differing(one: dict[str, bytes], other: dict[str, bytes]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _in_words(differing: list[set[str]]) -> str:
    names = sorted(set[str]().union(*differing))
    return f" ({', '.join(names[:5])})" if names else ""


def _is_whole(data: Path) -> bool:
    rows = _rows(data)
    names = sorted(path.name for path in (data / "raw" / "medium" / "images").iterdir())
    counts = Counter(row["medium"] for row in rows)
    largest = counts.pop("digital")
    balanced = len(set(counts.values())) == 1 and largest == counts.total()
    return balanced and names == sorted(row["filename"] for row in rows)


def _rows(data: Path) -> list[dict[str, str]]:
    table = data / "raw" / "medium" / "pictures.csv"
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _words(data: Path) -> str:
    counts = Counter(row["medium"] for row in _rows(data))
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
