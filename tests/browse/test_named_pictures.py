"""Which pictures arguments mean, and what a table says of them."""

import json
from pathlib import Path

import pandas as pd
import pytest

from src.browse.named_pictures import Named, find_named
from src.errors import ConfigError, DataError

ROWS = [
    {"Object Name": "Öl & <b>", "file": "a.png", "Maker": "Klee", "Date": "c. 1925", "dept": "A|B"},
    {"Object Name": "", "file": "sub/a.png", "Maker": "", "Date": "undated", "dept": "B"},
    {"Object Name": "Gone", "file": "gone.png", "Maker": "Klee", "Date": "1930", "dept": "A"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "sub/a.png", "other.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\x89PNG")
    return tmp_path


def _write(folder: Path, suffix: str) -> Path:
    path, table = folder / f"works{suffix}", pd.DataFrame(ROWS)
    match suffix:
        case ".csv":
            path.write_text(table.to_csv(sep=";", index=False), "cp1252")
        case ".xlsx":
            table.to_excel(path, index=False)
        case ".parquet":
            table.to_parquet(path)
        case _:
            path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_a_table_in_any_form_names_pictures_and_says_the_same(folder: Path, suffix: str) -> None:
    found = find_named([str(_write(folder, suffix))], folder / "site")
    assert found.columns == ("Object Name", "Maker", "Date", "dept")
    assert found.roles == {"title": "Object Name", "artist": "Maker", "year": "Date"}
    assert [(p.name, p.values) for p in found.pictures[:2]] == [
        ("a.png", ("Öl & <b>", "Klee", "c. 1925", "A|B")),
        ("sub/a.png", ("", "", "undated", "B")),
    ]
    assert found.pictures[0].place == str(folder / "a.png")
    assert found.pictures[2].fault == "cannot read gone.png: no file (there is no such picture)"
    assert found.title == "works"


def test_files_are_called_by_their_paths_below_what_was_named(folder: Path) -> None:
    found = find_named([str(folder), str(folder / "a.png")], folder / "sub")
    # Those in the site's own folder are none, and each is there once.
    assert [picture.name for picture in found.pictures] == ["a.png", "other.png"]
    assert found.title == folder.name


def test_the_key_is_that_of_the_place_however_it_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)

    def key(*arguments: str) -> str:
        return find_named(list(arguments), folder / "site").key

    assert key("sub") == key(str(folder / "sub")) == key("sub/")
    assert key("sub") != key(".")


def test_arguments_that_mean_nothing_are_told_of(folder: Path) -> None:
    found: Named = find_named([str(folder), str(folder / "*.tif")], folder / "site")
    assert len(found.pictures) == 3
    (refused,) = found.refused
    assert "no file matches it" in refused
    with pytest.raises(ConfigError, match="beside others"):
        find_named([str(_write(folder, ".csv")), str(folder)], folder / "site")
    (folder / "empty.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match="no column names pictures"):
        find_named([str(folder / "empty.csv")], folder / "site")
