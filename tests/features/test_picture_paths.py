import io
import os
import sys
from pathlib import Path

import pytest

from src.features.path_lists import PathList
from src.features.picture_paths import PictureSearch


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


def found(*arguments: str | PathList) -> list[str]:
    return [picture.place for picture in PictureSearch(arguments) if not picture.fault]


def fault(argument: str | PathList) -> str:
    (picture,) = PictureSearch([argument])
    return picture.fault


def test_a_folder_means_the_pictures_below_it_sorted_without_hidden_ones(rooms: Path) -> None:
    assert found("rooms") == ["rooms/a.png", "rooms/b.JPG", "rooms/z/c.webp"]
    assert found(str(rooms / "z")) == [str(rooms / "z" / "c.webp")]


def test_what_a_folder_has_beside_pictures_is_counted_by_type(rooms: Path) -> None:
    for name in ("more.TXT", "z/read.me", ".hidden"):
        (rooms / name).touch()
    search = PictureSearch(["rooms", "rooms/notes.txt"])
    assert list(search.describe_passed_over()) == []
    assert len(list(search)) == 4
    assert list(search.describe_passed_over()) == [
        "files passed over, by their names no images: 2 .txt, 1 without a suffix, 1 .me"
    ]


def test_a_pattern_means_the_files_it_matches(rooms: Path) -> None:
    assert found("rooms/?.*") == ["rooms/a.png", "rooms/b.JPG"]
    assert found("rooms/z/**/*.webp", f"{rooms}/[a].png") == [
        "rooms/z/c.webp",
        str(rooms / "a.png"),
    ]
    (rooms / "[a].png").touch()
    assert found("rooms/[a].png") == ["rooms/[a].png"]


def test_a_deep_pattern_goes_round_in_no_loop_of_links(rooms: Path) -> None:
    (rooms / "z" / "back").symlink_to(rooms)
    (rooms / "z" / "a.png").touch()
    assert found("**/a.png") == ["rooms/a.png", "rooms/z/a.png"]
    assert found("rooms/**/z/**/*.png") == ["rooms/z/a.png"]
    assert found("./rooms/**") == [f"./rooms/{n}" for n in ("a.png", "b.JPG", "notes.txt")] + [
        f"./rooms/z/{n}" for n in ("a.png", "c.webp", "e")
    ]
    assert found(f"{rooms.parent}/**/c.webp") == [str(rooms / "z" / "c.webp")]
    # A link that is named is followed.
    assert found("rooms/loop/**/c.webp") == ["rooms/loop/z/c.webp"]


def test_anything_else_means_itself_as_often_as_it_is_said(rooms: Path) -> None:
    arguments = ["rooms/notes.txt", "nowhere.jpg", "rooms/notes.txt", "x" * 5000, "a\0b"]
    assert found(*arguments) == arguments


def test_names_too_long_to_be_read_are_cut_short(rooms: Path) -> None:
    for argument in ("x" * 5000, "x" * 5000 + "*", f"data:image/png;base64,{'x' * 5000}"):
        (picture,) = PictureSearch([argument])
        assert len(picture.name) < 80
        assert len(picture.fault) < 200


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("empty", "no pictures in it"),
        ("rooms/*.tif", "no file matches"),
        ("ftp://rooms/a.png", "give one of http, https, data, file"),
        ("file://rooms/a.png", "files of another machine (rooms)"),
        ("@gone.txt", "cannot read gone.txt: No such file or directory"),
        ("@rooms", "Is a directory"),
        ("@rooms/a.png", "it lists nothing"),
    ],
)
def test_nothing_found_is_a_failure_in_its_place(rooms: Path, argument: str, reason: str) -> None:
    first, failed, last = PictureSearch(["rooms/a.png", argument, "rooms/a.png"])
    assert first == last
    assert first.place == "rooms/a.png"
    assert failed.name == argument.removeprefix("@")
    assert reason in failed.fault


def test_a_folder_that_cannot_be_read_is_a_failure(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: str) -> None:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("src.features.picture_paths.os.scandir", refuse)
    assert fault("rooms") == "cannot read rooms: Permission denied; check its permissions"


def test_a_search_finds_as_it_is_asked(rooms: Path) -> None:
    search = iter(PictureSearch(["rooms"]))
    assert next(search).place == "rooms/a.png"
    (rooms / "z" / "c.webp").rename(rooms / "z" / "cc.webp")
    assert [picture.place for picture in search] == ["rooms/b.JPG", "rooms/z/cc.webp"]


def test_addresses_of_files_mean_what_their_paths_do(rooms: Path) -> None:
    (rooms / "blue room#1.png").touch()
    assert found(f"file://{rooms}/blue%20room%231.png") == [str(rooms / "blue room#1.png")]
    assert found(f"file://localhost{rooms}/z", f"file:{rooms}/%3F.png") == [
        str(rooms / "z" / "c.webp"),
        str(rooms / "a.png"),
    ]


def test_other_addresses_mean_themselves_unless_a_file_has_the_name(rooms: Path) -> None:
    addresses = ["https://a.org/b.jpg", "HTTP://a.org/?q=*", "data:,x"]
    assert found(*addresses) == addresses
    Path("data:,x").touch()
    assert found("data:,x") == ["./data:,x"]


def test_a_list_means_what_its_entries_do(rooms: Path) -> None:
    Path("list.txt").write_text("rooms/z\nrooms/?.png\r\n\n-\n@x\nhttp://a/b c.jpg\n")
    expected = ["rooms/z/c.webp", "rooms/a.png", "./-", "@x", "http://a/b c.jpg"]
    assert found("@list.txt") == found(PathList("list.txt")) == expected
    Path("@list.txt").touch()
    assert found("@list.txt") == ["@list.txt"]
    assert found(PathList("list.txt")) == expected


def give(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("content", [b"rooms/a.png\ngone.png\n", b"rooms/a.png\0gone.png"])
def test_standard_input_that_names_what_is_there_is_a_list(
    rooms: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    give(monkeypatch, content)
    assert found("-", "rooms/b.JPG") == ["rooms/a.png", "gone.png", "rooms/b.JPG"]


def test_standard_input_is_a_list_whatever_it_names_if_it_is_called_one(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for argument in (PathList("-"), "@-"):
        give(monkeypatch, b"gone.png\n")
        assert found(argument) == ["gone.png"]
    give(monkeypatch, b"gone.png\n")
    assert found("-") == ["-"]


@pytest.mark.parametrize("content", [b"", b"GIF89a\nrest", b"\x89PNG\r\n\x1a\n", b"<svg>", b"\0\1"])
def test_other_standard_input_is_a_picture(
    rooms: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    give(monkeypatch, content)
    search = PictureSearch(["-"])
    assert [(picture.place, picture.fault) for picture in search] == [("-", "")]
    assert search.stdin.picture == content


def test_it_is_known_how_often_standard_input_is_meant() -> None:
    assert PictureSearch(["-", "@-", PathList("-"), "a.png", "@a"]).stdin_uses == 3


def test_what_is_read_once_is_not_looked_for_twice(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.png\n")
    os.mkfifo(tmp_path / "pipe")
    for arguments, repeated in (
        (["a.png", f"@{tmp_path / 'list.txt'}"], True),
        ([PathList(str(tmp_path / "pipe"))], False),
        (["-"], False),
    ):
        assert PictureSearch(arguments).can_be_repeated is repeated
