"""An installation of the wheel, and what can be imported there."""

import os
import subprocess
from email.message import Message
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.import_gate import GATE, modules_of


def requirements(metadata: Message, extra: str = "") -> list[Requirement]:
    every = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    return [r for r in every if r.marker is None or r.marker.evaluate({"extra": extra})]


def with_extra(metadata: Message, extra: str = "") -> str:
    """Return the modules that are there where the package is installed with one extra, or none."""
    found, pending = set[str](), requirements(metadata, extra)
    while pending:
        requirement = pending.pop()
        if requirement.name not in found:
            found.add(requirement.name)
            needed = map(Requirement, distribution(requirement.name).requires or [])
            options = [{"extra": name} for name in ("", *requirement.extras)]
            pending += [r for r in needed if not r.marker or any(map(r.marker.evaluate, options))]
    return modules_of(found)


def elsewhere() -> dict[str, str]:
    """Return the environment of a user who has no checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run_installed(home: Path, *command: str, said: str = "") -> str:
    """Run a command where the package is installed; `said` begins what it tells on the side."""
    done = subprocess.run(
        [home / "env" / "bin" / command[0], *command[1:]],
        cwd=home / "project",
        env=elsewhere() | {"HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(said) if said else done.stderr == "", done.stderr
    return done.stdout


def gated(home: Path, modules: str) -> list[str]:
    """Return the installed command line, where nothing but some modules is found."""
    return [str(home / "env" / "bin" / "python"), "-c", GATE, "artlens", modules]
