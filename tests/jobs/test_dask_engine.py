import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from src.errors import ArtlensError, ConfigError
from src.features.build_features import build_features
from src.features.extract_features import FEATURE_NAMES
from src.jobs.dask_engine import WorkerSetup, dask_engine, library_versions
from src.jobs.engines import Engine
from src.jobs.parallel_map import parallel_map
from src.jobs.shard_store import ShardStore
from src.models.storage.metadata import LeaderboardRow
from src.models.training.plan import Preset, SearchPlan
from src.models.training.processes import training_processes
from src.models.training.rows import split_holdout
from src.models.training.search import search_families
from src.tasks import COLOR
from tests.dask_cluster import DaskCluster, dask_cluster
from tests.models.training_tables import make_table


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=0) as found:
        yield found


@pytest.fixture
def cluster(scheduler: DaskCluster) -> DaskCluster:
    """Return a cluster of two workers."""
    while len(scheduler.workers) < 2:
        scheduler.start_worker()
    return scheduler


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.jobs.parallel_map._CLUSTER_BATCH_ITEMS", 10)


def work_a_while(item: int) -> int:
    time.sleep(0.002)
    return item


def count_threads(_item: int) -> tuple[int, int]:
    blas = max(lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas")
    return blas, cv2.getNumThreads()


def fail(item: int) -> int:
    raise ValueError(f"item {item}")


def test_a_scheduler_without_workers_is_an_error(scheduler: DaskCluster) -> None:
    while scheduler.workers:
        scheduler.kill_worker()
    with (
        pytest.raises(ConfigError, match=f"{scheduler.address} has no workers; start some"),
        dask_engine(scheduler.address, connect_s=1),
    ):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "carrier-pigeon://roof", "localhost:x"])
def test_nobody_at_the_address_is_an_error(address: str) -> None:
    with (
        pytest.raises(ConfigError, match=f"no dask scheduler answers at {address} "),
        dask_engine(address, connect_s=1),
    ):
        pass


def test_a_worker_of_other_versions_is_refused(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = library_versions() | {"numpy": "1.0"}
    monkeypatch.setattr("src.jobs.dask_engine.library_versions", lambda: others)
    with (
        pytest.raises(ConfigError, match=r"cannot do this work .*install the same artlens"),
        dask_engine(cluster.address),
    ):
        pass


def test_a_setup_fits_its_own_process() -> None:
    with pytest.raises(RuntimeError, match=r"and .*'numpy': '1.0'.* is needed"):
        WorkerSetup(library_versions() | {"numpy": "1.0"}).setup(None)


def test_a_worker_that_is_killed_midway_takes_nothing_with_it(cluster: DaskCluster) -> None:
    results = []
    with dask_engine(cluster.address):
        for result in parallel_map(work_a_while, range(600), None, "killed"):
            results.append(result)
            if len(results) == 100:
                cluster.kill_worker()
    assert results == list(range(600))
    assert len(cluster.workers) == 1


def test_a_task_has_one_thread(cluster: DaskCluster) -> None:
    with dask_engine(cluster.address):
        assert set(parallel_map(count_threads, range(20), None, "threads")) == {(1, 1)}


def test_a_table_is_built_as_here_although_a_worker_is_killed(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the workers are not
    Path("images").mkdir()
    names = [f"{n:03d}.png" for n in range(120)]
    for n, name in enumerate(names):
        cv2.imwrite(f"images/{name}", np.full((8, 8, 3), (n, 2 * n, 255 - n), np.uint8))
    Path("images/007.png").write_bytes(b"no picture")
    rows = "".join(f"{name},RED\n" for name in names)
    Path("interim.csv").write_text(f"filename,color\n{rows}")
    interim, images = Path("interim.csv"), Path("images")
    with pytest.raises(SystemExit, match="1"):  # one picture is left out
        build_features(interim=interim, images=images, out=Path("here.csv"), jobs=1)
    monkeypatch.setattr("src.features.measured_table.SHARD_PICTURES", 20)
    monkeypatch.setattr(ShardStore, "finish", killing(cluster, ShardStore.finish))
    with pytest.raises(SystemExit, match="1"):
        build_features(
            interim=interim,
            images=images,
            out=Path("there.csv"),
            engine=Engine.DASK,
            scheduler=cluster.address,
        )
    assert len(cluster.workers) == 1
    assert Path("there.csv").read_bytes() == Path("here.csv").read_bytes()
    assert len(Path("here.csv").read_text().splitlines()) == 120


def killing(cluster: DaskCluster, finish: Callable[..., None]) -> Callable[..., None]:
    """Return `ShardStore.finish` with a worker killed at the first shard."""

    def finish_and_kill(*args: Any) -> None:
        finish(*args)
        if len(cluster.workers) == 2:
            cluster.kill_worker()

    return finish_and_kill


def test_what_a_task_raises_ends_the_map_here(cluster: DaskCluster) -> None:
    with dask_engine(cluster.address), pytest.raises(ValueError, match="item "):
        list(parallel_map(fail, range(40), None, "refused"))


class Listener:
    """Kills a worker when the first family is done, if there is a cluster."""

    def __init__(self, cluster: DaskCluster | None) -> None:
        self.cluster = cluster

    def started(self, family: str, fits: int) -> list[Any]:
        if self.cluster and family == "random_forest":
            threading.Timer(0.1, self.cluster.kill_worker).start()
        return []

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        """Be a `SearchProgress`."""

    def calibrating(self, winner: LeaderboardRow) -> None:
        """Be a `SearchProgress`."""


def search(cluster: DaskCluster | None) -> list[tuple[Any, ...]]:
    split = split_holdout(make_table(), FEATURE_NAMES, COLOR, seed=0)
    families = ("svm", "random_forest", "logistic_regression", "neural_network")
    with training_processes():
        leaderboard = search_families(
            split, SearchPlan(families, Preset.SMOKE), Listener(cluster)
        ).leaderboard
    return [(row.family, row.params, row.cv_mean, row.cv_std) for row in leaderboard]


def test_a_search_finds_the_same_although_a_worker_is_killed(cluster: DaskCluster) -> None:
    with dask_engine(cluster.address):
        there = search(cluster)
    assert len(cluster.workers) == 1
    assert there == search(None)


def test_a_scheduler_that_goes_away_is_an_error(tmp_path: Path) -> None:
    with dask_cluster(tmp_path, workers=1) as cluster:

        def work() -> None:
            with dask_engine(cluster.address, connect_s=3):
                for _ in parallel_map(work_a_while, range(4000), None, "orphans"):
                    cluster.scheduler.kill()

        with pytest.raises(ArtlensError, match=f"{cluster.address} went away .*start it again"):
            work()
