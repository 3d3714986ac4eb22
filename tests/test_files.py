import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from src.errors import ConfigError
from src.files import remove_unfinished, replace_folder, surviving_folder, write_whole

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
