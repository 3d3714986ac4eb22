"""Data sets of artworks that others publish, in the form in which they come."""

from pathlib import Path

import pandas as pd
import pytest

from src.data.class_folders import mend_text
from src.data.import_pictures import import_source
from src.errors import DataError
from tests.data.labelled_pictures import labels, lay_out, left_out, raw_table

DURER, VINCENT, DEGAS = "Albrecht Dürer", "Vincent van Gogh", "Edgar Degas"
ARTISTS = (
    "id,name,years,genre,nationality,bio,wikipedia,paintings\n"
    f'0,{DURER},1471 - 1528,Northern Renaissance,German,"{"Of Nuremberg. " * 30}",http://en.wikipedia.org/wiki/0,328\n'
    f"1,{VINCENT},1853 – 1890,Post-Impressionism,Dutch,Short.,http://en.wikipedia.org/wiki/1,877\n"
    "2,Edgar Degas,1834 - 1917,Impressionism,French,Short.,http://en.wikipedia.org/wiki/2,702\n"
)


def lay_out_best_artworks(root: Path, durer: str, *more: str) -> Path:
    """Write artists and works as they come from the data set of fifty artists."""
    names = (f"{durer}/{durer}_1.jpg", *more)
    folders = [f"images/images/{name}" for name in names]
    folders += [f"images/images/Vincent_van_Gogh/Vincent_van_Gogh_{n}.jpg" for n in (1, 2)]
    lay_out(root, *folders, "images/images/Edgar_Degas/Edgar_Degas_1.jpg")
    (root / "artists.csv").write_text(ARTISTS, encoding="utf-8")
    return root


def mangle(name: str, *encodings: str) -> str:
    """Read a name in UTF-8 as if it were in other encodings, one after the other."""
    for encoding in encodings:
        name = name.encode("utf-8").decode(encoding)
    return name


@pytest.mark.parametrize(
    "folder",
    [
        "Albrecht_Dürer",
        "Albrecht_Du\u0308rer",
        "Albrecht_DuΓòá├¬rer",
        mangle("Albrecht_Dürer", "cp437"),
        mangle("Albrecht_Dürer", "cp1252", "cp1252"),
        mangle("Albrecht_Dürer", "mac_roman"),
        "Albrecht_D_rer",
        "albrecht durer",
        "Albrecht_D�rer",
    ],
)
def test_a_mangled_folder_is_the_artist_of_the_table(tmp_path: Path, folder: str) -> None:
    best, raw = lay_out_best_artworks(tmp_path / "best", folder), tmp_path / "raw"
    import_source(best, raw, task="artist")
    assert sorted(labels(raw, "artist").values()) == [DURER, DEGAS, VINCENT, VINCENT]


def test_the_table_of_artists_may_be_what_is_given(tmp_path: Path) -> None:
    best, raw = lay_out_best_artworks(tmp_path / "best", "Albrecht_Dürer"), tmp_path / "raw"
    import_source(best / "artists.csv", raw, task="artist")
    assert sorted(labels(raw, "artist").values()) == [DURER, DEGAS, VINCENT, VINCENT]
    assert left_out(raw) == {}


def test_what_is_said_of_an_artist_goes_along(tmp_path: Path) -> None:
    best, raw = lay_out_best_artworks(tmp_path / "best", "Albrecht_DuΓòá├¬rer"), tmp_path / "raw"
    summary = import_source(best, raw, task="artist")
    table = raw_table(raw)
    facts = ["years", "genre", "nationality"]
    told = table[table["artist"] == DURER][facts].to_dict("records")
    assert told == [
        dict(zip(facts, ("1471 - 1528", "Northern Renaissance", "German"), strict=True))
    ]
    assert table[table["artist"] == VINCENT]["nationality"].to_list() == ["Dutch", "Dutch"]
    assert "bio" not in table  # a page of text, with each picture again
    assert "artists.csv tells of the classes (column 'name')" in summary.remarks
    assert f"folder 'Albrecht_DuΓòá├¬rer' is taken for {DURER}" in summary.remarks
    assert not any("Vincent" in remark for remark in summary.remarks)


def test_the_same_works_made_smaller_are_no_class(tmp_path: Path) -> None:
    best, raw = lay_out_best_artworks(tmp_path / "best", "Albrecht_Dürer"), tmp_path / "raw"
    lay_out(best, "resized/resized/Vincent_van_Gogh_1.jpg")
    import_source(best, raw, task="artist")
    assert set(labels(raw, "artist").values()) == {DURER, VINCENT, DEGAS}
    assert left_out(raw) == {"resized/resized/Vincent_van_Gogh_1.jpg": "no class"}


def test_names_of_files_tell_the_artist_where_no_folder_does(tmp_path: Path) -> None:
    raw, names = tmp_path / "raw", ("Albrecht_DuΓòá├¬rer_12.jpg", "Vincent_van_Gogh_1.jpg")
    best = lay_out(tmp_path / "best", *(f"resized/resized/{name}" for name in names))
    (best / "artists.csv").write_text(ARTISTS, encoding="utf-8")
    import_source(best, raw, task="artist")
    assert sorted(labels(raw, "artist").values()) == [DURER, VINCENT]


def test_an_artist_that_the_table_lacks_is_kept(tmp_path: Path) -> None:
    more = ("Edvard_Munch/Edvard_Munch_1.jpg", "Pieter_Bruegel/Pieter_Bruegel_1.jpg")
    best, raw = lay_out_best_artworks(tmp_path / "best", "Albrecht_Dürer", *more), tmp_path / "raw"
    summary = import_source(best, raw, task="artist")
    found = set(labels(raw, "artist").values())
    assert found == {DURER, VINCENT, DEGAS, "Edvard_Munch", "Pieter_Bruegel"}
    assert "artists.csv says nothing of Edvard_Munch" in summary.remarks


def test_a_fact_on_the_artists_may_be_the_question(tmp_path: Path) -> None:
    best, raw = lay_out_best_artworks(tmp_path / "best", "Albrecht_Dürer"), tmp_path / "raw"
    summary = import_source(best, raw, task="nationality")
    assert summary.classes == {"Dutch": 2, "German": 1, "French": 1}
    assert set(raw_table(raw)["name"]) == {DURER, VINCENT, DEGAS}


def test_splits_above_the_folders_are_kept(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    names = ("train/Edgar_Degas/1.jpg", "test/Edgar_Degas/2.jpg", "train/Vincent_van_Gogh/3.jpg")
    best = lay_out(tmp_path / "best", *names)
    (best / "artists.csv").write_text(ARTISTS, encoding="utf-8")
    import_source(best, raw, task="artist")
    splits = raw_table(raw).set_index("filename")["split"].to_dict()
    assert splits == {name: name.split("/")[0] for name in names}


def test_folders_are_mended_without_a_table_too(tmp_path: Path) -> None:
    names = ("Albrecht_Dürer/1.jpg", "Albrecht_DuΓòá├¬rer/2.jpg", "Vincent_van_Gogh/3.jpg")
    best, raw = lay_out(tmp_path / "best", *names), tmp_path / "raw"
    summary = import_source(best, raw, task="artist")
    assert summary.classes == {"Albrecht_Dürer": 2, "Vincent_van_Gogh": 1}
    assert "folder 'Albrecht_DuΓòá├¬rer' is taken for Albrecht_Dürer" in summary.remarks


@pytest.mark.parametrize(
    "text", ["Dürer", "Ångström", "Žižek", "√2", "Γ", "北斎", "Иван", "É", "£5 ½"]
)
def test_what_is_not_mangled_stays(text: str) -> None:
    assert mend_text(text) == text


HASHES = ("6b7223b6294da34371462642f90307d9", "0260ed4948b49a1091d76d2f978e9777")


def lay_out_painter_by_numbers(root: Path) -> Path:
    """Write pictures and table as they come from the competition."""
    lay_out(root, "train/1.jpg", "train/2.jpg", "train/10.jpg", "test/3.jpg")
    rows = [
        ("1.jpg", HASHES[0], "Lake, with a boat", "Impressionism", "landscape", "c.1884"),
        ("2.jpg", HASHES[1], "", "", "", "1906.0"),
        ("10.jpg", HASHES[0], "Étude", "Impressionism", "genre painting", ""),
        ("99.jpg", HASHES[1], "Lost", "Baroque", "portrait", "1650"),
    ]
    columns = ["filename", "artist", "title", "style", "genre", "date"]
    pd.DataFrame(rows, columns=columns).to_csv(root / "train_info.csv", index=False)
    pairs = pd.DataFrame({"index": [0], "image1": ["3.jpg"], "image2": ["3.jpg"]})
    pairs.to_csv(root / "submission_info.csv", index=False)
    return root


@pytest.mark.parametrize("source", ["", "train_info.csv"])
def test_painter_by_numbers(tmp_path: Path, source: str) -> None:
    painter, raw = lay_out_painter_by_numbers(tmp_path / "painter"), tmp_path / "raw"
    import_source(painter / source, raw, task="artist")
    assert labels(raw, "artist") == {
        "train/1.jpg": HASHES[0],
        "train/10.jpg": HASHES[0],
        "train/2.jpg": HASHES[1],
    }
    table = raw_table(raw)
    told = table[table["filename"] == "train/1.jpg"].to_dict("records")[0]
    said = ["Lake, with a boat", "Impressionism", "landscape", "c.1884"]
    assert [told[name] for name in ("title", "style", "genre", "date")] == said
    assert left_out(raw)["99.jpg"] == "no file"


def test_two_tables_with_artists_are_not_guessed_among(tmp_path: Path) -> None:
    painter = lay_out_painter_by_numbers(tmp_path / "painter")
    (painter / "all_data_info.csv").write_text("new_filename,artist\n1.jpg,A. Painter\n")
    with pytest.raises(DataError, match=r"\(all_data_info.csv, train_info.csv\); give the path"):
        import_source(painter, tmp_path / "raw", task="artist")
