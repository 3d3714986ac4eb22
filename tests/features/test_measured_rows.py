"""Rows of picture files: measured once, whoever asks for them, and never in the way."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from src.config import settings
from src.features import measured_rows
from src.features.backbones import embedding_spec
from src.features.extract_features import FEATURES_V1, FeatureSpec
from src.features.manage_rows import manage_rows
from src.features.measured_rows import EMBEDDING, LastingRows, measure_rows
from src.features.measuring import measure_features
from src.features.new_backbone import Wish, add_backbone
from src.features.specs import Features
from src.images import ImageLimits, default_limits
from src.jobs.row_store import RowStore
from tests.features.tiny_networks import write_network

SPEC = Features.EMBEDDING.spec()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep rows in an empty place."""
    place = tmp_path / "cache" / "measured.sqlite"
    monkeypatch.setenv("ARTLENS_MEASURED_FILE", str(place))
    settings.cache_clear()
    yield place
    settings.cache_clear()


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 60, 80, 3), np.uint8)
    paths = [str(tmp_path / f"{number}.png") for number in range(len(pixels))]
    for path, bgr in zip(paths, pixels, strict=True):
        cv2.imwrite(path, bgr)
    return paths


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many pictures are looked at by a network, in this process."""
    counts = [0]

    def measure(
        spec: FeatureSpec, limits: ImageLimits, source: str | bytes, *, mirrored: bool
    ) -> object:
        counts[0] += 1
        return measure_features(spec, limits, source, mirrored=mirrored)

    monkeypatch.setattr(measured_rows, "measure_features", measure)
    return counts


def test_rows_are_those_of_the_pictures(pictures: list[str]) -> None:
    found = measure_rows(pictures, SPEC, jobs=1)
    expected = [measure_features(SPEC, default_limits(), path) for path in pictures]
    np.testing.assert_array_equal(found.rows, np.array(expected, np.float32))
    assert found.rows.dtype == np.float32
    assert found.failed == {}
    digests = subprocess.run(["sha256sum", *pictures], capture_output=True, text=True, check=True)
    assert found.sha256 == [line.split()[0] for line in digests.stdout.splitlines()]


def test_a_picture_is_measured_once_wherever_it_lies(
    pictures: list[str], looked: list[int], tmp_path: Path
) -> None:
    first = measure_rows(pictures, SPEC, jobs=1)
    shutil.copy(pictures[1], tmp_path / "copy.png")
    (tmp_path / "link.png").symlink_to(pictures[2])
    elsewhere = [str(tmp_path / "copy.png"), str(tmp_path / "link.png"), *pictures]
    again = measure_rows(elsewhere, SPEC, jobs=1)
    assert looked == [len(pictures)]
    np.testing.assert_array_equal(again.rows, first.rows[[1, 2, 0, 1, 2, 3]])
    assert again.sha256[2:] == first.sha256


def test_what_changed_is_measured_anew_though_its_time_says_it_did_not(
    pictures: list[str], looked: list[int]
) -> None:
    before = measure_rows(pictures, SPEC, jobs=1)
    times = Path(pictures[0]).stat()
    Path(pictures[0]).write_bytes(Path(pictures[1]).read_bytes())
    os.utime(pictures[0], ns=(times.st_atime_ns, times.st_mtime_ns))
    after = measure_rows(pictures, SPEC, jobs=1)
    np.testing.assert_array_equal(after.rows[0], before.rows[1])
    assert looked == [len(pictures)]  # its bytes are those of another


def test_mirrored_pictures_have_rows_of_their_own_that_last(
    pictures: list[str], looked: list[int], tmp_path: Path
) -> None:
    turned = [str(tmp_path / f"turned {Path(path).name}") for path in pictures]
    for path, other in zip(pictures, turned, strict=True):
        bgr = cv2.imread(path)
        assert bgr is not None
        cv2.imwrite(other, bgr[:, ::-1])
    expected = measure_rows(turned, SPEC, jobs=1)
    plain = measure_rows(pictures, SPEC, jobs=1)
    for _ in range(2):
        found = measure_rows(pictures, SPEC, jobs=1, mirrored=True)
        np.testing.assert_array_equal(found.rows, expected.rows)
    assert looked == [3 * len(pictures)]
    assert found.sha256 == plain.sha256
    assert (found.rows != plain.rows).any(axis=1).all()
    np.testing.assert_array_equal(measure_rows(pictures, SPEC, jobs=1).rows, plain.rows)


def test_rows_of_another_spec_are_others(pictures: list[str], looked: list[int]) -> None:
    measure_rows(pictures, SPEC, jobs=1)
    colors = measure_rows(pictures, FEATURES_V1, jobs=1)
    assert looked == [2 * len(pictures)]
    assert colors.rows.shape == (len(pictures), len(FEATURES_V1.names))
    expected = measure_features(FEATURES_V1, default_limits(), pictures[0])
    np.testing.assert_array_equal(colors.rows[0], np.asarray(expected, np.float32))


def test_rows_of_another_network_are_others(
    pictures: list[str], store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(tmp_path / "models"))
    settings.cache_clear()
    other = add_backbone(write_network(tmp_path / "tiny.onnx"), Wish())
    shipped = measure_rows(pictures, SPEC, jobs=1)
    own = measure_rows(pictures, embedding_spec(other), jobs=1)
    assert shipped.sha256 == own.sha256
    assert own.rows.shape == (len(pictures), other.width)
    with RowStore(store, read_only=True) as kept:
        assert [holding.rows for holding in kept.holdings()] == [len(pictures)] * 2


def test_a_picture_that_fails_costs_no_other(pictures: list[str], looked: list[int]) -> None:
    Path(pictures[1]).write_bytes(Path(pictures[1]).read_bytes()[:200])
    missing = "no such\x00.png"
    found = measure_rows([*pictures, missing], SPEC, jobs=1)
    assert sorted(found.failed) == [1, 4]
    assert f"cannot read {pictures[1]}" in str(found.failed[1])
    assert np.isnan(found.rows).all(axis=1).tolist() == [False, True, False, False, True]
    assert (found.sha256[4], looked) == ("", [4])


def test_an_interrupt_costs_nothing(
    pictures: list[str], looked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure, patient = getattr(measured_rows, "measure_features"), [True]  # noqa: B009 - noting

    def stop(
        spec: FeatureSpec, limits: ImageLimits, source: str | bytes, *, mirrored: bool
    ) -> object:
        if looked[0] == 3 and patient.pop():
            raise KeyboardInterrupt
        return measure(spec, limits, source, mirrored=mirrored)

    monkeypatch.setattr(measured_rows, "measure_features", stop)
    monkeypatch.setattr("src.jobs.parallel_map._BATCH_ITEMS", 1)
    with pytest.raises(KeyboardInterrupt):
        measure_rows(pictures, SPEC, jobs=1)
    patient.append(False)
    assert not measure_rows(pictures, SPEC, jobs=1).failed
    assert looked == [len(pictures)]


def test_processes_give_the_same_rows_and_ask_the_store_themselves(pictures: list[str]) -> None:
    expected = measure_rows(pictures[:2], SPEC, jobs=1)
    with LastingRows(SPEC) as lasting:
        assert lasting.measure.args[-1] == str(settings().measured_file)
    again = measure_rows(pictures * 20, SPEC, jobs=2)  # several batches
    np.testing.assert_array_equal(again.rows[:2], expected.rows)
    np.testing.assert_array_equal(again.rows, np.tile(again.rows[:4], (20, 1)))


def test_a_damaged_store_is_said_once_and_left_alone(
    pictures: list[str], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.parent.mkdir()
    store.write_bytes(b"no database" * 1000)
    assert not measure_rows(pictures, SPEC, jobs=1).failed
    err = capsys.readouterr().err
    assert err.count("it is damaged; delete it") == err.count("it goes on without") == 1
    assert store.read_bytes() == b"no database" * 1000


def test_a_store_that_breaks_meanwhile_ends_nothing(
    pictures: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = RowStore.keep

    def full(self: RowStore, *row: bytes) -> None:
        self._ask("PRAGMA max_page_count = 1")
        keep(self, *row)  # type: ignore[arg-type]

    monkeypatch.setattr(RowStore, "keep", full)
    assert not measure_rows(pictures, SPEC, jobs=1).failed
    assert capsys.readouterr().err.count("the disk is full; make room") == 1


def test_a_place_that_cannot_be_written_is_no_hindrance(
    pictures: list[str], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.parent.touch()
    assert not measure_rows(pictures, SPEC, jobs=1).failed
    assert "it goes on without" in capsys.readouterr().err


def test_it_is_listed_and_emptied(
    pictures: list[str], looked: list[int], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manage_rows()
    assert capsys.readouterr().out == f"0.0 MB in {store}\n"
    measure_rows(pictures, SPEC, jobs=1)
    manage_rows()
    listed, place = capsys.readouterr().out.splitlines()
    assert listed.startswith(f"{EMBEDDING} {SPEC.version}, 4,128 numbers of lite0-art (")
    assert listed.endswith("  4 pictures")
    assert place.endswith(f" MB in {store}")
    manage_rows(empty=True)
    assert "pictures" not in capsys.readouterr().out
    measure_rows(pictures, SPEC, jobs=1)
    assert looked == [2 * len(pictures)]


def test_the_store_is_in_the_users_cache_unless_it_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ARTLENS_MEASURED_FILE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings.cache_clear()
    assert settings().measured_file == tmp_path / "artlens" / "measured.sqlite"
