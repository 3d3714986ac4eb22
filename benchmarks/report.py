"""What a benchmark found: ratios against plain references, as a table and as JSON."""

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("numpy", "opencv-python", "pillow", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times better than a plain reference that was measured in the same run.

    Attributes
    ----------
    name : str
        What was measured, on what.
    ratio : float
        Greater is better: the reference's time, or memory, over ours.
    floor : float
        The least that will do.
    note : str
        The two measurements behind it, in words and with units.
    """

    name: str
    ratio: float
    floor: float
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the ratio reaches its floor; one that is not a number does not."""
        return self.ratio >= self.floor

    def __str__(self) -> str:
        """Return name, ratio and measurements in one line."""
        return f"{self.name}: {self.ratio:.3g} times ({self.note})"


Measure = Callable[[], Sequence[Ratio]]


def describe_machine() -> str:
    """Say where and with what was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores, {processor()}, {platform.system()}; "
        f"Python {platform.python_version()}, {versions}"
    )


def render_table(ratios: Sequence[Ratio]) -> str:
    """Return a Markdown table with a row for each ratio.

    Examples
    --------
    >>> print(render_table([Ratio("features", 15.25, 14, "1 ms against 15 ms")]))
    | | times | at least | | measured |
    | --- | ---: | ---: | --- | --- |
    | features | 15.2 | 14 | ok | 1 ms against 15 ms |
    """
    rows = [
        f"| {found.name} | {found.ratio:.3g} | {found.floor:.3g} | "
        f"{'ok' if found.holds else 'SHORT'} | {found.note} |"
        for found in ratios
    ]
    return "\n".join(
        ["| | times | at least | | measured |", "| --- | ---: | ---: | --- | --- |", *rows]
    )


def write_json(ratios: Sequence[Ratio], path: Path) -> None:
    """Write the name, ratio and floor of each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {key: value for key, value in asdict(found).items() if key != "note"} for found in ratios
    ]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def exit_code(ratios: Sequence[Ratio]) -> int:
    """Return 1 if a ratio is under its floor, or there is none."""
    return int(not ratios or not all(found.holds for found in ratios))


def run_alone(measure: Measure) -> None:
    """Measure, print the table and leave: what a benchmark does that is run by itself."""
    ratios = measure()
    print(describe_machine())
    print(render_table(ratios))
    sys.exit(exit_code(ratios))


def describe_rates(ours_s: float, plain_s: float, how: str = "one after the other") -> str:
    """Say how often both ways are done in a second, and by which processor.

    A ratio to what another library does is that of a processor too: of two, one may have the wider
    vectors and the other the quicker memory.
    """
    ours, plain = (
        f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}" for rate in (1 / ours_s, 1 / plain_s)
    )
    return f"{ours}/s against {plain}/s, {how}, {processor()}"


def processor() -> str:
    """Return the name of the processor where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
