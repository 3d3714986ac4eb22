"""Random SIGKILLs of ``import unsplash``: the same bytes in the end, and little asked for twice."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.soak.bulk_kills import KILLS, content_of, run_and_kill, run_to_end
from benchmarks.soak.figure import Figure
from benchmarks.unsplash_tables import write_tables
from src.gallery.photo_host import PhotoHost

# Enough rows that kills meet the tables, too, and few enough photos to be fetched many times.
_PHOTOS: Final = 6000
_LIMIT: Final = 400
_LATENCY_MS: Final = 30
_CONNECTIONS: Final = 4
_FAULTS: Final = ("gone:share=0.05", "truncated:share=0.02")


def measure_photo_kills(root: Path) -> Iterator[Figure]:
    """Kill and go on until there were enough kills; compare what each came to with a calm run."""
    chance, kills, rounds, differing, again = random.Random(0), 0, 0, 0, 0
    write_tables(root / "tables", _PHOTOS)
    with PhotoHost() as host:
        host.switch(*_FAULTS, latency_ms=_LATENCY_MS)
        arguments = ["import", "unsplash", str(root / "tables"), "--site", host.url]
        arguments += ["--limit", str(_LIMIT), "--connections", str(_CONNECTIONS)]
        seconds = run_to_end(root, root / "calm", arguments)
        calm, asked = _results(root / "calm"), len(host.pictures())
        while kills < KILLS:
            rounds += 1
            host.visits.clear()
            data = root / f"round-{rounds}"
            while not run_and_kill(root, data, arguments, chance.uniform(0, 1.1 * seconds)):
                kills += 1
            differing += _results(data) != calm
            again += len(host.pictures()) - asked
            shutil.rmtree(data)
    yield Figure(
        f"import unsplash, killed {kills} times",
        f"{differing} of {rounds} results differ from an undisturbed one; {again} pictures asked "
        "for again",
        f"at least {KILLS} kills, 0 differ, at most {_CONNECTIONS * 3} asked for again per kill",
        # One that fails for a while is asked for three times before it is known.
        kills >= KILLS and not differing and again <= 3 * _CONNECTIONS * kills,
    )


def _results(data: Path) -> dict[str, bytes]:
    """Return the bytes of tables and pictures, without what the import remembers."""
    found = content_of(data / "raw" / "tags")
    return {name: content for name, content in found.items() if not name.startswith(".import/")}
