"""What all answers to a picture cost beside one of them, and how many a service gives in a second.

Run with ``python -m benchmarks.benchmark_analyse``. All models that name what is in one picture are
asked. First in this process, on one thread: against colour's answer and the row of the network,
each by itself. Then over HTTP, with two workers: against a plain handler that does one picture
after another, with onnxruntime and scikit-learn as they come. Needs Debian's wrk.
"""

from dataclasses import replace
from statistics import median
from typing import Final

import cv2
from threadpoolctl import threadpool_limits

from benchmarks.report import Ratio, run_alone
from benchmarks.service.load import Load, apply_load
from benchmarks.service.pictures import photographs, thumbnails
from benchmarks.service.servers import Server, run_plain, run_service
from benchmarks.timing import median_seconds
from src.errors import ConfigError
from src.features.specs import Features, extract
from src.images import load_uncut
from src.models.analyse import load_each
from src.models.predict_model import analyse, load_model, predict
from src.tasks import COLOR

# At most so many times what both take for themselves. Of a thumbnail, of which decoding is the
# least, the SVM of the tags is more: 1.2 times on a machine with nothing else to do.
SUM_FLOORS: Final = (1 / 1.3, 1 / 1.15, 1 / 1.15)
# For thumbnails two cores have little more to give: onnxruntime as it comes takes both for one.
SPEED_FLOORS: Final = (1.4, 1.8, 1.8)
TURNS: Final = 60
ROUNDS: Final = 3
WORKERS: Final = 2
SECONDS: Final = 2
# What is sent, over so many connections.
LOADS: Final = (
    ("218 x 218", thumbnails(16), 16),
    ("1000 x 750", photographs(8, (1000, 750)), 16),
    ("3000 x 2250", photographs(3), 8),
)


def measure() -> list[Ratio]:
    """Compare the costs of one picture, then both services."""
    return [*compare_costs(), *compare_services()]


def compare_costs() -> list[Ratio]:
    """Measure all answers, and colour's answer and the row of the network alone."""
    models, color, spec = load_each().models, load_model(task=COLOR.name), Features.EMBEDDING.spec()
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        found = []
        for floor, (size, pictures, _) in zip(SUM_FLOORS, LOADS, strict=True):
            picture = pictures[0]
            all_s, color_s, row_s = median_seconds(
                (
                    lambda: analyse(picture, models=models),  # noqa: B023 - called at once
                    lambda: predict(picture, model=color),  # noqa: B023
                    lambda: extract(load_uncut(picture).bgr, spec),  # noqa: B023
                ),
                TURNS,
            )
            note = f"{all_s * 1e3:.1f} ms against {color_s * 1e3:.1f} + {row_s * 1e3:.1f} ms"
            name = f"all {len(models)} answers against colour and an embedding, {size}"
            found.append(Ratio(name, (color_s + row_s) / all_s, floor, note))
    cv2.setNumThreads(before)
    return found


def compare_services() -> list[Ratio]:
    """Put each load on both services, in turns."""
    with run_service("--workers", str(WORKERS)) as service, run_plain() as plain:
        service.wait_until_all_answer()
        ours = replace(service, predict_path="/v1/analyse")
        return [
            _compare(ours, plain, floor, size, Load(pictures, connections, SECONDS))
            for floor, (size, pictures, connections) in zip(SPEED_FLOORS, LOADS, strict=True)
        ]


def _compare(service: Server, plain: Server, floor: float, size: str, load: Load) -> Ratio:
    rounds = [(_per_s(service, load), _per_s(plain, load)) for _ in range(ROUNDS)]
    ours, theirs = (median(column) for column in zip(*rounds, strict=True))
    return Ratio(
        f"service, all tasks, {size}, {load.connections} connections",
        median(one / other for one, other in rounds),
        floor,
        f"{ours:.1f} pictures/s with {WORKERS} workers against {theirs:.1f} in a plain handler",
    )


def _per_s(server: Server, load: Load) -> float:
    found = apply_load(load, server.url)
    server.settle()
    if found.refused or found.failed:
        raise ConfigError(
            f"{server.url} refused or dropped {found.refused + found.failed} of {found.requests} "
            "pictures; expected 0: look into its log"
        )
    return found.per_s


if __name__ == "__main__":
    run_alone(measure)
