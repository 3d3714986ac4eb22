"""Two pictures compared, and one looked up among the works of a folder, over HTTP."""

import fcntl
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from httpx import Client
from numpy.typing import NDArray

from src import config
from src.errors import ImageError, UnreadableImage
from src.features import measured_rows
from src.images import Shown
from src.models.comparing.compare import compare
from src.models.comparing.comparer import Comparer
from src.models.comparing.similar import By, similar
from src.service.searched_folder import SearchedFolder
from tests.models.comparing.hands import paint_work
from tests.service.apps import (
    Running,
    assert_refused,
    bomb,
    encoded,
    wait_for,
)


def work(artist: int, number: int, suffix: str = ".png") -> bytes:
    return cv2.imencode(suffix, paint_work(artist, number))[1].tobytes()


def decoded(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def post(client: Client, a: bytes, b: bytes) -> Any:
    return client.post("/v1/compare", files={"b": ("two.png", b), "a": ("one.png", a)})


def test_a_comparison_says_what_compare_says(full_service: Running, comparer: Comparer) -> None:
    one, other = work(3, 200), work(3, 201)
    found = post(full_service.client, one, other).json()
    expected = compare(one, other, model=comparer)
    assert (found["a"], found["b"]) == ("one.png", "two.png")
    assert found["same"] == pytest.approx(expected.score, abs=1e-6)
    assert (found["verdict"], found["wrong"]) == (expected.verdict, expected.wrong)
    assert found["one_work"] is False
    for hand, reasons in zip(found["hands"], expected.reasons, strict=True):
        assert hand["known"] == [known._asdict() for known in reasons.known]
        assert hand["none_of_these"] == reasons.stranger
    assert found["reasons"]
    assert found["warnings"] == []
    assert found["model"]["name"] == "mine"
    text = full_service.client.get("/metrics").text
    assert f'artlens_predictions_total{{label="{found["verdict"]}",task="same_artist"}} 1.0' in text


def test_one_work_is_said_to_be_one(full_service: Running) -> None:
    found = post(full_service.client, work(1, 200), work(1, 200, ".bmp")).json()
    assert (found["one_work"], found["same"], found["verdict"]) == (True, 1.0, "same")


def test_what_is_odd_about_a_picture_is_said_of_that_one(full_service: Running) -> None:
    flat = cv2.imencode(".png", np.zeros((40, 40, 3), np.uint8))[1].tobytes()
    found = post(full_service.client, work(1, 200), flat).json()
    assert (found["same"], found["verdict"]) == (None, "unsure")
    assert [(each["picture"], each["code"]) for each in found["warnings"]] == [
        ("b", "unusual_image")
    ]
    assert "two.png" in found["reasons"][0]
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    cut = cv2.imencode(".jpg", noise)[1].tobytes()[:20_000]
    warned = post(full_service.client, cut, work(1, 200)).json()["warnings"]
    assert ("a", "truncated") in [(each["picture"], each["code"]) for each in warned]


def test_a_comparison_needs_two_sound_pictures(full_service: Running) -> None:
    client, sound = full_service.client, work(1, 200)
    for files in ({"a": sound}, {"b": sound}, {"file": sound}, [("a", sound), ("a", sound)]):
        reply = client.post("/v1/compare", files=files)
        assert "in the field" in assert_refused(reply, 422, "invalid_request")
    three = client.post("/v1/compare", files=[("a", sound), ("b", sound), ("a", sound)])
    assert_refused(three, 413, "too_large")
    bare = client.post("/v1/compare", content=sound, headers={"Content-Type": "image/png"})
    assert_refused(bare, 415, "unsupported_type")
    for content, status, code in (
        (b"no picture", 422, "unreadable_image"),
        (b"<svg xmlns='x'></svg>", 415, "unsupported_type"),
        (bomb(), 413, "too_large"),
    ):
        assert_refused(post(client, sound, content), status, code)
        assert_refused(post(client, content, sound), status, code)


@pytest.mark.parametrize("by", list(By))
def test_the_nearest_works_are_those_of_similar(
    full_service: Running, comparer: Comparer, home: Path, by: By
) -> None:
    picture = work(2, 100)
    files, params = {"file": ("mine.png", picture)}, {"by": by.value, "count": "4"}
    found = full_service.client.post("/v1/similar", files=files, params=params).json()
    paths = sorted(map(str, (home / "rooms").glob("*.png")))
    expected = similar(picture, paths, 4, by=by, model=comparer, jobs=1)
    assert [each["path"] for each in found["pictures"]] == [Path(e.path).name for e in expected]
    for each, near in zip(found["pictures"], expected, strict=True):
        assert each["score"] == pytest.approx(near.score, abs=1e-5)
        assert each["copies"] == near.copies
    assert found["pictures"][0]["copies"] == "identical"
    assert (found["filename"], found["by"], found["searched"]) == ("mine.png", by.value, 12)


def test_each_work_has_a_thumbnail(full_service: Running, home: Path) -> None:
    large = np.zeros((500, 1000, 3), np.uint8)
    client = full_service.client
    found = client.post("/v1/similar", files={"file": work(0, 100)}).json()["pictures"]
    assert len({each["url"] for each in found}) == 12
    reply = client.get(found[0]["url"])
    assert reply.headers["content-type"] == "image/jpeg"
    shown = decoded(reply.content).astype(int)
    assert np.abs(shown - paint_work(0, 100)).mean() < 20
    path = home / "rooms" / found[0]["path"]
    before = path.read_bytes()
    try:
        cv2.imwrite(str(path), large)
        smaller = client.get(found[0]["url"]).content
        assert decoded(smaller).shape == (180, 360, 3)
        path.write_bytes(b"no picture")
        assert_refused(client.get(found[0]["url"]), 422, "unreadable_image")
        path.unlink()
        assert_refused(client.get(found[0]["url"]), 404, "not_found")
    finally:
        path.write_bytes(before)
    for name in ("none", "..%2f..%2fetc%2fpasswd", "%00"):
        assert_refused(client.get(f"/v1/similar/{name}"), 404, "not_found")


def test_works_that_cannot_be_read_are_told_of(full_service: Running) -> None:
    told = full_service.client.get("/v1/similar").json()
    assert {name: told[name] for name in ("status", "pictures", "measured", "failed")} == {
        "status": "ready",
        "pictures": 13,
        "measured": 12,
        "failed": 1,
    }
    (failure,) = told["failures"]
    assert (failure["path"], failure["code"]) == ("deep/broken.png", "unreadable_image")
    del told["failures"]
    assert full_service.client.get("/v1/tasks").json()["similar"] == told


@pytest.mark.parametrize(
    "params", [{"count": "0"}, {"count": "101"}, {"count": "x"}, {"count": "²"}, {"by": "name"}]
)
def test_what_cannot_be_asked_of_a_folder(full_service: Running, params: dict[str, str]) -> None:
    reply = full_service.client.post("/v1/similar", files={"file": work(0, 1)}, params=params)
    assert_refused(reply, 422, "invalid_request")


def test_without_folder_and_model_it_says_so(client: Client) -> None:
    compared = post(client, encoded(), encoded())
    assert "compares no pictures" in assert_refused(compared, 404, "not_found")
    found = client.post("/v1/similar", files={"file": encoded()})
    assert "--similar FOLDER" in assert_refused(found, 404, "not_found")
    assert_refused(client.get("/v1/similar"), 404, "not_found")
    assert_refused(client.get("/v1/similar/none"), 404, "not_found")
    assert client.get("/v1/tasks").json()["similar"] is None


def test_a_folder_is_found_in_as_far_as_it_is_measured(
    home: Path, comparer: Comparer, full_service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.service.searched_folder._BLOCK", 5)
    folder = SearchedFolder(home / "rooms", full_service.state.limits.image_limits)
    measure = measured_rows.measure_rows

    def stop_after_one(*args: Any, **options: Any) -> Any:
        folder._stopping.set()
        return measure(*args, **options)

    monkeypatch.setattr("src.service.searched_folder.measure_rows", stop_after_one)
    folder.start(comparer)
    wait_for(lambda: folder.measured == 5)
    folder.stop()
    assert (folder.progress, folder.pictures) == ("measuring", 13)
    shown = Shown(paint_work(0, 100), truncated=False)
    for by in By:
        assert len(folder.find(shown, 12, by)) == 5


def test_a_folder_that_was_measured_once_is_not_measured_again(
    home: Path, comparer: Comparer, full_service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def measure(_spec: object, _limits: object, data: bytes, **_options: object) -> ImageError:
        done.append(data)
        return UnreadableImage("no picture")

    monkeypatch.setattr(measured_rows, "measure_features", measure)
    again = SearchedFolder(home / "rooms", full_service.state.limits.image_limits)
    again.start(comparer)
    wait_for(lambda: again.progress == "ready")
    again.stop()
    assert (again.measured, list(again.failed)) == (12, ["deep/broken.png"])
    assert done == [b"no picture"]


def test_one_process_at_a_time_measures_and_any_where_nothing_can_be_kept(
    home: Path,
    comparer: Comparer,
    full_service: Running,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    store = tmp_path / "measured.sqlite"
    monkeypatch.setenv("ARTLENS_MEASURED_FILE", str(store))
    monkeypatch.setattr("src.service.searched_folder.settings", config.Settings)
    monkeypatch.setattr("src.service.searched_folder._POLL_S", 0.01)
    limits = full_service.state.limits.image_limits
    waiting = SearchedFolder(home / "rooms", limits)
    with store.with_name("measured.sqlite.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting.start(comparer)
        wait_for(lambda: waiting.progress == "measuring")
        assert waiting.measured == 0
    wait_for(lambda: waiting.progress == "ready")
    (tmp_path / "file").touch()
    monkeypatch.setenv("ARTLENS_MEASURED_FILE", str(tmp_path / "file" / "measured.sqlite"))
    alone = SearchedFolder(home / "rooms", limits)
    alone.start(comparer)
    wait_for(lambda: alone.progress == "ready")
    assert alone.measured == waiting.measured == 12


def test_what_nobody_foresaw_ends_the_search_of_the_folder_alone(
    home: Path,
    comparer: Comparer,
    full_service: Running,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("src.service.searched_folder.measure_rows", None)
    folder = SearchedFolder(home / "rooms", full_service.state.limits.image_limits)
    folder.start(comparer)
    wait_for(lambda: folder.progress == "failed")
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert "TypeError" in line["traceback"]


def test_a_folder_that_is_not_there_is_told_of(
    home: Path, comparer: Comparer, full_service: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = SearchedFolder(home / "nowhere", full_service.state.limits.image_limits)
    folder.start(comparer)
    wait_for(lambda: folder.progress == "failed")
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert "traceback" not in line
    assert "nowhere is not searched" in line["message"]
