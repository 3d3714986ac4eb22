import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from src.cli import app
from src.features import paths_job, picture_addresses
from src.features.measuring import measure_item
from src.fetching import downloads
from src.jobs.shard_store import ShardStore

SHARD = 16
COUNT = 38
BROKEN = 5
STORE = ".out.csv.answers"
# The command with small shards, as a process of its own.
SMALL_SHARDS = (
    "import sys; from src.cli import app; from src.features import paths_job; "
    "paths_job.SHARD_PICTURES = 64; app(sys.argv[1:])"
)


def paint_pictures(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        bgr = np.full((8, 8, 3), (20 * number % 256, 255 - number % 256, 90), np.uint8)
        cv2.imwrite(str(folder / f"{number:04d}.png"), bgr)


@pytest.fixture(autouse=True)
def in_small_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paint_pictures(tmp_path / "rooms", COUNT)
    (tmp_path / "rooms" / f"{BROKEN:04d}.png").write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths_job, "SHARD_PICTURES", SHARD)


def without_progress(stderr: str) -> list[str]:
    """Return the lines but those that a slow machine makes a log say."""
    return [line for line in stderr.splitlines() if not line.startswith("predict: ")]


class Serial:
    """Stands for `parallel_map`: one by one, noting what is done, until it is interrupted."""

    def __init__(
        self,
        stop_at: int | None = None,
        dies_on: str | None = None,
        before: Callable[[Any], object] = str,
    ) -> None:
        self.done: list[Any] = []
        self.stop_at = stop_at
        self.dies_on = dies_on
        self.before = before

    def __call__(
        self,
        work: Callable[[Any], Any],
        items: Any,
        jobs: int | None,
        label: str,
        lost: Callable[[Any], Any],
    ) -> Iterator[Any]:
        for item in items:
            if len(self.done) == self.stop_at:
                raise KeyboardInterrupt
            self.before(item)
            self.done.append(item)
            yield lost(item) if item == self.dies_on else work(item)


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, list[Any]]]:
    """Give ``artlens predict``: arguments -> what it came to, and what was measured for it."""

    def run(*arguments: str, stdin: bytes = b"", **options: Any) -> tuple[Result, list[Any]]:
        serial = Serial(**options)
        monkeypatch.setattr("src.jobs.parallel_map.parallel_map", serial)
        return CliRunner().invoke(app, ["predict", *arguments], input=stdin), serial.done

    return run


Predict = Callable[..., tuple[Result, list[Any]]]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "json", "txt"])
def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(predict: Predict, suffix: str) -> None:
    out = Path(f"out.{suffix}")
    stopped, done = predict("rooms", "-o", str(out), stop_at=35)
    assert (stopped.exit_code, len(done)) == (130, 35)
    assert stopped.stderr.count(f"cannot read rooms/{BROKEN:04d}.png") == 1
    assert sorted(map(str, Path().iterdir())) == [f".{out}.answers", "rooms"]
    resumed, done = predict("rooms", "-o", str(out))
    assert "goes on after 32 pictures" in resumed.stderr
    assert done == [f"rooms/{n:04d}.png" for n in range(32, COUNT)]
    assert resumed.exit_code == 1
    assert resumed.stderr.count(f"cannot read rooms/{BROKEN:04d}.png") == 1
    assert sorted(map(str, Path().iterdir())) == [str(out), "rooms"]
    at_once, _ = predict("rooms", "--format", suffix if suffix != "txt" else "text")
    assert out.read_bytes() == at_once.stdout_bytes


def test_a_part_of_a_picture_is_answered_with_a_warning(predict: Predict) -> None:
    whole = cv2.imencode(".jpg", np.full((64, 64, 3), (40, 200, 90), np.uint8))[1].tobytes()
    Path("rooms/part.jpg").write_bytes(whole[:-8])
    predict("rooms", "-o", "out.jsonl", stop_at=35)
    assert predict("rooms", "-o", "out.jsonl")[0].exit_code == 1
    answers = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    truncated = [
        answer["source"]
        for answer in answers
        if "truncated" in [warning["code"] for warning in answer.get("warnings", ())]
    ]
    assert truncated == ["rooms/part.jpg"]


def test_what_changed_is_done_again_and_nothing_else(predict: Predict) -> None:
    def measured_again(*options: str, stop_at: int = 35) -> list[Any]:
        again: list[Any] = predict("rooms", "-o", "out.csv", *options, stop_at=stop_at)[1]
        return again

    assert len(measured_again()) == 35
    os.utime("rooms/0020.png", ns=(1, 1))
    done = predict("rooms", "-o", "out.csv", stop_at=20)[1]
    assert done == [f"rooms/{n:04d}.png" for n in range(16, 36)]
    # What is asked of the answers measures nothing anew; a text needs no palettes.
    assert measured_again("--min-score", "0.5", stop_at=1) == ["rooms/0032.png"]
    assert len(measured_again("--min-score", "0.5", "--format", "text")) == 35


def test_a_whole_file_is_not_replaced_and_nothing_is_done_for_it(predict: Predict) -> None:
    Path("out.csv").write_text("old")
    refused, done = predict("rooms", "-o", "out.csv")
    assert (refused.exit_code, done) == (2, [])
    assert "--force" in refused.stderr
    assert predict("rooms", "-o", "out.csv", "--force")[0].exit_code == 1
    assert len(Path("out.csv").read_text().splitlines()) == 1 + COUNT


def test_pictures_given_twice_are_there_twice(predict: Predict) -> None:
    names = [f"rooms/{number:04d}.png" for number in range(SHARD)]
    predict(*names, *names, "-o", "out.csv")
    lines = Path("out.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == [*names, *names]


def test_standard_input_and_empty_places_keep_theirs(predict: Predict) -> None:
    Path("empty").mkdir()
    content = Path("rooms/0000.png").read_bytes()
    done, _ = predict("gone", "empty", "-", "rooms/0001.png", "-o", "out.csv", stdin=content)
    lines = Path("out.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == ["gone", "empty", "-", "rooms/0001.png"]
    assert "no pictures in it" in lines[1]
    assert lines[2].split(",")[1] != ""
    assert done.stderr.count("error:") == 2


def test_a_picture_that_kills_its_process_is_reported_by_name(predict: Predict) -> None:
    done, _ = predict("rooms", "-o", "out.csv", dies_on="rooms/0002.png")
    assert done.exit_code == 1
    assert "cannot read rooms/0002.png: the process that decoded it was killed" in done.stderr
    assert len(Path("out.csv").read_text().splitlines()) == 1 + COUNT


def test_a_full_disk_costs_the_shard_that_did_not_fit(
    predict: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = ShardStore._prepare

    def prepare_small(store: ShardStore) -> None:
        prepare(store)
        store._db.execute("PRAGMA max_page_count = 8")

    with monkeypatch.context() as full:
        full.setattr(ShardStore, "_prepare", prepare_small)
        stopped, done = predict("rooms", "-o", "out.csv")
    assert stopped.exit_code == 2
    assert "the disk is full; make room and run the same again" in stopped.stderr
    assert len(done) > SHARD
    resumed, again = predict("rooms", "-o", "out.csv")
    assert resumed.exit_code == 1
    assert len(again) == COUNT - len(done) + SHARD
    assert Path("out.csv").read_bytes() == predict("rooms", "--format", "csv")[0].stdout_bytes


def test_pictures_of_a_folder_that_goes_away_are_named_and_done_when_it_is_back(
    predict: Predict,
) -> None:
    paint_pictures(Path("rooms/wing"), 30)

    def vanish(item: str) -> None:
        if item == "rooms/wing/0000.png":
            Path("rooms/wing").rename("elsewhere")

    done, _ = predict("rooms", "-o", "out.csv", before=vanish)
    assert done.exit_code == 1
    lines = Path("out.csv").read_text().splitlines()[1:]
    assert len(lines) == COUNT + 30
    for number, line in enumerate(lines[COUNT:]):
        assert line.startswith(f"rooms/wing/{number:04d}.png,,")
        assert done.stderr.count(f"error: cannot read rooms/wing/{number:04d}.png: No such") == 1
    assert "the same command with --force reads those anew" in done.stderr

    Path("elsewhere").rename("rooms/wing")
    again, measured = predict("rooms", "-o", "out.csv", "--force")
    assert "goes on after 32 pictures" in again.stderr
    assert len(measured) == COUNT + 30 - 32
    assert Path("out.csv").read_bytes() == predict("rooms", "--format", "csv")[0].stdout_bytes
    assert sorted(map(str, Path().iterdir())) == ["out.csv", "rooms"]


def test_a_picture_that_changes_meanwhile_is_done_again(predict: Predict) -> None:
    def change(item: str) -> None:
        if item == "rooms/0020.png":
            os.utime("rooms/0017.png", ns=(1, 1))

    assert predict("rooms", "-o", "out.csv", before=change)[0].exit_code == 1
    _, measured = predict("rooms", "-o", "out.csv", "--force")
    assert measured == [f"rooms/{number:04d}.png" for number in range(16, 32)]


def test_a_picture_that_kills_worker_processes_costs_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killing = partial(measure_or_die, os.getpid(), "rooms/0020.png")
    with monkeypatch.context() as dangerous:
        dangerous.setattr(paths_job, "measure_item", killing)
        done = CliRunner().invoke(app, ["predict", "rooms", "-qo", "out.csv", "--jobs", "2"])
    assert done.exit_code == 1
    errors = without_progress(done.stderr)
    assert errors[0].startswith(f"error: cannot read rooms/{BROKEN:04d}.png: it is not an image")
    assert errors[1].startswith("error: cannot read rooms/0020.png: the process that decoded it wa")
    assert errors[2:] == ["2 of 38 could not be read; all others: out.csv"]
    lines = Path("out.csv").read_bytes().splitlines()
    Path("rooms/0020.png").write_bytes(b"")  # for scores have the same bits in the same company
    at_once = CliRunner().invoke(app, ["predict", "rooms", "--format", "csv"]).stdout_bytes
    expected = at_once.splitlines()
    assert lines[:21] + lines[22:] == expected[:21] + expected[22:]
    assert lines[21].startswith(b"rooms/0020.png,,")


def measure_or_die(parent: int, victim: str, *arguments: Any, **options: Any) -> Any:
    """Do a worker's part, but end it with the victim."""
    if victim in arguments and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return measure_item(*arguments, **options)


def test_a_full_disk_ends_the_command_and_its_processes_in_one_line(
    predict: Predict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paint_pictures(tmp_path / "many", 700)
    # Where a file may not grow, writing fails as on a full disk.
    program = f"import resource; {SMALL_SHARDS}".replace(
        "app(sys", "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, -1)); app(sys"
    )
    command = [sys.executable, "-c", program, "predict", "many", "-qo", "out.csv"]
    stopped = subprocess.run(command, capture_output=True, text=True, check=False)
    assert stopped.returncode == 2
    (line,) = without_progress(stopped.stderr)
    assert line.startswith("error: cannot keep what was measured in ")
    assert line.endswith("run the same again, which goes on from here")
    monkeypatch.setattr(paths_job, "SHARD_PICTURES", 64)
    resumed, measured = predict("many", "-o", "out.csv")
    assert resumed.exit_code == 0
    assert 0 < len(measured) < 700
    assert Path("out.csv").read_bytes() == predict("many", "--format", "csv")[0].stdout_bytes


def test_parquet_holds_the_table_that_csv_does(predict: Predict) -> None:
    Path("rooms/0003.png").rename(os.fsdecode(b"rooms/3\xff.png"))
    predict("rooms", "-o", "out.csv", "--min-score", "0.6")
    predict("rooms", "-o", "out.parquet", "--min-score", "0.6")
    table = pq.read_table("out.parquet")
    lines = Path("out.csv").read_bytes().decode(errors="backslashreplace").splitlines()
    assert ",".join(table.column_names) == lines[0]
    written = [
        ",".join("" if cell is None else str(cell) for cell in row.values())
        for row in table.to_pylist()
    ]
    assert written == [line.replace('"', "") for line in lines[1:]]
    assert table["score"].null_count == 1


def test_parquet_is_written_to_files_only(predict: Predict) -> None:
    for place in ([], ["-o", os.devnull]):
        refused, _ = predict("rooms", "--format", "parquet", *place)
        assert refused.exit_code == 2
        assert "name one with --output" in refused.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_command_that_is_stopped_goes_on(tmp_path: Path, number: int, code: int) -> None:
    paint_pictures(tmp_path / "many", 700)
    command = [sys.executable, "-c", SMALL_SHARDS, "predict", "many", "-qo", "out.csv"]
    log = tmp_path / f"{STORE}-wal"
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 60
        # The list of pictures takes 100 kB, a shard 50 kB: the first is there whole.
        while not log.exists() or log.stat().st_size < 250_000:
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.002)
        run.send_signal(number)
        _, err = run.communicate()
    assert run.returncode == code
    assert number == signal.SIGKILL or without_progress(err) == [
        "what was measured is kept: the same command goes on from there",
        "error: interrupted",
    ]
    assert not Path("out.csv").exists()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "goes on after " in done.stderr
    assert len(Path("out.csv").read_text().splitlines()) == 701
    assert sorted(map(str, Path().iterdir())) == ["many", "out.csv", "rooms"]


class Host(SimpleHTTPRequestHandler):
    """Serves the current folder, but for what is away."""

    away: set[str]

    def do_GET(self) -> None:
        """Answer."""
        if self.path in self.away:
            self.send_error(503)
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(downloads, "_PAUSE_S", 0.001)
    monkeypatch.setattr(paths_job, "RATE_PER_S", 1000.0)
    monkeypatch.setattr(Host, "away", set(), raising=False)
    picture_addresses._fetcher.cache_clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    picture_addresses._fetcher.cache_clear()


def test_addresses_are_fetched_at_once_or_in_shards_with_the_same_answers(
    predict: Predict, host: str
) -> None:
    names = [f"rooms/{number:04d}.png" for number in range(COUNT)]
    Path("list.txt").write_text("".join(f"{host}/{name}\n" for name in names))
    at_once, _ = predict("@list.txt", "--format", "csv")
    local, _ = predict("rooms", "--format", "csv")
    assert at_once.stdout.replace(f"{host}/", "") == local.stdout
    in_shards, done = predict("@list.txt", "-o", "out.csv")
    assert (in_shards.exit_code, len(done)) == (1, COUNT)
    assert Path("out.csv").read_text() == at_once.stdout
    broken = f"error: cannot read {host}/rooms/{BROKEN:04d}.png: it is not an image"
    assert broken in in_shards.stderr
    assert broken in at_once.stderr
    assert sorted(map(str, Path().iterdir())) == ["list.txt", "out.csv", "rooms"]


def test_what_a_host_does_not_give_is_asked_for_again_with_force(
    predict: Predict, host: str
) -> None:
    names = [f"rooms/{number:04d}.png" for number in range(COUNT) if number != BROKEN]
    places = [f"{host}/{name}" for name in [*names, "gone.png"]]
    Host.away.add("/rooms/0020.png")
    first, _ = predict(*places, "-o", "out.csv")
    assert first.exit_code == 1
    assert f"cannot read {host}/rooms/0020.png: its host answers 503" in first.stderr
    assert f"cannot read {host}/gone.png: its host answers 404" in first.stderr
    assert "the same command with --force reads those anew and keeps the rest" in first.stderr
    Host.away.clear()
    again, done = predict(*places, "-o", "out.csv", "--force")
    assert done == places[SHARD : 2 * SHARD]
    # What is not there for good is not asked for again, and leaves nothing behind.
    assert again.stderr.count("error:") == 1
    assert f"1 of {COUNT} could not be read" in again.stderr
    assert sorted(map(str, Path().iterdir())) == ["out.csv", "rooms"]
    assert Path("out.csv").read_text() == predict(*places, "--format", "csv")[0].stdout


def test_worker_processes_fetch_for_themselves(host: str) -> None:
    places = [f"{host}/rooms/{number:04d}.png" for number in range(COUNT)]
    command = ["predict", *places, "-qo", "out.csv", "--jobs", "2"]
    assert CliRunner().invoke(app, command).exit_code == 1
    assert len(Path("out.csv").read_text().splitlines()) == 1 + COUNT
