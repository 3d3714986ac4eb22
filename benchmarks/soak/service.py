"""The service under damaged pictures, a crowd, and many requests; and against its own document."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle, islice, takewhile
from pathlib import Path
from typing import Final

from benchmarks.service.client import Client, send_all
from benchmarks.service.pictures import photographs, thumbnails
from benchmarks.service.servers import CACHE_VARIABLE, Server, run_service
from benchmarks.soak.figure import Figure
from benchmarks.soak.mutants import mutant
from src.config import PACKAGE_ROOT
from src.models.analyse import answered_tasks, find_tasks
from src.models.artifact import JSON_FILE
from src.models.registry import find_answering
from src.tasks import MEDIUM, Kind

MUTANTS: Final = 10_000
# What a picture may be answered: a result, or why there is none.
PICTURE_STATUSES: Final = frozenset({"200", "413", "415", "422"})
CROWD: Final = 200
CROWD_S: Final = 60.0
CROWD_STATUSES: Final = frozenset({"200", "503"})
# One in so many of the crowd brings photographs.
_PHOTOGRAPHERS: Final = 20
REQUESTS: Final = 20_000
WARM_UP: Final = 2_000
GROWTH_LIMIT: Final = 0.10
# Of a worker that has five models loaded.
MOST_MB: Final = 700
PREDICT: Final = "/v1/predict"
ANALYSE: Final = "/v1/analyse"
EXAMPLES: Final = 300
_CLIENTS: Final = 8


def measure_mutants(_: Path) -> Iterator[Figure]:
    """Send damaged pictures, then as many others; watch answers and memory.

    A heap grows until it has met the largest pictures; what leaks grows with the second half too.
    Answers are kept in memory.
    """
    with run_service(env={CACHE_VARIABLE: ""}) as server:
        found = _send_mutants(server, seed=0)
        before_mb = server.resident_mb()
        found += _send_mutants(server, seed=1)
        after_mb = server.resident_mb()
        with Client(server.port) as client:
            alive = client.post(thumbnails(1)[0])[0] == 200
    yield Figure(
        f"2 x {MUTANTS:,} damaged pictures",
        f"{_words(found)}; {'a sound one is answered after' if alive else 'NO ANSWER AFTER'}",
        f"nothing but {', '.join(sorted(PICTURE_STATUSES))}",
        found.total() == 2 * MUTANTS and set(found) <= PICTURE_STATUSES and alive,
    )
    yield _growth_figure("memory over damaged pictures", MUTANTS, before_mb, after_mb)


def measure_analysed_mutants(_: Path) -> Iterator[Figure]:
    """Send damaged pictures to be looked at by all models, whose answers are kept in memory."""
    with run_service(env={CACHE_VARIABLE: ""}) as server:
        server.wait_until_all_answer()
        found = _send_mutants(server, seed=2, path=ANALYSE)
        with Client(server.port) as client:
            status, answer = client.post(thumbnails(1)[0], ANALYSE)
    alive = status == 200 and not answer["unanswered"]
    yield Figure(
        f"{MUTANTS:,} damaged pictures, analysed",
        f"{_words(found)}; {'a sound one is answered after' if alive else 'NO ANSWER AFTER'}",
        f"nothing but {', '.join(sorted(PICTURE_STATUSES))}",
        found.total() == MUTANTS and set(found) <= PICTURE_STATUSES and alive,
    )


def measure_all_models(folder: Path) -> Iterator[Figure]:
    """Analyse as many pictures as a day may bring with five models, and watch the memory."""
    with run_service(env={"ARTLENS_MODELS_DIR": str(_fill_shelf(folder))}) as server:
        server.wait_until_all_answer()
        found = _send_thumbnails(server, WARM_UP, ANALYSE)
        before_mb = server.resident_mb()
        found += _send_thumbnails(server, REQUESTS - WARM_UP, ANALYSE)
        after_mb = server.resident_mb()
    name = f"memory with five models over {REQUESTS:,} analyses, all answered 200"
    steady = _growth_figure(name, WARM_UP, before_mb, after_mb)
    holds = steady.holds and found == Counter({"200": REQUESTS}) and after_mb <= MOST_MB
    required = f"{steady.required}, at most {MOST_MB} MB"
    yield Figure(name, f"{steady.measured}; {_words(found)}", required, holds)


def _fill_shelf(folder: Path) -> Path:
    """Copy shipped models as one's own, for tasks of one's own, until there are five."""
    count = sum(task.kind is Kind.SAME for task in find_tasks()) + len(answered_tasks())
    for number in range(count, 5):
        home = shutil.copytree(find_answering(MEDIUM.name), folder / f"more-{number}")
        described = json.loads((home / JSON_FILE).read_bytes())
        described["task"]["name"] = home.name
        (home / JSON_FILE).write_text(json.dumps(described))
    return folder


def measure_crowd(_: Path) -> Iterator[Figure]:
    """Let many clients send pictures without a pause, some of them photographs."""
    with run_service() as server:
        end = time.monotonic() + CROWD_S
        found = send_all(
            server.port,
            [
                _until(end, photographs(1) if number % _PHOTOGRAPHERS == 0 else thumbnails(16))
                for number in range(CROWD)
            ],
        )
    yield Figure(
        f"{CROWD} clients at once for {CROWD_S:g} s",
        f"{found.total():,} requests: {_words(found)}",
        f"nothing but {' and '.join(sorted(CROWD_STATUSES))}",
        set(found) <= CROWD_STATUSES and found["200"] > 0,
    )


def measure_steadiness(_: Path) -> Iterator[Figure]:
    """Send as many pictures as a day may bring, and compare the memory early and late."""
    with run_service() as server:
        found = _send_thumbnails(server, WARM_UP)
        before_mb = server.resident_mb()
        found += _send_thumbnails(server, REQUESTS - WARM_UP)
        after_mb = server.resident_mb()
    name = f"memory over {REQUESTS:,} requests, all answered 200"
    steady = _growth_figure(name, WARM_UP, before_mb, after_mb)
    holds = steady.holds and found == Counter({"200": REQUESTS})
    yield Figure(name, f"{steady.measured}; {_words(found)}", steady.required, holds)


def measure_document(_: Path) -> Iterator[Figure]:
    """Let Schemathesis ask all that the OpenAPI document allows, and much that it does not."""
    with run_service() as server:
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"http://127.0.0.1:{server.port}/openapi.json",
        ]
        command += ["--seed", "0", "--max-examples", str(EXAMPLES), "--checks", "all"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=PACKAGE_ROOT.parent
        )
    cases = re.search(r"(\d+) generated", done.stdout)
    yield Figure(
        f"OpenAPI document, {EXAMPLES} examples for each of its operations",
        f"{cases[1] if cases else 'no'} cases, exit code {done.returncode}",
        "exit code 0: no failure",
        done.returncode == 0 and cases is not None,
    )
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)


def _send_mutants(server: Server, seed: int, path: str = PREDICT) -> Counter[str]:
    every = [
        (mutant(number, seed) for number in range(start, MUTANTS, _CLIENTS))
        for start in range(_CLIENTS)
    ]
    return send_all(server.port, every, path)


def _send_thumbnails(server: Server, count: int, path: str = PREDICT) -> Counter[str]:
    each = islice(cycle(thumbnails(16)), count // _CLIENTS)
    return send_all(server.port, [list(each)] * _CLIENTS, path)


def _until(end: float, pictures: Iterable[bytes]) -> Iterator[bytes]:
    return takewhile(lambda _: time.monotonic() < end, cycle(pictures))


def _growth_figure(name: str, first: int, before_mb: float, after_mb: float) -> Figure:
    growth = after_mb / before_mb - 1
    return Figure(
        name,
        f"{before_mb:.0f} MB after the first {first:,}, {after_mb:.0f} MB at the end "
        f"({growth:+.1%})",
        f"within {GROWTH_LIMIT:.0%}",
        abs(growth) <= GROWTH_LIMIT,
    )


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
