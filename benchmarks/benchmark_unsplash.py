"""How fast Unsplash's tables become a table of tags, and in what memory.

Run with ``python -m benchmarks.benchmark_unsplash [PHOTOS]``. The tables are made, of the real
shape and size: 25,000 photos, 2.7 million keywords in three parts. What counts is the time of the
processor, against PyArrow's reader of CSV that does nothing but count the rows.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.benchmark_reddit import costs_in_turns
from benchmarks.report import Ratio, run_alone
from benchmarks.unsplash_tables import PHOTOS, write_tables

FLOOR: Final = 0.1
MOST_S: Final = 20
MOST_MB: Final = 400
_COUNT: Final = """
import sys
from pyarrow import csv
options = csv.ParseOptions(delimiter="\\t", newlines_in_values=True)
paths = sys.argv[1:]
readers = [csv.open_csv(path, parse_options=options) for path in paths]
print(sum(batch.num_rows for reader in readers for batch in reader))
"""


def measure(photos: int = PHOTOS) -> list[Ratio]:
    """Import tables that were made; count the rows of the same files."""
    with tempfile.TemporaryDirectory() as folder:
        tables = Path(folder) / "tables"
        rows = write_tables(tables, photos)
        os.environ["ARTLENS_DATA_DIR"] = str(Path(folder) / "data")
        plain = (sys.executable, "-c", _COUNT, *map(str, sorted(tables.iterdir())))
        ours = (sys.executable, "-m", "src", "import", "unsplash", str(tables), "--no-pictures")
        plain_s, (ours_s, memory) = costs_in_turns(plain, ours)
    what = f"{photos:,} photos, {rows:,} keywords"
    return [
        Ratio(
            f"Unsplash's tables to one of tags, against PyArrow that counts their rows ({what})",
            plain_s / ours_s,
            FLOOR,
            f"{ours_s:.2f} s against {plain_s:.2f} s",
        ),
        Ratio(f"the same, against {MOST_S} s", MOST_S / ours_s, 1, f"{ours_s:.2f} s"),
        Ratio(f"memory for it, against {MOST_MB} MB", MOST_MB / memory, 1, f"{memory:.0f} MB"),
    ]


if __name__ == "__main__":
    run_alone(lambda: measure(int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS))
