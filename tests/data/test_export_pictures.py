import csv
from pathlib import Path

import pytest

from src.config import DataFolders
from src.data.export_pictures import export_dataset, export_pictures
from src.data.import_pictures import import_source
from src.data.make_dataset import clean
from src.errors import ConfigError, DataError
from src.tasks import Task
from tests.data.labelled_pictures import lay_out, picture, raw_table

KIND = Task("kind", "kind")


@pytest.fixture
def folders(tmp_path: Path) -> DataFolders:
    return DataFolders(*(tmp_path / "data" / state for state in DataFolders._fields))


def bring_in(tmp_path: Path, folders: DataFolders) -> None:
    """Import pictures with two labels, a split, and what else a table may say."""
    pets = lay_out(tmp_path / "pets", "a/1.png", "a/é 2.png", "b/3.png")
    (pets / "metadata.csv").write_text(
        "file_name,kind,colour,split,title\n"
        'a/1.png,NA,"red, or not",train,"two\nlines"\n'
        "a/é 2.png,кот,,test,\nb/3.png,1,blue,train,\n",
        "utf-8",
    )
    import_source(pets, folders.raw, target="kind")


def test_an_export_is_imported_as_it_was(tmp_path: Path, folders: DataFolders) -> None:
    bring_in(tmp_path, folders)
    assert export_dataset(folders, tmp_path / "out") == (3, 0)
    import_source(tmp_path / "out", tmp_path / "again", target="kind")
    columns = sorted(map(str, raw_table(folders.raw)))
    assert sorted(map(str, raw_table(tmp_path / "again"))) == columns
    assert raw_table(tmp_path / "again")[columns].equals(raw_table(folders.raw)[columns])
    assert (tmp_path / "out/a/é 2.png").read_bytes() == picture(1)
    assert not (tmp_path / "out/a/1.png").is_symlink()


def test_what_was_cleaned_is_exported_clean(tmp_path: Path, folders: DataFolders) -> None:
    bring_in(tmp_path, folders)
    (tmp_path / "pets/b/3.png").write_bytes(b"spoilt since")
    clean(folders.raw, folders.interim, KIND, jobs=1)
    assert export_dataset(folders, tmp_path / "out") == (2, 0)
    with (tmp_path / "out/metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file_name"] for row in rows] == ["a/1.png", "a/é 2.png"]
    assert "width" not in rows[0]
    assert rows[0]["image_address"] == str(tmp_path / "pets/a/1.png")
    import_source(tmp_path / "out", tmp_path / "again", target="kind")
    clean(tmp_path / "again", tmp_path / "clean", KIND, jobs=1)
    columns = sorted(map(str, raw_table(folders.interim)))
    assert raw_table(tmp_path / "clean")[columns].equals(raw_table(folders.interim)[columns])


def test_a_picture_that_is_gone_is_told(
    tmp_path: Path, folders: DataFolders, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_in(tmp_path, folders)
    (tmp_path / "pets/b/3.png").unlink()
    assert export_dataset(folders, tmp_path / "out") == (2, 1)
    assert "b/3.png is left out: No such file" in capsys.readouterr().err


def test_no_other_files_are_mixed_with_an_export(tmp_path: Path, folders: DataFolders) -> None:
    with pytest.raises(DataError, match="there is no table at"):
        export_dataset(folders, tmp_path / "out")
    bring_in(tmp_path, folders)
    lay_out(tmp_path / "full", "1.png")
    with pytest.raises(ConfigError, match="holds other files"):
        export_dataset(folders, tmp_path / "full")
    export_dataset(folders, tmp_path / "out")
    assert export_dataset(folders, tmp_path / "out") == (3, 0)
    (tmp_path / "out" / "metadata.csv").write_text("file_name,label\nelse/1.png,x\n")
    with pytest.raises(ConfigError, match=r"pictures of another export \('else/1.png'\)"):
        export_dataset(folders, tmp_path / "out")


def test_stage_names_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = DataFolders(*(tmp_path / state / "kind" for state in DataFolders._fields))
    bring_in(tmp_path, folders)
    monkeypatch.setattr(
        "src.data.export_pictures.data_folders",
        lambda name: DataFolders(*(tmp_path / state / name for state in DataFolders._fields)),
    )
    export_pictures(tmp_path / "out", task="kind")
    assert capsys.readouterr().out == f"3 pictures: {tmp_path / 'out/metadata.csv'}\n"
