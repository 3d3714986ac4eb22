"""What a second process gains in measuring many thumbnails, and what ten times as many take.

Run with ``python -m benchmarks.benchmark_bulk``. The thumbnails are paintings of the built-in
gallery, 218 x 218 as JPEG, the same few hundred under many names.
"""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
from joblib.externals.loky import get_reusable_executor

from benchmarks.benchmark_decode import write_jpeg
from benchmarks.report import Ratio, run_alone
from src.data.schemas import interim_schema
from src.features.extract_features import FEATURES_V1
from src.features.measured_table import TableJob
from src.gallery.paintings import paint, plan_gallery
from src.jobs.runner import run_job, survey_job
from src.jobs.shard_store import ShardStore
from src.tasks import COLOR

# Starting them takes 0.3 s of five.
TWO_WORKERS_FLOOR: Final = 1.6
WORKERS_COUNT: Final = 20_000
TURNS: Final = 2
FEW: Final = 10_000
MANY: Final = 40_000
# As much more memory as the many may take.
MOST_MEMORY: Final = 1.1
DISTINCT: Final = 200
POLL_S: Final = 0.1


def measure() -> list[Ratio]:
    """Compare two processes with one, and few pictures with many."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "images").mkdir()
        names = write_pictures(root / "images", MANY)
        return [compare_workers(root, names), compare_memory(root, names)]


def compare_workers(root: Path, names: list[str]) -> Ratio:
    """Measure the same table with one process and with two, in turns; the quicker run counts."""
    job = make_job(root, names[:WORKERS_COUNT])
    turns = [[seconds_to_measure(job, jobs) for jobs in (1, 2)] for _ in range(TURNS)]
    one_s, two_s = map(min, zip(*turns, strict=True))
    note = f"{WORKERS_COUNT / two_s:.0f} pictures/s against {WORKERS_COUNT / one_s:.0f}/s"
    name = f"two processes against one, {WORKERS_COUNT:,} thumbnails"
    return Ratio(name, one_s / two_s, TWO_WORKERS_FLOOR, note)


def compare_memory(root: Path, names: list[str]) -> Ratio:
    """Run ``build-features`` on few and on many pictures."""
    few, many = (peak_memory(make_job(root, names[:count])) for count in (FEW, MANY))
    note = f"{few / 2**20:.0f} MB against {many / 2**20:.0f} MB, all processes together"
    name = f"peak memory of {FEW:,} pictures against that of {MANY:,}"
    return Ratio(name, few / many, 1 / MOST_MEMORY, note)


def write_pictures(folder: Path, count: int) -> list[str]:
    """Write pictures and return their names."""
    distinct = []
    for commission in plan_gallery(DISTINCT, seed=1):
        distinct.append(folder / f"{commission.name}.jpg")
        write_jpeg(distinct[-1], paint(commission))
    names = [f"{number:06d}.jpg" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).hardlink_to(distinct[number % DISTINCT])
    return names


def make_job(root: Path, names: list[str]) -> TableJob:
    """Write a table as a scrape leaves it, and describe how it is measured."""
    lines = [
        f"{number},/asset/a-work-of-art/{number},https://museum.invalid/image-of-work-{number:060d},"
        f'RED,"A title, of work {number}",Somebody,{name}\n'
        for number, name in enumerate(names)
    ]
    path = root / "interim.csv"
    path.write_text("asset_id,page,image,color,title,creator,filename\n" + "".join(lines))
    return TableJob(path, interim_schema(COLOR), root / "images", "color", FEATURES_V1)


def seconds_to_measure(job: TableJob, jobs: int) -> float:
    """Return how long the pictures of a job take, starting the processes included."""
    with ShardStore(job.interim.with_name("store")) as store:
        survey = survey_job(job, store)
        start = time.monotonic()
        list(run_job(job, survey, store, print, jobs))
        seconds = time.monotonic() - start
        store.remove()
    get_reusable_executor().shutdown()  # the next run starts its own processes
    return seconds


def peak_memory(job: TableJob) -> int:
    """Return the most bytes that ``build-features`` and its processes held together."""
    command = [sys.executable, "-m", "src.features.build_features", "--jobs", "2"]
    command += ["--interim", str(job.interim), "--images", str(job.folder)]
    command += ["--out", str(job.interim.with_name("table.csv"))]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            with suppress(psutil.NoSuchProcess):
                peak = max(peak, _held(psutil.Process(run.pid)))
            time.sleep(POLL_S)
    if run.returncode:
        raise RuntimeError(f"build-features failed (exit code {run.returncode})")
    return peak


def _held(process: psutil.Process) -> int:
    """Return what a process and its children hold; nothing of those that end meanwhile."""
    held = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            held += each.memory_info().rss
    return held


if __name__ == "__main__":
    run_alone(measure)
