import shutil
import zipfile
from pathlib import Path

import pytest

from src.data.gathering import Gathered, gather_pictures
from src.data.sources import Asked
from src.errors import ConfigError, DataError
from tests.data.labelled_pictures import lay_out, picture

ASKED = Asked(task="pet", least_classes=1)


def told(found: Gathered) -> list[tuple[str, str]]:
    return [(each.source, each.label) for each in found.pictures]


def test_files_of_a_folder_stay_where_they_are_and_are_called_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path / "pets", "cat/1.png", "dog/2.png", "3.png")
    monkeypatch.chdir(tmp_path)
    found = gather_pictures(Path("pets"), ASKED, tmp_path / "work")
    assert told(found) == [("pets/cat/1.png", "cat"), ("pets/dog/2.png", "dog")]
    assert [Path(each.path) for each in found.pictures] == [
        tmp_path / "pets/cat/1.png",
        tmp_path / "pets/dog/2.png",
    ]
    assert [(left.filename, left.reason) for left in found.left_out] == [("3.png", "no class")]
    assert (found.kind, found.target) == ("a folder per class", "pet")
    assert not (tmp_path / "work" / "images").exists()


def test_pictures_of_one_class_are_enough_if_so_is_asked(tmp_path: Path) -> None:
    lay_out(tmp_path / "pets", "cat/1.png", "cat/2.png")
    assert len(gather_pictures(tmp_path / "pets", ASKED, tmp_path / "work").pictures) == 2
    with pytest.raises(DataError, match="two folders of classes"):
        gather_pictures(tmp_path / "pets", Asked(task="pet"), tmp_path / "work")


def test_a_table_names_files_beside_it(tmp_path: Path) -> None:
    lay_out(tmp_path / "shelf", "a.png", "b.png")
    table = tmp_path / "shelf" / "mine.csv"
    table.write_text("path,pet,split\na.png,cat,train\nb.png,dog,testing\nc.png,dog,test\n")
    found = gather_pictures(table, ASKED, tmp_path / "work")
    assert [(each.label, each.split) for each in found.pictures] == [
        ("cat", "train"),
        ("dog", "test"),
    ]
    assert [left.reason for left in found.left_out] == ["no file"]


def test_an_archive_is_unpacked_into_the_work_folder_alone(tmp_path: Path) -> None:
    archive = tmp_path / "pets.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("cat/1.png", picture(1))
        packed.writestr("dog/2.png", picture(2))
    work = tmp_path / "work"
    found = gather_pictures(archive, ASKED, work)
    assert told(found) == [
        (f"{archive}!cat/1.png", "cat"),
        (f"{archive}!dog/2.png", "dog"),
    ]
    assert [Path(each.path).read_bytes() for each in found.pictures] == [picture(1), picture(2)]
    shutil.rmtree(work)
    assert [path.name for path in tmp_path.iterdir()] == ["pets.zip"]


def test_nothing_at_a_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is nothing at"):
        gather_pictures(tmp_path / "pets", ASKED, tmp_path / "work")


def test_addresses_are_fetched_into_the_work_folder(
    tmp_path: Path, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.data.bringing._RATE_PER_S", None)
    table = tmp_path / "t.csv"
    table.write_text(f"url,label\n{shelf}/1.png,cat\n{shelf}/9.png,dog\n")
    found = gather_pictures(table, ASKED, tmp_path / "work")
    assert told(found) == [(f"{shelf}/1.png", "cat")]
    assert Path(found.pictures[0].path).read_bytes() == picture(1)
    assert Path(found.pictures[0].path).is_relative_to(tmp_path / "work")
    assert [left.filename for left in found.left_out] == [f"{shelf}/9.png"]
