"""How many more pictures a second the service answers than the published study's way of serving.

Run with ``python -m benchmarks.benchmark_service``. Both servers have one worker and a classifier
of the same size, and meet the same load in turns. The study's way follows its description; its own
code was not used. Needs Debian's wrk.
"""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import Ratio, run_alone
from benchmarks.service.load import Answers, Load, apply_load, background_load
from benchmarks.service.pictures import photographs, thumbnails
from benchmarks.service.reference_model import save_reference_model
from benchmarks.service.servers import Server, answer_times_ms, run_reference, run_service
from src.errors import ConfigError

ROUNDS: Final = 3
STARTS: Final = 3
CONNECTIONS: Final = 32
# Enough to keep both cores busy; the study's way answers the last of more only after half a minute.
PHOTOGRAPH_CONNECTIONS: Final = 4
SECONDS: Final = 4
PHOTOGRAPH_SECONDS: Final = 4
THUMBNAIL_FLOOR: Final = 4.0
PHOTOGRAPH_FLOOR: Final = 15.0
SPREAD_LIMIT: Final = 10.0
START_LIMIT_S: Final = 2.5
HEALTH_LIMIT_MS: Final = 50.0


@dataclass(frozen=True, slots=True)
class Round:
    """What both servers answered to the same load, one right after the other."""

    service: Answers
    reference: Answers

    @property
    def times(self) -> float:
        """How many times as many ours answered; one that answered none counts as with one."""
        least = 1 / self.reference.seconds
        return self.service.per_s / max(self.reference.per_s, least)


def measure() -> list[Ratio]:
    """Compare both servers, then look at ours alone."""
    thumbnail_load = Load(thumbnails(16), CONNECTIONS, SECONDS)
    photograph_load = Load(photographs(3), PHOTOGRAPH_CONNECTIONS, PHOTOGRAPH_SECONDS)
    crowd_load = Load(photographs(3), CONNECTIONS, SECONDS)
    with tempfile.TemporaryDirectory() as name:
        vectors = save_reference_model(Path(name))
        with run_service() as service, run_reference(Path(name)) as reference:
            small = compare_servers(thumbnail_load, service, reference)
            large = compare_servers(photograph_load, service, reference)
        with run_service() as service:
            health = [
                _health_ratio(service, thumbnail_load, "218 x 218"),
                _health_ratio(service, crowd_load, "3000 x 2250"),
            ]
    about = f"{CONNECTIONS} connections, {vectors} support vectors"
    return [
        _speed_ratio(f"service, 218 x 218, {about}", small, THUMBNAIL_FLOOR),
        _speed_ratio(
            f"service, 3000 x 2250, {PHOTOGRAPH_CONNECTIONS} connections", large, PHOTOGRAPH_FLOOR
        ),
        _spread_ratio(small),
        *health,
        _start_ratio(),
    ]


def compare_servers(load: Load, service: Server, reference: Server) -> list[Round]:
    """Put the load on both servers, in turns.

    Raises
    ------
    ConfigError
        If the service refused a picture or did not answer, since a ratio would say nothing then.
    """
    rounds = []
    for _ in range(ROUNDS):
        found = Round(_load_settled(load, service), _load_settled(load, reference))
        if found.service.refused or found.service.failed:
            raise ConfigError(
                f"the service refused or dropped {found.service.refused + found.service.failed} of "
                f"{found.service.requests} pictures; expected 0: allow it more waiting predictions"
            )
        rounds.append(found)
    return rounds


def _load_settled(load: Load, server: Server) -> Answers:
    """Put the load on a server, and let it finish what then still waits."""
    answers = apply_load(load, server.url)
    server.settle()
    return answers


def _speed_ratio(name: str, rounds: Sequence[Round], floor: float) -> Ratio:
    ours = median(found.service.per_s for found in rounds)
    study = median(found.reference.per_s for found in rounds)
    ratio = median(found.times for found in rounds)
    return Ratio(name, ratio, floor, f"{ours:.1f} pictures/s against {study:.1f}, both one worker")


def _spread_ratio(rounds: Sequence[Round]) -> Ratio:
    p50, p99 = (
        median(found.service.p50_ms for found in rounds),
        median(found.service.p99_ms for found in rounds),
    )
    return Ratio(
        f"service, p99 under {SPREAD_LIMIT:g} x p50 at {CONNECTIONS} connections",
        SPREAD_LIMIT * p50 / p99,
        1,
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
    )


def _health_ratio(service: Server, load: Load, size: str) -> Ratio:
    with background_load(load, service.url):
        time.sleep(1)
        times = answer_times_ms(service, "/healthz", load.seconds - 2, pause_s=0.01)
    service.settle()
    return Ratio(
        f"service, /healthz within {HEALTH_LIMIT_MS:g} ms, {CONNECTIONS} connections with {size}",
        HEALTH_LIMIT_MS / max(times),
        1,
        f"slowest of {len(times)} {max(times):.1f} ms, median {median(times):.1f} ms",
    )


def _start_ratio() -> Ratio:
    starts = []
    for _ in range(STARTS):
        with run_service() as service:
            starts.append(service.start_s)
    return Ratio(
        f"service, start to ready within {START_LIMIT_S:g} s",
        START_LIMIT_S / median(starts),
        1,
        f"median of {STARTS} starts {median(starts):.2f} s",
    )


if __name__ == "__main__":
    run_alone(measure)
