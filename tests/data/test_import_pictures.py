import errno
import os
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from src.data.import_pictures import import_source
from src.errors import ConfigError, DataError
from tests.data.labelled_pictures import labels, lay_out, left_out, picture, raw_table
from tests.data.test_sources import tar_of, zip_of

CLASSES = ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")
BY_FOLDER = {name: name.split("/")[0] for name in CLASSES}


def content(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder but the state of downloads, as its reader sees it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".import" not in path.parts
    }


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def test_the_same_source_gives_the_same_bytes_again(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES, "stray.png")
    import_source(pets, raw)
    first = content(raw)
    import_source(str(pets), raw)
    assert content(raw) == first
    assert {"pictures.csv", "left_out.csv", "images/cat/1.png"} <= first.keys()


def test_copies_are_files_of_their_own(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    import_source(pets, raw)
    import_source(pets, raw, copy=True)
    for name in CLASSES:
        assert not (raw / "images" / name).is_symlink()
        (pets / name).unlink()
    assert (raw / "images/dog/2.png").read_bytes() == picture(3)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_what_was_spoilt_since_is_brought_in_again(tmp_path: Path, raw: Path, kind: str) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    source = pets if kind == "folder" else zip_of(pets, tmp_path / "pets.zip")
    import_source(source, raw, copy=True)
    first = content(raw)
    spoilt, linked = sorted((raw / "images").rglob("1.png"))
    spoilt.write_bytes(b"spoilt")
    linked.unlink()
    linked.symlink_to(tmp_path / "pets/cat/2.png")
    import_source(source, raw, copy=True)
    assert content(raw) == first
    assert (pets / "cat/2.png").read_bytes() == picture(1)


def test_files_are_copied_where_links_do_not_work(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    import_source(lay_out(tmp_path / "pets", *CLASSES), raw)
    assert not (raw / "images/cat/1.png").is_symlink()
    assert (raw / "images/cat/1.png").read_bytes() == picture(0)


def test_a_file_that_cannot_be_read_ends_nothing(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES, "dog/3.png")
    real = Path.open

    def open_or_refuse(self: Path, *args: object, **options: object) -> object:
        if self == pets / "dog/3.png":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_or_refuse)
    import_source(pets, raw)
    assert labels(raw) == BY_FOLDER
    assert left_out(raw) == {"dog/3.png": "unreadable"}


def test_a_full_disk_ends_an_import(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = lay_out(tmp_path / "pets", "a/1.png", "b/1.png")

    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("src.data.bringing.shutil.copyfileobj", fill)
    with pytest.raises(OSError, match="No space left"):
        import_source(source, raw, copy=True)
    monkeypatch.undo()
    import_source(source, raw, copy=True)
    assert labels(raw) == {"a/1.png": "a", "b/1.png": "b"}


def test_no_import_takes_the_place_of_others(tmp_path: Path, raw: Path) -> None:
    pets, cars = (
        lay_out(tmp_path / "pets", *CLASSES),
        lay_out(tmp_path / "cars", "a/1.png", "b/1.png"),
    )
    import_source(pets, raw)
    with pytest.raises(ConfigError, match=f"holds what was imported from {pets}; give another"):
        import_source(cars, raw)
    assert labels(raw) == BY_FOLDER
    (raw / "imported_from.txt").unlink()
    with pytest.raises(ConfigError, match="holds what was scraped"):
        import_source(pets, raw)


def test_a_source_that_was_mistyped_leaves_the_place_free(tmp_path: Path, raw: Path) -> None:
    with pytest.raises(DataError):
        import_source(lay_out(tmp_path / "wrong", "1.png"), raw)
    import_source(lay_out(tmp_path / "pets", *CLASSES), raw)
    assert labels(raw) == BY_FOLDER


@pytest.mark.parametrize("place", ["pets", "pets/data/raw", "."])
def test_a_source_and_its_place_are_apart(tmp_path: Path, place: str) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    source = pets if place != "." else lay_out(tmp_path / "images/pets", *CLASSES)
    with pytest.raises(ConfigError, match="give the folder of the pictures alone"):
        import_source(source, tmp_path / place)
    assert (pets / "cat/1.png").read_bytes() == picture(0)


def test_labels_lose_outer_spaces_and_have_one_form(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", "1.png", "2.png", "3.png")
    decomposed = unicodedata.normalize("NFD", "é")
    rows = f"file_name,label\n1.png, é\n2.png,{decomposed} \n3.png,NA\n"
    (pets / "metadata.csv").write_text(rows, "utf-8")
    import_source(pets, raw)
    assert labels(raw) == {"1.png": "é", "2.png": "é", "3.png": "NA"}


def test_the_summary_says_what_came_of_it(tmp_path: Path, raw: Path) -> None:
    names = [f"class {n}/1.png" for n in range(30)]
    pets = lay_out(tmp_path / "pets", *names, "class 0/2.png", "stray.png")
    (pets / "readme.md").touch()
    told = str(import_source(pets, raw, target="kind")).splitlines()
    assert told[0] == f"31 pictures of 30 classes from a folder per class: {raw / 'pictures.csv'}"
    assert told[1].startswith("kind: 2 class 0, 1 class 1, ")
    assert told[1].endswith(" and 22 more")
    assert told[2:] == [f"left out: 1 no class; see {raw / 'left_out.csv'}", "passed over: 1 .md"]


def run_command(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "src.data.import_pictures", *arguments]
    environment = {**os.environ, "ARTLENS_DATA_DIR": str(data)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_stage_runs_as_a_command(tmp_path: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    done = run_command(str(pets), "--task", "animal", "--copy", data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert labels(tmp_path / "raw/animal", "animal") == BY_FOLDER
    assert run_command(str(pets), data=tmp_path).returncode == 0
    assert labels(tmp_path / "raw/pets", "pets") == BY_FOLDER
    refused = run_command(str(tmp_path / "none"), "--dataset", "cars", data=tmp_path)
    assert refused.returncode == 2
    assert not (tmp_path / "raw/cars").exists()
    assert refused.stderr.startswith("error: there is nothing at")


@pytest.mark.parametrize("kind", ["folder", "zip", "tgz"])
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(tmp_path: Path, kind: str) -> None:
    pets = lay_out(tmp_path / "pets", *(f"{label}/{n}.png" for label in "ab" for n in range(150)))
    pack = {"folder": lambda folder, _: folder, "zip": zip_of, "tgz": tar_of}[kind]
    source = pack(pets, tmp_path / f"pets.{kind}")
    import_source(source, tmp_path / "whole", copy=True)
    kills = 0
    for attempt in range(8):
        environment = {**os.environ, "ARTLENS_DATA_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "src.data.import_pictures", str(source), "--copy"]
        process = subprocess.Popen(
            [*command, "--dataset", "cut"], env=environment, stdout=subprocess.DEVNULL
        )
        _wait_for_pictures(process, tmp_path / "raw/cut/images", 30 * attempt)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    import_source(source, tmp_path / "raw/cut", copy=True)
    assert kills >= 3
    assert content(tmp_path / "raw/cut") == content(tmp_path / "whole")


def _wait_for_pictures(process: subprocess.Popen[bytes], images: Path, count: int) -> None:
    while process.poll() is None and sum(1 for _ in images.rglob("*.png")) < count:
        time.sleep(0.002)


def test_addresses_are_fetched(
    tmp_path: Path, raw: Path, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.data.bringing._RATE_PER_S", None)
    names = ["a/1.png?w=9", "2.png", "page.html", "9.png"]
    rows = [f"{shelf}/{name},{'cat' if n % 2 else 'dog'}\n" for n, name in enumerate(names)]
    (tmp_path / "t.csv").write_text("url,label\n" + "".join(rows))
    before = signal.getsignal(signal.SIGINT)
    summary = import_source(tmp_path / "t.csv", raw)
    assert signal.getsignal(signal.SIGINT) is before
    table = raw_table(raw)
    assert summary.classes == {"cat": 1, "dog": 1}
    for (_, row), seed in zip(table.iterrows(), (2, 1), strict=True):
        assert (raw / "images" / row["filename"]).read_bytes() == picture(seed)
        assert (row["width"], row["height"]) == ("9", "9")
        assert row["image"].startswith(shelf)
    assert set(left_out(raw)) == {f"{shelf}/page.html", f"{shelf}/9.png"}
    first = content(raw)
    import_source(tmp_path / "t.csv", raw)
    assert content(raw) == first


def test_an_address_that_nobody_answers_ends_nothing(tmp_path: Path, raw: Path, shelf: str) -> None:
    (tmp_path / "t.csv").write_text(
        f"url,label\n{shelf}/1.png,cat\nhttp://127.0.0.1:9/x.png,dog\nhttp://[::1,dog\n"
    )
    import_source(tmp_path / "t.csv", raw)
    assert list(labels(raw).values()) == ["cat"]
    assert set(left_out(raw)) == {"http://127.0.0.1:9/x.png", "http://[::1"}
