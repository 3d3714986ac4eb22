"""Tables of several shards: done once, resumed after whatever, the same in the end."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from src.data.schemas import interim_schema, processed_schema
from src.data.tables import read_table
from src.features import measured_table
from src.features.build_features import build_features
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1, FeatureSpec
from src.features.measured_table import TableJob, write_measured
from src.features.measuring import measure_features
from src.images import ImageLimits, default_limits
from src.jobs.runner import run_job, survey_job
from src.jobs.shard_store import Row, ShardStore
from src.tasks import COLOR
from src.tasks.color import COLORS

COUNT = 50
PROCESSED = processed_schema(FEATURE_NAMES, COLOR)


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured_table, "SHARD_PICTURES", 8)


@pytest.fixture
def project(job: TableJob) -> Path:
    return job.folder.parent


@pytest.fixture
def job(tmp_path: Path) -> TableJob:
    """Describe pictures whose names are not in the order of the table, one of them broken."""
    (tmp_path / "images").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 4, 4, 3), np.uint8)
    lines = ["filename,color,page"]
    for number, bgr in enumerate(pixels):
        name = f"{number * 7 % COUNT:02d}.png"
        cv2.imwrite(str(tmp_path / "images" / name), bgr)
        lines.append(f'{name},{COLORS[number % 3]},"/asset/{number}, ""x"""')
    (tmp_path / "images" / "07.png").write_bytes(b"<html>")
    (tmp_path / "interim.csv").write_text("\n".join(lines) + "\n")
    schema = interim_schema(COLOR)
    return TableJob(tmp_path / "interim.csv", schema, tmp_path / "images", "color", FEATURES_V1)


class Measurer:
    """Measures, notes what it measured, and is interrupted after some."""

    def __init__(self, patience: int = COUNT) -> None:
        self.done: list[str] = []
        self.patience = patience

    def __call__(self, spec: FeatureSpec, limits: ImageLimits, path: str) -> object:
        if len(self.done) == self.patience:
            raise KeyboardInterrupt
        self.done.append(Path(path).name)
        return measure_features(spec, limits, path)


def run(
    job: TableJob,
    out: Path,
    measurer: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    report: Callable[[Row], None] = print,
) -> None:
    monkeypatch.setattr(measured_table, "measure_features", measurer)
    with ShardStore(out.with_suffix(".shards")) as store:
        list(run_job(job, survey_job(job, store), store, report, jobs=1))
        write_measured(store, job.columns, FEATURES_V1, out, PROCESSED)


def test_finished_shard_is_never_done_again(job: TableJob, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, again = job.folder.parent / "whole.csv", job.folder.parent / "again.csv"
    run(job, whole, Measurer(), monkeypatch)
    interrupted, rest = Measurer(patience=33), Measurer()
    with pytest.raises(KeyboardInterrupt):
        run(job, again, interrupted, monkeypatch)
    assert not again.exists()
    run(job, again, rest, monkeypatch)
    # Batches of 32 are handed back whole, shards of 8 are kept whole.
    assert interrupted.done[:32] + rest.done == pd.read_csv(job.interim)["filename"].tolist()
    assert again.read_bytes() == whole.read_bytes()


def test_what_changed_in_between_is_done_again(
    job: TableJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = job.folder.parent / "table.csv"
    run(job, out, Measurer(), monkeypatch)
    first = pd.read_csv(job.interim)["filename"].tolist()[:8]
    cv2.imwrite(str(job.folder / first[3]), np.full((9, 9, 3), 77, np.uint8))
    second = Measurer()
    run(job, out, second, monkeypatch)
    assert second.done == first
    table = pd.read_csv(out).set_index("filename")
    assert table.loc[first[3], "b_bgr_mean"] == 77


def test_broken_pictures_are_reported_as_their_shards_are_done(
    job: TableJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = job.folder.parent / "table.csv"
    for late in ("44.png", "45.png"):
        (job.folder / late).write_bytes(b"")
    names = pd.read_csv(job.interim)["filename"].tolist()
    broken = [name for name in names if name in {"07.png", "44.png", "45.png"}]
    early, reported = [name for name in broken if name in names[:32]], list[str]()
    assert 0 < len(early) < 3

    def report(row: Row) -> None:
        reported.append(row.picture.name)

    with pytest.raises(KeyboardInterrupt):
        run(job, out, Measurer(patience=33), monkeypatch, report)
    assert reported == early
    reported.clear()
    run(job, out, Measurer(), monkeypatch, report)
    # Those of the earlier run are told again, each once.
    assert sorted(reported) == sorted(broken)


def test_pictures_that_go_away_meanwhile_are_measured_when_they_are_back(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = partial(
        build_features, interim=project / "interim.csv", images=project / "images", jobs=1
    )
    with pytest.raises(SystemExit, match="1"):
        command(out=project / "whole.csv")
    measurer = Measurer()

    def vanish_midway(spec: FeatureSpec, limits: ImageLimits, path: str) -> object:
        if len(measurer.done) == 40:
            (project / "images").rename(project / "elsewhere")
        return measurer(spec, limits, path)

    monkeypatch.setattr(measured_table, "measure_features", vanish_midway)
    capsys.readouterr()
    with pytest.raises(SystemExit, match="1"):
        command(out=project / "out.csv")
    out, err = capsys.readouterr()
    assert out.startswith("39 pictures measured, 11 left out")
    for name in measurer.done[40:]:
        assert err.count(f"error: {name} is left out: ") == 1
    assert err.splitlines()[-1].startswith("some pictures changed or went away")

    (project / "elsewhere").rename(project / "images")
    again = Measurer()
    monkeypatch.setattr(measured_table, "measure_features", again)
    with pytest.raises(SystemExit, match="1"):
        command(out=project / "out.csv")
    # All but the shards that were finished by then.
    assert again.done == measurer.done[32:]
    assert "goes on after 32 pictures" in capsys.readouterr().err
    assert (project / "out.csv").read_bytes() == (project / "whole.csv").read_bytes()
    assert not list(project.glob(".*"))


def test_table_has_each_picture_once_whatever_changes_between_the_first_look_and_the_work(
    job: TableJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = job.folder.parent / "table.csv"
    run(job, out, Measurer(patience=COUNT + 8), monkeypatch)
    with ShardStore(out.with_suffix(".shards")) as store:
        survey = survey_job(job, store)
        cv2.imwrite(str(job.folder / "21.png"), np.full((9, 9, 3), 77, np.uint8))
        list(run_job(job, survey, store, print, jobs=1))
        write_measured(store, job.columns, FEATURES_V1, out, PROCESSED)
    table = read_table(out, PROCESSED).set_index("filename")
    assert len(table) == COUNT - 1
    assert table["b_bgr_mean"].to_dict()["21.png"] == 77


def test_table_is_sorted_numbered_and_without_the_broken(
    job: TableJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = job.folder.parent / "table.csv"
    run(job, out, Measurer(), monkeypatch)
    table = read_table(out, PROCESSED)
    assert table["filename"].tolist() == [f"{n:02d}.png" for n in range(COUNT) if n != 7]
    for _, rows in table.groupby("color"):
        assert rows["index"].tolist() == [str(n) for n in range(len(rows))]
    interim = pd.read_csv(job.interim).set_index("filename")
    assert table["page"].tolist() == interim.loc[table["filename"], "page"].tolist()
    row = table.set_index("filename").loc["12.png", list(FEATURE_NAMES)].to_numpy(float)
    path = str(job.folder / "12.png")
    measured = measure_features(FEATURES_V1, default_limits(), path)
    assert isinstance(measured, np.ndarray)
    np.testing.assert_allclose(row, measured, rtol=5e-6)


def test_parquet_holds_the_same_table(job: TableJob, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = []
    for name in ("table.csv", "table.parquet"):
        run(job, job.folder.parent / name, Measurer(), monkeypatch)
        tables.append(read_table(job.folder.parent / name, PROCESSED))
    pd.testing.assert_frame_equal(tables[0], tables[1], check_dtype=False)


def test_killed_command_goes_on_where_it_stopped(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "images" / "0.png"), noise)
    for number in range(1, 1300):
        (tmp_path / "images" / f"{number}.png").hardlink_to(tmp_path / "images" / "0.png")
    lines = [f"{number}.png,RED\n" for number in range(1300)]
    (tmp_path / "interim.csv").write_text("filename,color\n" + "".join(lines))
    command = [sys.executable, "-m", "src.features.build_features", "--jobs", "2"]
    command += ["--interim", str(tmp_path / "interim.csv"), "--images", str(tmp_path / "images")]
    command += ["--out", str(tmp_path / "out.csv")]
    log = tmp_path / ".out.csv.shards-wal"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 60
        # The plan takes 200 kB, a shard's rows 300 kB more, and a commit may be seen half-way.
        size = -1
        while size < 350_000 or size != log.stat().st_size:
            assert time.monotonic() < deadline
            size = log.stat().st_size if log.exists() else -1
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
    assert not (tmp_path / "out.csv").exists()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "goes on after " in done.stderr
    assert done.stdout.startswith("1300 pictures measured, 0 left out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["images", "interim.csv", "out.csv"]
