"""The service as a process: its command, its port, its signals, several processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from benchmarks.service.redis_servers import RedisServer
from src.config import project_root
from src.models.artifact import save_model
from src.scraping.chrome import die_with_parent
from src.service import serve
from src.service.limits import ServiceLimits
from tests.models.fitted_models import fit_model
from tests.service.apps import encoded, fit_named, wait_for

SERVE = [sys.executable, "-m", "src.cli", "serve"]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_model(fit_model(), folder)
    return folder


@contextmanager
def process(command: list[str], **variables: str) -> Iterator[subprocess.Popen[str]]:
    clean = {name: value for name, value in os.environ.items() if name not in ("PORT", "HOST")}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=project_root(),
        env=clean | variables,
        preexec_fn=die_with_parent,  # noqa: PLW1509
    ) as started:
        try:
            yield started
        finally:
            if started.poll() is None:
                # Killed, it could take nothing away that it has made.
                started.terminate()
                with suppress(subprocess.TimeoutExpired):
                    started.communicate(timeout=20)
            started.kill()


@contextmanager
def connect(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:

        def ready() -> bool:
            try:
                return client.get("/readyz").status_code == 200
            except httpx.ConnectError:
                return False

        wait_for(ready)
        yield client


def first_line(started: subprocess.Popen[str]) -> str:
    assert started.stdout is not None
    return started.stdout.readline().strip()


def test_it_serves_a_given_model_and_ends_in_order_on_ctrl_c(model_folder: Path) -> None:
    with process([*SERVE, "--model", str(model_folder)], PORT="0") as started:
        address = first_line(started)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        with connect(address) as client:
            found = client.post("/v1/predict", files={"file": encoded()})
            assert found.json()["model"]["family"] == "logistic_regression"
            assert found.json()["label"] == "RED"
            assert "server" not in found.headers
            port = int(address.rpartition(":")[2])
            with process([*SERVE, "--model", str(model_folder), "--port", str(port)]) as second:
                _, complaint = second.communicate(timeout=60)
                assert second.returncode == 2
                assert re.fullmatch(r"error: cannot listen on .* --port 0 .*\n", complaint)
            started.send_signal(signal.SIGINT)
            out, log = started.communicate(timeout=30)
        assert started.returncode == 0
        assert out == ""
        assert "Traceback" not in log
        introduced, few, unknown = map(json.loads, log.splitlines()[:3])
        assert introduced["message"].startswith(f"{model_folder.name} (answers color): your own")
        assert (few["level"], unknown["level"]) == ("WARNING", "WARNING")
        assert "judged on" in few["message"]
        assert "knows 3 of the task's 11 classes" in unknown["message"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_is_not_lost_before_the_server_runs(model_folder: Path, workers: str) -> None:
    options = ["--port", "0", "--workers", workers, "--model", str(model_folder)]
    with process([*SERVE, *options]) as started:
        assert first_line(started)
        started.send_signal(signal.SIGTERM)
        _, log = started.communicate(timeout=30)
        assert started.returncode == 0
        assert "Traceback" not in log


def test_ctrl_c_ends_no_process_that_still_starts(model_folder: Path) -> None:
    options = ["--port", "0", "--workers", "2", "--model", str(model_folder)]
    with process([*SERVE, *options]) as started:
        address = first_line(started)
        leader = psutil.Process(started.pid)
        # One more keeps count of what they share.
        wait_for(lambda: len(leader.children()) == 3)
        first = leader.children()
        # A terminal sends it to all of them.
        for child in first:
            child.send_signal(signal.SIGINT)
        with connect(address):
            assert leader.children() == first
        started.send_signal(signal.SIGINT)
        _, log = started.communicate(timeout=30)
        assert started.returncode == 0
        assert "Traceback" not in log


def test_killed_it_leaves_no_process_behind(model_folder: Path) -> None:
    options = ["--port", "0", "--workers", "2", "--model", str(model_folder)]
    with process([*SERVE, *options]) as started:
        address = first_line(started)
        with connect(address):
            left = psutil.Process(started.pid).children()
            assert len(left) == 3
        started.kill()
        _, alive = psutil.wait_procs(left, timeout=20)
        assert not alive
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, trust_env=False)


def test_a_missing_folder_of_metrics_is_told_before_the_address(tmp_path: Path) -> None:
    missing = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "none")}
    for workers in ("1", "2"):
        command = [*SERVE, "--port", "0", "--workers", workers]
        with process(command, **missing) as started:
            out, complaint = started.communicate(timeout=60)
        assert (started.returncode, out) == (2, "")
        assert re.fullmatch(r"error: PROMETHEUS_MULTIPROC_DIR names no .*\n", complaint)


def test_who_reads_the_address_can_connect_at_once(model_folder: Path) -> None:
    with process([*SERVE, "--port", "0", "--model", str(model_folder)]) as started:
        address = first_line(started)
        assert httpx.get(f"{address}/readyz", timeout=30, trust_env=False).status_code == 200


def test_several_processes_share_a_port_their_metrics_and_a_cache(
    model_folder: Path, redis_server: RedisServer
) -> None:
    options = ["--port", "0", "--workers", "2", "--model", str(model_folder)]
    with process([*SERVE, *options], ARTLENS_CACHE_URL=redis_server.url) as started:
        with connect(first_line(started)) as client:
            for _ in range(6):
                # A new connection each time, so that the system can choose the process.
                reply = client.post(
                    "/v1/predict", files={"file": encoded()}, headers={"Connection": "close"}
                )
                assert reply.json()["label"] == "RED"
                wait_for(lambda: redis_server.client.dbsize() == 1)
            for _ in range(6):
                text = client.get("/metrics", headers={"Connection": "close"}).text
                assert 'artlens_predictions_total{label="RED",task="color"} 6.0' in text
                assert 'artlens_task_seconds_count{task="color"} 1.0' in text
        started.send_signal(signal.SIGTERM)
        _, log = started.communicate(timeout=30)
        assert started.returncode == 0
        assert "Traceback" not in log


def test_processes_that_ended_count_as_ready_no_more(model_folder: Path, tmp_path: Path) -> None:
    def workers() -> set[int]:
        found = set[int]()
        for child in psutil.Process(started.pid).children():
            with suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.add(child.pid)
        return found

    def counted() -> set[int]:
        return {int(path.stem.split("_")[2]) for path in tmp_path.glob("gauge_livesum_*.db")}

    def all_counted() -> bool:
        return len(counted()) == 2 and counted() == workers()

    # Of an earlier run that named the same folder.
    (tmp_path / f"gauge_livesum_{2**31 - 1}.db").touch()
    options = ["--port", "0", "--workers", "2", "--model", str(model_folder)]
    with (
        process([*SERVE, *options], PROMETHEUS_MULTIPROC_DIR=str(tmp_path)) as started,
        connect(first_line(started)) as client,
    ):
        wait_for(all_counted)
        first, second = sorted(workers())
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: first not in counted() and all_counted())
        assert second in workers()
        # Asked to start anew, and again before it has: some live too shortly to be known.
        for _ in range(2):
            started.send_signal(signal.SIGHUP)
        wait_for(lambda: second not in workers() and all_counted())
        text = client.get("/metrics", headers={"Connection": "close"}).text
        assert 'artlens_models_ready{task="color"} 2.0' in text


@pytest.mark.parametrize(
    ("options", "limited"),
    [([], False), (["--http", "src.service.connections:TimedProtocol"], True)],
    ids=["plain", "limited"],
)
def test_uvicorn_serves_the_applications_module(options: list[str], limited: bool) -> None:
    command = [sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "0"]
    with process([*command, *options]) as started:
        assert started.stderr is not None
        address = ""
        while not address:
            line = started.stderr.readline()
            assert line, "it ended before it served"
            address = "".join(re.findall(r"http://127\.0\.0\.1:\d+", line))
        with connect(address) as client:
            reply = client.post("/img_classify", files={"file": encoded()})
            assert reply.json() == {"prediction": "RED"}
            assert client.get("/").status_code == 200
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"HELLO\r\n\r\n")
            answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert (b"application/json" in answer) == limited


def test_without_a_model_it_says_so_and_does_not_start(tmp_path: Path) -> None:
    with process([*SERVE, "--model", str(tmp_path / "none"), "--port", "0"]) as started:
        out, complaint = started.communicate(timeout=60)
    assert started.returncode == 2
    assert out == ""
    assert re.fullmatch(r"error: no model folder .*\n", complaint)


def test_another_task_is_chosen_by_its_name(tmp_path: Path) -> None:
    save_model(fit_named("medium", ("a", "b", "c")), tmp_path / "medium")
    models = {"ARTLENS_MODELS_DIR": str(tmp_path)}
    for workers in ("1", "2"):
        options = ["--port", "0", "--workers", workers, "--task", "medium"]
        with (
            process([*SERVE, *options], **models) as started,
            connect(first_line(started)) as client,
        ):
            assert client.get("/v1/classes").json()["called"] == "medium"
            found = client.post("/img_classify", files={"file": encoded()}).json()
            assert found == {"prediction": "b"}
    with process([*SERVE, "--port", "0", "--task", "none"], **models) as started:
        out, complaint = started.communicate(timeout=60)
    assert (started.returncode, out) == (2, "")
    assert re.fullmatch(r"error: .*none.*\n", complaint)


def test_a_cache_that_is_none_is_told_of_before_the_address(model_folder: Path) -> None:
    command = [*SERVE, "--port", "0", "--workers", "2", "--model", str(model_folder)]
    with process(command, ARTLENS_CACHE_URL="http://:hunter2@cache") as started:
        out, complaint = started.communicate(timeout=60)
    assert (started.returncode, out) == (2, "")
    assert re.fullmatch(r"error: ARTLENS_CACHE_URL is no address .* or off .*\n", complaint)
    assert "hunter2" not in complaint


def test_what_is_asked_for_counts_more_than_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        serve, "service_limits", lambda: ServiceLimits(model="m", task="x", max_files=5)
    )
    found = [serve._choose(*asked) for asked in ((None, None), (["y", "z"], None), (None, "n"))]
    assert [(limits.task, limits.tasks, limits.model) for limits in found] == [
        ("x", (), "m"),
        ("y", ("y", "z"), None),
        ("x", (), "n"),
    ]
    assert {limits.max_files for limits in found} == {5}
