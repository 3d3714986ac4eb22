import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from src import files
from src.errors import ConfigError
from src.files import (
    open_output,
    remove_unfinished,
    replace_folder,
    surviving_folder,
    text_writer,
    write_whole,
)

OLD = {"model": b"old", "card": b"old card"}
NEW = {"model": b"new", "card": b"new card"}

# Ends without any clean-up, as a power cut does, just before the n-th change of the file system.
KILLED_REPLACEMENT = """
import os, sys
from pathlib import Path
from src.files import replace_folder

left = int(sys.argv[2])

def count(event, arguments):
    global left
    changes = event in ("os.rename", "os.mkdir", "os.rmdir", "os.remove")
    writes = event == "open" and isinstance(arguments[1], str) and "w" in arguments[1]
    if changes or writes:
        left -= 1
        if left < 0:
            os._exit(9)

sys.addaudithook(count)
replace_folder(Path(sys.argv[1]), {"model": b"new", "card": b"new card"})
"""


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def killed_before_change(number: int, folder: Path) -> bool:
    command = [sys.executable, "-c", KILLED_REPLACEMENT, str(folder), str(number)]
    return subprocess.run(command, check=False).returncode == 9


def test_a_folder_holds_the_new_files_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "color"
    replace_folder(folder, OLD | {"more": b""})
    replace_folder(folder, NEW | {"more": b""})
    assert read(folder) == NEW | {"more": b""}
    assert [path.name for path in folder.parent.iterdir()] == ["color"]


def test_killed_at_any_moment_all_old_or_all_new_files_are_there(tmp_path: Path) -> None:
    seen = []
    for number in range(40):
        folder = tmp_path / str(number) / "color"
        replace_folder(folder, OLD)
        killed = killed_before_change(number, folder)
        seen.append(read(surviving_folder(folder)))
        replace_folder(folder, NEW | {"model": b"newest"})
        assert read(folder)["model"] == b"newest"
        assert not folder.with_name(".color.old").exists()
        if not killed:
            break
    assert not killed
    assert [files for files in seen if files not in (OLD, NEW)] == []
    # From some moment on it is the new one.
    assert seen[0] == OLD
    assert seen[-2:] == [NEW, NEW]


def test_between_the_two_renames_the_old_files_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "color"
    replace_folder(folder, OLD)
    folder.rename(tmp_path / ".color.old")
    assert read(surviving_folder(folder)) == OLD
    folder.mkdir()
    assert read(surviving_folder(folder)) == OLD
    replace_folder(folder, NEW)
    assert read(surviving_folder(folder)) == NEW


@pytest.mark.parametrize("stopped_before", [False, True])
def test_an_error_while_writing_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_before: bool
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    folder = tmp_path / "color"
    replace_folder(folder, OLD)
    if stopped_before:
        folder.rename(tmp_path / ".color.old")
        folder.mkdir()
    monkeypatch.setattr("src.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_folder(folder, NEW)
    assert read(folder) == OLD
    assert list(tmp_path.iterdir()) == [folder]


def test_what_a_killed_replacement_left_is_removed_after_a_day(tmp_path: Path) -> None:
    for name, age_s in ((".color.new-1", 90_000), (".color.new-2", 60), (".colors.new-3", 90_000)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    replace_folder(tmp_path / "color", NEW)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".color.new-2", ".colors.new-3", "color"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"other files.*thesis\.txt"):
        replace_folder(tmp_path, NEW)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "color").write_text("mine")
    with pytest.raises(ConfigError, match="not a folder"):
        replace_folder(tmp_path / "color", NEW)


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    replace_folder(tmp_path / "v1", OLD)
    (tmp_path / "color").symlink_to("v1")
    replace_folder(tmp_path / "color", NEW)
    assert (tmp_path / "color").is_symlink()
    assert read(tmp_path / "v1") == NEW


def test_what_a_killed_write_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "kiss.webp", b"RIFF")
    for name in (".hay.webp.unfinished", ".hidden", "hay.unfinished"):
        (tmp_path / name).write_bytes(b"")
    remove_unfinished(tmp_path)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".hidden", "hay.unfinished", "kiss.webp"]
    remove_unfinished(tmp_path / "nowhere")


def write(path: Path | None, text: str = "RED\n", *, force: bool = False) -> None:
    with open_output(path, force=force) as file:
        text_writer(file)(text)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with open_output(path, force=False) as file:
        text_writer(file)("Müller\udcff\r\n")
        assert not path.exists()
        (unfinished,) = tmp_path.iterdir()
        assert unfinished.read_bytes() == b"M\xc3\xbcller\xff\r\n"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"M\xc3\xbcller\xff\r\n"


def interrupt(path: Path) -> None:
    with open_output(path, force=True) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_a_file_that_is_not_finished_does_not_appear(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path / "out.csv")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(ConfigError, match="there already; add --force"):
        write(path)
    assert path.read_text() == "old"
    write(path, force=True)
    assert path.read_text() == "RED\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "out.csv").symlink_to("real.csv")
    write(tmp_path / "out.csv", force=True)
    assert (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "RED\n"


def test_what_cannot_be_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        write(tmp_path, force=True)
    with pytest.raises(ConfigError, match="no folder"):
        write(tmp_path / "missing" / "out.csv")


def test_a_device_is_written_as_it_is() -> None:
    write(Path(os.devnull))
    assert Path(os.devnull).is_char_device()


def test_without_a_file_it_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write(None, "Müller\udcff\n")
    assert capfdbinary.readouterr().out == b"M\xc3\xbcller\xff\n"


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_takes_the_place_of_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    if not can_exchange:
        monkeypatch.setattr(files, "_exchange", lambda *_: False)
    for content in ("first", "second"):
        staged = tmp_path / "next"
        staged.mkdir()
        (staged / content).touch()
        files.put_in_place(staged, tmp_path / "site")
        assert [path.name for path in tmp_path.iterdir()] == ["site"]
        assert [path.name for path in (tmp_path / "site").iterdir()] == [content]


def test_two_folders_are_exchanged_in_one_step(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    assert files._exchange(one, other)
    assert (one / "other").exists()
    assert (other / "one").exists()
    assert not files._exchange(one, tmp_path / "none")
