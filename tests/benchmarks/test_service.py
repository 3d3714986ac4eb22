"""The tools of the service's benchmark, against a server of a few lines."""

import asyncio
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from benchmarks import benchmark_service
from benchmarks.benchmark_service import Round, compare_servers
from benchmarks.service.client import send_all
from benchmarks.service.load import CONTENT_TYPE, Answers, Load, apply_load, multipart_body
from benchmarks.service.pictures import PHOTOGRAPH_SIZE, photographs, thumbnails
from benchmarks.service.reference_model import FOLDER_VARIABLE, save_reference_model
from src.errors import ConfigError
from src.tasks.color import COLORS

GOOD = Answers(100, 0, 0, 0, 2.0, 5.0, 9.0)


class Moody(BaseHTTPRequestHandler):
    """Answers by what the upload holds, once in each way."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for mark, (status, answer) in ANSWERS.items():
            if mark in body:
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


ERROR: dict[str, object] = {"error": {"code": "busy", "message": "Come again."}}
ANSWERS: dict[bytes, tuple[int, dict[str, object]]] = {
    b"sound": (200, {"label": "RED"}),
    b"busy": (503, ERROR),
    b"odd": (200, {"prediction": "RED"}),
    b"bare": (500, {"error": {}}),
}


@pytest.fixture
def moody_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Moody) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_outcomes_are_counted_over_all_clients(moody_port: int) -> None:
    found = send_all(moody_port, [[b"sound", b"busy", b"sound"], [b"odd", b"bare"], [b"silent"]])
    assert found == {
        "200": 2,
        "503": 1,
        "200 of another form": 1,
        "500 of another form": 1,
        "RemoteDisconnected": 1,
    }


def test_study_way_reads_uploads_and_names_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = save_reference_model(tmp_path, paintings=60)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    from benchmarks.service.reference import app

    red = np.full((40, 60, 3), (20, 20, 200), np.uint8)
    upload = multipart_body(cv2.imencode(".jpg", red)[1].tobytes())
    assert asyncio.run(ask(app, upload))["prediction"] in COLORS
    # Of so few works of eleven colours nearly each is one.
    assert 30 < vectors <= 60


async def ask(app: FastAPI, upload: bytes) -> dict[str, str]:
    headers = {"Content-Type": CONTENT_TYPE}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://study") as client:
        answer = await client.post("/img_classify", content=upload, headers=headers)
    fields: dict[str, str] = answer.json()
    return fields


def test_pictures_are_what_they_are_called() -> None:
    (small,), (large,) = thumbnails(1), photographs(1)
    assert decode(small).shape == (218, 218, 3)
    assert decode(large).shape[1::-1] == PHOTOGRAPH_SIZE
    assert 0.15 < len(large) / (3000 * 2250) < 0.4


def decode(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_missing_generator_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ConfigError, match="wrk is missing.*apt-get install wrk"):
        apply_load(Load((b"x",), 1, 1), "http://127.0.0.1:9/v1/predict")


def test_generator_is_told_what_to_send_and_its_last_line_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "wrk"
    fake.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib, sys\n"
        "words = sys.argv[1:]\n"
        "path, kind, *files = words[words.index('--') + 1:]\n"
        "sizes = [len(pathlib.Path(file).read_bytes()) for file in files]\n"
        "print('noise')\n"
        "print(json.dumps(dict(requests=len(files), refused=1, failed=0, late=0, seconds=0.5,\n"
        "    p50_ms=float(sizes[0]), p99_ms=float(path == '/v1/predict'))))\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = apply_load(Load((b"one", b"two!", b"3"), 2, 1), "http://127.0.0.1:9/v1/predict")
    assert found == Answers(3, 1, 0, 0, 0.5, len(multipart_body(b"one")), 1.0)
    assert found.per_s == 4.0


@pytest.mark.parametrize("bad", [Answers(100, 1, 0, 0, 2, 5, 9), Answers(100, 0, 1, 0, 2, 5, 9)])
def test_no_ratio_from_answers_that_are_none(monkeypatch: pytest.MonkeyPatch, bad: Answers) -> None:
    monkeypatch.setattr(benchmark_service, "apply_load", lambda _load, _url: bad)
    with pytest.raises(ConfigError, match="refused or dropped 1 of 100"):
        compare_servers(Load((b"x",), 1, 1), Quiet(), Quiet())  # type: ignore[arg-type]


class Quiet:
    url = "http://127.0.0.1:9"

    def settle(self) -> None:
        pass


def test_ratio_is_the_median_of_rounds_taken_in_turns() -> None:
    slow = [Answers(count, 0, 0, 0, 2.0, 5.0, 9.0) for count in (10, 50, 20)]
    found = benchmark_service._speed_ratio("speed", [Round(GOOD, each) for each in slow], 4)
    assert (found.ratio, found.holds) == (5.0, True)
    assert "50.0 pictures/s against 10.0" in found.note


def test_a_server_that_answered_nothing_counts_as_with_one_answer() -> None:
    none, one = replace(GOOD, requests=0), replace(GOOD, requests=1)
    assert Round(GOOD, none).times == Round(GOOD, one).times == GOOD.requests


def test_spread_is_held_to_ten_times() -> None:
    wide = Answers(100, 0, 0, 0, 2.0, 5.0, 51.0)
    assert benchmark_service._spread_ratio([Round(GOOD, GOOD)]).holds
    assert not benchmark_service._spread_ratio([Round(wide, GOOD)]).holds
