"""Measure everything, print one table, write ``reports/benchmarks.json``.

``python -m benchmarks`` runs every ``benchmark_*.py`` of this folder,
``python -m benchmarks extract_features`` some, without writing the file. Each has a function
``measure() -> list[Ratio]``. Exit code 1 when a ratio is under its floor.
"""

import sys

from benchmarks.report import describe_machine, exit_code, render_table, write_json
from benchmarks.running import find_benchmarks, run_benchmarks
from src.config import project_root


def main(names: list[str]) -> int:
    """Measure what is named, or everything; return the exit code."""
    known = find_benchmarks()
    unknown = [name for name in names if name not in known]
    if unknown:
        print(
            f"error: no such benchmark ({', '.join(unknown)}); give {', '.join(known)}",
            file=sys.stderr,
        )
        return 2
    ratios = run_benchmarks(names or known)
    print(describe_machine())
    print(render_table(ratios))
    if not names:
        path = project_root() / "reports" / "benchmarks.json"
        write_json(ratios, path)
        print(f"written to {path}", file=sys.stderr)
    return exit_code(ratios)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
