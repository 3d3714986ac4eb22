"""Random SIGKILLs, each followed by a resume: nothing lost, nothing left running."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from benchmarks.soak.figure import Figure
from benchmarks.soak.runs import picture_hashes, run_scrape, scrape_command
from src.config import PACKAGE_ROOT
from src.gallery.museum import Museum

KILLS: Final = 25
AGAIN_LIMIT: Final = 16
LEFTOVER_AFTER_S: Final = 3.0
_WORKS: Final = "RED=360,BLUE=360"
_COLORS: Final = ("--color", "RED", "--color", "BLUE")
_LATENCY_MS: Final = "150"
# When each may be killed: from before the first browser has started to the last pictures of an
# undisturbed run; workers are there only while works are collected.
_MOMENTS_S: Final = {"worker": (1.0, 5.0), "supervisor": (0.5, 9.0), "group": (0.5, 9.0)}


@dataclass(slots=True)
class Toll:
    """What the kills did."""

    targets: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    left_running: int = 0
    asked_again: int = 0
    rounds: int = 0
    differing_rounds: int = 0

    @property
    def kills(self) -> int:
        """How many there were."""
        return sum(self.targets.values())


def measure_kills(root: Path) -> Iterator[Figure]:
    """Kill and resume until there were enough kills; compare each finished tree with a calm one."""
    chance, toll = random.Random(0), Toll()
    options = ("--works", _WORKS, "--thumbnails", "plain", "--latency-ms", _LATENCY_MS)
    with Museum(*options) as museum:
        run_scrape(museum, root / "calm", *_COLORS)
        calm = _fingerprint(root / "calm")
        while toll.kills < KILLS:
            _finish_one_tree(museum, root / f"round-{toll.rounds}", chance, toll)
            toll.differing_rounds += _fingerprint(root / f"round-{toll.rounds}") != calm
            toll.rounds += 1
    yield from _figures(toll)


def _figures(toll: Toll) -> Iterator[Figure]:
    yield Figure(
        f"kill, {toll.kills} times",
        f"{_words(toll.targets)}; {_words(toll.phases)}; {toll.differing_rounds} of {toll.rounds} "
        "trees differ from an undisturbed one",
        f"at least {KILLS} kills, 0 differ",
        toll.kills >= KILLS and toll.differing_rounds == 0 and len(toll.phases) > 1,
    )
    yield Figure(
        "kill, pictures asked for again",
        f"{toll.asked_again} after {toll.kills} kills, {toll.asked_again / toll.kills:.1f} each",
        f"at most {AGAIN_LIMIT} per kill",
        toll.asked_again <= AGAIN_LIMIT * toll.kills,
    )
    yield Figure(
        "kill, left running",
        f"{toll.left_running} processes {LEFTOVER_AFTER_S:g} s after a kill",
        "0",
        toll.left_running == 0,
    )


def _finish_one_tree(museum: Museum, folder: Path, chance: random.Random, toll: Toll) -> None:
    """Run and kill in turns until a run comes to its end undisturbed."""
    before = len(museum.visits("image"))
    finished = False
    while not finished:
        finished = _run_and_kill(museum, folder, chance, toll)
    paths = [visit.path for visit in museum.visits("image")[before:]]
    toll.asked_again += len(paths) - len(set(paths))


def _run_and_kill(museum: Museum, folder: Path, chance: random.Random, toll: Toll) -> bool:
    """Start a run and kill some of it at a random moment; tell whether it came to its own end."""
    run = subprocess.Popen(
        scrape_command(museum, folder, *_COLORS),
        cwd=PACKAGE_ROOT.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    target = chance.choice(list(_MOMENTS_S))
    try:
        run.wait(None if toll.kills >= KILLS else chance.uniform(*_MOMENTS_S[target]))
    except subprocess.TimeoutExpired:
        toll.phases[_phase(museum)] += 1
        toll.left_running += _kill(run, target, chance, toll)
        run.wait()
    return run.returncode != -signal.SIGKILL


def _kill(run: subprocess.Popen[bytes], target: str, chance: random.Random, toll: Toll) -> int:
    """Kill, and return how many processes below still run when they should have gone."""
    supervisor = psutil.Process(run.pid)
    workers = [child for child in supervisor.children() if _is_worker(child)]
    hit = chance.choice(workers) if target == "worker" and workers else supervisor
    doomed = [hit, *hit.children(recursive=True)]
    toll.targets[target if workers or target != "worker" else "supervisor"] += 1
    if target == "group":
        os.killpg(run.pid, signal.SIGKILL)
    else:
        hit.kill()
    time.sleep(LEFTOVER_AFTER_S)
    return sum(map(_still_runs, doomed))


def _is_worker(process: psutil.Process) -> bool:
    try:
        return any("spawn_main" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False


def _still_runs(process: psutil.Process) -> bool:
    """Tell whether a process runs; one that has ended but was not waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _phase(museum: Museum) -> str:
    """Tell what the run was at by what the museum was last asked for."""
    last = museum.visits()[-1]
    return "while downloading" if last.kind == "image" else "while collecting"


def _fingerprint(folder: Path) -> tuple[bytes, dict[str, str]]:
    """Return the bytes of the table and the hashes of all pictures."""
    return (folder / "raw" / "pictures.csv").read_bytes(), picture_hashes(folder)


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
