"""From Unsplash's tables and a stand-in for its pictures to a data set; kills lose nothing."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from benchmarks.unsplash_tables import write_tables
from src.cli import app
from src.config import PACKAGE_ROOT, settings
from src.data.import_unsplash import PHOTOS, Pictures, bring_photos
from src.data.make_dataset import clean
from src.data.unsplash_outcome import Imported
from src.data.unsplash_tags import TAGS, KeywordRules
from src.errors import ConfigError, DataError
from src.fetching import downloads
from src.fetching.reporting import Silence
from src.gallery.photo_host import PhotoHost
from src.tasks import find_task

ROWS = 60
FILE = ("filename", "sha256", "bytes", "width", "height")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unsplash")
    write_tables(folder, ROWS)
    return folder


@pytest.fixture(scope="module")
def one_host() -> Iterator[PhotoHost]:
    with PhotoHost() as host:
        yield host


@pytest.fixture
def host(one_host: PhotoHost) -> Iterator[PhotoHost]:
    one_host.visits.clear()
    yield one_host
    one_host.switch()


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "tags"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ARTLENS_TIMEOUT_S", "0.3")
    monkeypatch.setattr(downloads, "_PAUSE_S", 0.01)
    settings.cache_clear()
    yield
    settings.cache_clear()


def bring(  # noqa: PLR0913
    source: Path,
    raw: Path,
    host: PhotoHost | None,
    rules: KeywordRules = KeywordRules(),  # noqa: B008
    limit: int | None = None,
    report: Any = None,
    stop: threading.Event | None = None,
    **wish: Any,
) -> Imported:
    pictures = Pictures(host is not None, host.url if host else "", **wish)
    return bring_photos(
        source, raw, rules, pictures, limit, report or Silence(), stop or threading.Event()
    )


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tree(raw: Path) -> dict[str, bytes]:
    """Return every file but what the import remembers."""
    paths = (path for path in raw.rglob("*") if path.is_file() and ".import" not in path.parts)
    return {path.relative_to(raw).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def calm(
    source: Path, one_host: PhotoHost, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """What an undisturbed run leaves behind."""
    raw = tmp_path_factory.mktemp("calm") / "tags"
    assert bring(source, raw, one_host).exit_code == 0
    return tree(raw)


def test_each_photo_with_a_known_tag_is_a_row_with_its_picture(
    source: Path, host: PhotoHost, raw: Path
) -> None:
    found = bring(source, raw, host)
    rows = table(raw / "pictures.csv")
    assert found.pictures == len(rows) == len(list((raw / "images").iterdir()))
    assert [row["asset_id"] for row in rows] == sorted(row["asset_id"] for row in rows)
    for row in rows:
        data = (raw / "images" / row["filename"]).read_bytes()
        assert (sha256(data).hexdigest(), len(data)) == (row["sha256"], int(row["bytes"]))
        assert (row["width"], row["filename"]) == ("640", f"photo-{row['asset_id']}.jpg")
        assert {row[tag] for tag in TAGS} - {"yes", "no", ""} == set()
        listed = row["tags"].split("|")
        assert [tag for tag in listed if not tag.startswith("-")] == [
            tag for tag in TAGS if row[tag] == "yes"
        ]
        assert [tag[1:] for tag in listed if tag[1:] and tag.startswith("-")] == [
            tag for tag in TAGS if row[tag] == "no"
        ]
        assert any(tag.startswith("-") for tag in listed)
        assert any(row[tag] for tag in TAGS)
    for path in host.pictures():
        assert parse_qs(urlsplit(path).query) == {"w": ["640"], "fm": ["jpg"]}
    for tag, *counts in found.tags:
        said = [row[tag] for row in rows]
        assert counts == [said.count("yes"), said.count("no"), said.count("")]


def test_of_every_photo_it_is_told_what_became_of_it_and_why(
    source: Path, host: PhotoHost, raw: Path
) -> None:
    found = bring(source, raw, host)
    photos = table(raw / PHOTOS)
    assert len(photos) == found.looked_at == ROWS
    kept = {row["asset_id"]: row for row in photos if row["kept"] == "true"}
    assert kept.keys() == {row["asset_id"] for row in table(raw / "pictures.csv")}
    assert {row["reason"] for row in kept.values()} == {""}
    assert found.reasons == {"no tag is known": ROWS - len(kept)}
    for row in table(raw / "pictures.csv"):
        for tag in TAGS:
            said = [float(word) for word in kept[row["asset_id"]][tag].split() if word[0].isdigit()]
            assert row[tag] == (
                "" if not said else "yes" if max(said) >= 99 else "no" if max(said) <= 50 else ""
            )


def test_it_goes_on_to_a_clean_data_set(source: Path, host: PhotoHost, raw: Path) -> None:
    found = bring(source, raw, host)
    clean(raw, raw.parent / "interim", find_task("nature"), jobs=1)
    kept = table(raw.parent / "interim" / "pictures.csv")
    (nature,) = (row for row in found.tags if row.tag == "nature")
    assert len(kept) == nature.yes + nature.no
    assert {row["nature"] for row in kept} == {"yes", "no"}


def test_tables_alone_ask_for_nothing_and_pictures_come_later(
    source: Path, host: PhotoHost, raw: Path, calm: dict[str, bytes]
) -> None:
    bare = bring(source, raw, None)
    rows = table(raw / "pictures.csv")
    assert (host.visits, len(rows)) == ([], bare.pictures)
    assert {row[name] for row in rows for name in FILE} == {""}
    bring(source, raw, host)
    assert tree(raw) == calm
    host.visits.clear()
    bring(source, raw, None)
    assert (host.visits, tree(raw)) == ([], calm)


def test_other_rules_ask_only_for_pictures_that_are_not_there(
    source: Path, host: PhotoHost, raw: Path, calm: dict[str, bytes]
) -> None:
    few = bring(source, raw, host, KeywordRules(("sea",)))
    assert [row.tag for row in few.tags] == ["sea"]
    assert 0 < few.pictures == len(host.pictures())
    more = bring(source, raw, host)
    assert len(host.pictures()) == more.pictures
    assert tree(raw) == calm


def test_a_limit_draws_the_same_photos_each_time(source: Path, host: PhotoHost, raw: Path) -> None:
    found = bring(source, raw, host, limit=7)
    first = table(raw / "pictures.csv")
    assert (len(first), found.reasons["over the limit"]) == (
        7,
        found.looked_at - 7 - found.reasons["no tag is known"],
    )
    bring(source, raw, host, limit=9)
    assert len(host.pictures()) == 9
    assert {row["asset_id"] for row in first} < {
        row["asset_id"] for row in table(raw / "pictures.csv")
    }


def test_pictures_that_are_gone_are_told_and_the_rest_is_there(
    source: Path, host: PhotoHost, raw: Path, impatient: None
) -> None:
    host.switch("gone:share=0.2", "truncated:share=0.2", "hang:share=0.1")
    found = bring(source, raw, host)
    lost = found.reasons
    assert lost.keys() == {"no tag is known", "http-404", "truncated", "timeout"}
    assert found.exit_code == 1
    told = {row["reason"] for row in table(raw / PHOTOS) if row["kept"] == "false"}
    assert told == set(lost)
    assert found.pictures == len(table(raw / "pictures.csv"))
    host.switch("gone:share=0.2")
    again = bring(source, raw, host, retry_failed=True)
    assert again.exit_code == 0
    assert again.reasons.keys() == {"no tag is known", "http-404"}
    assert again.pictures == found.pictures + lost["truncated"] + lost["timeout"]


def test_a_host_that_refuses_is_left_alone_and_taken_up_later(
    source: Path, host: PhotoHost, raw: Path, calm: dict[str, bytes]
) -> None:
    host.switch("rate-limit:after=5,value=900")
    blocked = bring(source, raw, host)
    assert blocked.exit_code == 75
    assert "429 Too Many Requests" in blocked.blocked
    assert blocked.reasons["waiting"] > 0
    host.switch()
    host.visits.clear()
    assert bring(source, raw, host).exit_code == 75
    assert host.visits == []


class StopAt:
    """Sets a stop after so many pictures."""

    def __init__(self, pictures: int) -> None:
        self.stop, self._left = threading.Event(), pictures

    def tell(self, event: str, **facts: Any) -> None:
        self._left -= event == "image"
        if not self._left:
            self.stop.set()


def test_a_stopped_import_goes_on(
    source: Path, host: PhotoHost, raw: Path, calm: dict[str, bytes]
) -> None:
    report = StopAt(5)
    stopped = bring(source, raw, host, report=report, stop=report.stop)
    assert stopped.exit_code == 130
    assert 5 <= stopped.pictures == len(table(raw / "pictures.csv")) < ROWS / 2
    assert bring(source, raw, host).exit_code == 0
    assert tree(raw) == calm
    assert len(host.pictures()) == len(set(host.pictures()))


@pytest.mark.parametrize(("event", "times"), [("read", 2), ("image", 12)])
def test_a_killed_import_comes_to_the_same_end(  # noqa: PLR0913
    source: Path, host: PhotoHost, tmp_path: Path, calm: dict[str, bytes], event: str, times: int
) -> None:
    host.switch(latency_ms=10)
    words = [str(source), "--site", host.url, "--log-json", "--connections", "2"]
    with subprocess.Popen(
        [sys.executable, "-m", "src", "import", "unsplash", *words],
        cwd=PACKAGE_ROOT.parent,
        env=os.environ | {"ARTLENS_DATA_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            times -= json.loads(line)["event"] == event
            if not times:
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL
    raw = tmp_path / "raw" / "tags"
    host.switch()
    assert bring(source, raw, host).exit_code == 0
    assert tree(raw) == calm
    # What was in flight is asked for again, and nothing else.
    assert len(host.pictures()) <= len(set(host.pictures())) + 2


def test_two_sources_never_mix(source: Path, host: PhotoHost, raw: Path, tmp_path: Path) -> None:
    bring(source, raw, None)
    write_tables(tmp_path / "other", 5)
    with pytest.raises(ConfigError, match=f"holds what was imported from {source}; give another"):
        bring(tmp_path / "other", raw, None)


def test_tags_that_nobody_gave_are_no_data_set(source: Path, raw: Path) -> None:
    with pytest.raises(DataError, match="no photo of .* has a tag that is known .zebra; 6,480 key"):
        bring(source, raw, None, KeywordRules(("zebra",)))
    assert not (raw / "pictures.csv").exists()


def test_odd_photos_are_left_out_with_their_reason(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "photos.tsv").write_text(
        "photo_id\tphoto_image_url\na\thttps://u.org/a?w=9\nb\t\nc\t/c\na\thttps://u.org/a\n"
    )
    (tmp_path / "keywords.tsv").write_text(
        "photo_id\tkeyword\tai_service_1_confidence\n"
        + "".join(f"{name}\tsea\t99\n" for name in "abcx")
    )
    found = bring(tmp_path, raw, None)
    assert found.reasons == {"no address": 2, "listed twice": 1}
    assert (found.strangers, found.keywords, found.looked_at) == (1, 4, 4)
    assert [row["reason"] for row in table(raw / PHOTOS)] == [
        "",
        "no address",
        "no address",
        "listed twice",
    ]
    (row,) = table(raw / "pictures.csv")
    assert row["image"] == "https://u.org/a?w=640&fm=jpg"


def test_the_command_tells_what_came_of_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    words = ["import", "unsplash", str(source), "--no-pictures", "--tags", "Nature,sea"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{ROWS} photos and 6,480 keywords looked at; ")
    assert lines[1].split() == ["tag", "yes", "no", "not", "known"]
    assert [line.split()[0] for line in lines[2:4]] == ["nature", "sea"]
    told = json.loads(CliRunner().invoke(app, [*words, "--format", "json"]).stdout)
    assert (told["looked_at"], told["exit_code"]) == (ROWS, 0)
    assert told["tags"][0].keys() == {"tag", "yes", "no", "unknown"}
    for wrong in (["--absent", "maybe"], ["--site", "https://example.org"], ["--service", "9"]):
        assert CliRunner().invoke(app, [*words, *wrong]).exit_code == 2
    settings.cache_clear()
