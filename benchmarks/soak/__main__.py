"""Print a line for each figure; exit with 1 when one falls short.

``python -m benchmarks.soak`` measures everything, ``python -m benchmarks.soak kills loss`` some.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks.soak.bad_pictures import measure_bad_pictures
from benchmarks.soak.bad_sites import measure_bad_sites
from benchmarks.soak.browsing import measure_browsing
from benchmarks.soak.bulk_kills import measure_bulk_kills
from benchmarks.soak.chat_kills import measure_chat_kills
from benchmarks.soak.collecting import measure_growth, measure_loss, measure_speed
from benchmarks.soak.faults import measure_bad_files, measure_false_success
from benchmarks.soak.figure import Figure
from benchmarks.soak.kills import measure_kills
from benchmarks.soak.manners import measure_download, measure_memory, measure_politeness
from benchmarks.soak.photo_kills import measure_photo_kills
from benchmarks.soak.post_kills import measure_post_kills
from benchmarks.soak.readers import measure_readers
from benchmarks.soak.service import (
    measure_all_models,
    measure_analysed_mutants,
    measure_crowd,
    measure_document,
    measure_mutants,
    measure_steadiness,
)

# Works in a folder of its own, which is empty and removed afterwards.
Measurement = Callable[[Path], Iterator[Figure]]

MEASUREMENTS: Final[Mapping[str, Measurement]] = {
    "false-success": measure_false_success,
    "bad-files": measure_bad_files,
    "bad-pictures": measure_bad_pictures,
    "bad-sites": measure_bad_sites,
    "readers": measure_readers,
    "polite": measure_politeness,
    "download": measure_download,
    "growth": measure_growth,
    "speed": measure_speed,
    "kills": measure_kills,
    "browsing": measure_browsing,
    "bulk-kills": measure_bulk_kills,
    "post-kills": measure_post_kills,
    "photo-kills": measure_photo_kills,
    "chat-kills": measure_chat_kills,
    "loss": measure_loss,
    "memory": measure_memory,
    "mutants": measure_mutants,
    "analysed-mutants": measure_analysed_mutants,
    "all-models": measure_all_models,
    "crowd": measure_crowd,
    "steady": measure_steadiness,
    "document": measure_document,
}


def main(names: list[str]) -> int:
    """Measure what is named, or everything; return the exit code."""
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(
            f"error: no such figure ({', '.join(unknown)}); give {', '.join(MEASUREMENTS)}",
            file=sys.stderr,
        )
        return 2
    short = 0
    for name in names or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            for figure in MEASUREMENTS[name](Path(folder)):
                print(figure, flush=True)
                short += not figure.holds
    print(f"{short} figure{'s fall' if short > 1 else ' falls'} short" if short else "all hold")
    return int(short > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
