"""Which benchmarks there are, and how they are run."""

import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import Final

from joblib.externals.loky import get_reusable_executor

from benchmarks.report import Ratio

PREFIX: Final = "benchmark_"


def find_benchmarks() -> list[str]:
    """Return the names of all benchmarks, without the prefix of their modules."""
    files = Path(__file__).parent.glob(f"{PREFIX}*.py")
    return sorted(file.stem.removeprefix(PREFIX) for file in files)


def measure_benchmark(name: str) -> list[Ratio]:
    """Run one benchmark here."""
    try:
        return list(import_module(f"benchmarks.{PREFIX}{name}").measure())
    finally:
        # A process that was itself started by another waits for joblib's for ever.
        get_reusable_executor().shutdown()


def run_benchmarks(names: list[str]) -> list[Ratio]:
    """Run benchmarks one after the other, each in a process of its own.

    A process of its own, so that the threads, caches and memory of one do not meet the next.
    """
    ratios = []
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        began = monotonic()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            ratios += pool.submit(measure_benchmark, name).result()
        print(f"{name} took {monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return ratios
