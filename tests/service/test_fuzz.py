"""Damaged pictures, a few hundred of what ``python -m benchmarks.soak mutants`` sends."""

import httpx
import pytest

from benchmarks.soak.mutants import MUTATIONS, mutant, sound_files
from tests.service.apps import Running, assert_refused, encoded

MUTANTS = 4 * len(sound_files()) * len(MUTATIONS)
CODES = {413: "too_large", 415: "unsupported_type", 422: "unreadable_image"}


def test_damaged_pictures_are_answered_or_refused(client: httpx.Client) -> None:
    met = set()
    for number in range(MUTANTS):
        reply = client.post("/v1/predict", files={"file": mutant(number, seed=2)})
        met.add(reply.status_code)
        if reply.status_code != 200:
            assert_refused(reply, reply.status_code, CODES[reply.status_code])
    assert met == {200, *CODES}


@pytest.mark.parametrize(
    ("path", "field"), [("/v1/analyse", "file"), ("/v1/similar", "file"), ("/v1/compare", "b")]
)
def test_damaged_pictures_are_refused_wherever_they_are_sent(
    full_service: Running, path: str, field: str
) -> None:
    met = set()
    beside = {"a": encoded()} if field == "b" else {}
    for number in range(0, MUTANTS, 5):
        files = beside | {field: mutant(number, seed=4)}
        reply = full_service.client.post(path, files=files)
        met.add(reply.status_code)
        if reply.status_code != 200:
            assert_refused(reply, reply.status_code, CODES[reply.status_code])
    assert {200, 413, 422} <= met <= {200, *CODES}


def test_damaged_pictures_of_a_batch_do_not_touch_the_others(client: httpx.Client) -> None:
    sound = encoded()
    for start in range(0, 90, 15):
        damaged = [mutant(number, seed=3) for number in range(start, start + 15)]
        uploads = [("files", data) for one in damaged for data in (one, sound)]
        results = client.post("/v1/predict/batch", files=uploads).json()["results"]
        assert [result["label"] for result in results[1::2]] == ["RED"] * 15
        for result in results[::2]:
            assert "label" in result or result["error"]["code"] in CODES.values()
