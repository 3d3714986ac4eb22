import io
import sys
from pathlib import Path

import pytest

from src.config import settings
from src.errors import UnreadableImage
from src.features.picture_paths import find_pictures, open_stdin
from src.records import FailedPrediction


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "z/c.webp", "z/.git/d.png", "z/e"):
        path = tmp_path / "rooms" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "rooms" / "loop").symlink_to(tmp_path / "rooms")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "rooms"


def found(*arguments: str) -> list[str]:
    return [str(item) for item in find_pictures(arguments)]


def test_a_folder_means_the_pictures_below_it_sorted_without_hidden_ones(rooms: Path) -> None:
    assert found("rooms") == ["rooms/a.png", "rooms/b.JPG", "rooms/z/c.webp"]
    assert found(str(rooms / "z")) == [str(rooms / "z" / "c.webp")]


def test_a_pattern_means_the_files_it_matches(rooms: Path) -> None:
    assert found("rooms/?.*") == ["rooms/a.png", "rooms/b.JPG"]
    assert found("rooms/z/**/*.webp", f"{rooms}/[a].png") == [
        "rooms/z/c.webp",
        str(rooms / "a.png"),
    ]
    (rooms / "[a].png").touch()
    assert found("rooms/[a].png") == ["rooms/[a].png"]


def test_anything_else_means_itself_as_often_as_it_is_said(rooms: Path) -> None:
    arguments = ["rooms/notes.txt", "nowhere.jpg", "-", "rooms/notes.txt", "x" * 5000, "a\0b"]
    assert found(*arguments) == arguments


@pytest.mark.parametrize(
    ("argument", "reason"), [("empty", "no pictures in it"), ("rooms/*.tif", "no file matches")]
)
def test_nothing_found_is_a_failure_in_its_place(rooms: Path, argument: str, reason: str) -> None:
    first, failed, last = find_pictures(["rooms/a.png", argument, "rooms/a.png"])
    assert first == last == "rooms/a.png"
    assert isinstance(failed, FailedPrediction)
    assert failed.source == argument
    assert isinstance(failed.error, UnreadableImage)
    assert reason in str(failed.error)


def test_a_folder_that_cannot_be_read_is_a_failure(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: str) -> None:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("src.features.picture_paths.os.scandir", refuse)
    (failed,) = find_pictures(["rooms"])
    assert isinstance(failed, FailedPrediction)
    assert str(failed.error) == "cannot read rooms: Permission denied; check its permissions"


def test_a_search_finds_as_it_is_asked(rooms: Path) -> None:
    search = find_pictures(["rooms"])
    assert next(search) == "rooms/a.png"
    (rooms / "z" / "c.webp").rename(rooms / "z" / "cc.webp")
    assert list(search) == ["rooms/b.JPG", "rooms/z/cc.webp"]


def test_standard_input_takes_the_place_of_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = settings().max_image_bytes
    stdin = io.TextIOWrapper(io.BytesIO(b"GIF89a" + bytes(limit)))
    monkeypatch.setattr(sys, "stdin", stdin)
    before, content, after = open_stdin(["a.png", "-", "b.png"])
    assert (before, after) == ("a.png", "b.png")
    assert isinstance(content, bytes)
    assert content[:6] == b"GIF89a"
    assert len(content) == limit + 1
