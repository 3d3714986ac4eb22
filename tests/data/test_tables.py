import gzip
import os
import random
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.data.schemas import interim_schema, processed_schema, raw_schema
from src.data.tables import read_table, write_table
from src.errors import DataError
from src.tasks import Task

FEATURES = ("h_hsv_mean", "r_bgr_mean", "r_bgr_std")
CLASSES = ("RED", "BLUE", "GREEN")
TASK = Task("color", "color", classes=CLASSES)
PROCESSED = processed_schema(FEATURES, TASK)
HEADER = "filename,h_hsv_mean,r_bgr_mean,r_bgr_std,color"
GOOD = "a.jpg,10.5,200,30.25,RED"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "pictures.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as error:
        read_table(path, PROCESSED)
    return str(error.value)


def table(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "filename": [f"{row:05d}.jpg" for row in range(rows)],
            **{name: rng.uniform(0, 179, rows) for name in FEATURES},
            "image": "https://example.org/i?a=1,b=2",
            "page": 'says "ä"',
            "color": rng.choice(CLASSES, rows),
            "index": range(rows),
        }
    )


def raw_table(rows: int) -> pd.DataFrame:
    texts = dict.fromkeys(("page", "image", "title", "creator", "sha256"), "")
    sizes = dict.fromkeys(("bytes", "width", "height"), pd.array([218] * rows, dtype="Int64"))
    names = [f"AwF{row}" for row in range(rows)]
    return pd.DataFrame(
        {"asset_id": names, "color": "RED", "filename": names, **texts, **sizes}
    ).astype({"title": str})


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pictures.csv"
    write_table(table(20).sample(frac=1, random_state=0), path, PROCESSED)
    read = read_table(path, PROCESSED)
    assert list(read.columns) == list(PROCESSED.columns)
    np.testing.assert_allclose(read[list(FEATURES)], table(20)[list(FEATURES)], rtol=5e-6)
    for name in ("filename", "image", "page", "color"):
        assert read[name].tolist() == table(20)[name].tolist()


def test_same_rows_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    write_table(table(50), tmp_path / "a.csv", PROCESSED)
    shuffled = table(50).sample(frac=1, random_state=1)
    write_table(shuffled[shuffled.columns[::-1]], tmp_path / "b.csv", PROCESSED)
    write_table(read_table(tmp_path / "a.csv", PROCESSED), tmp_path / "c.csv", PROCESSED)
    written = (tmp_path / "a.csv").read_bytes()
    assert (tmp_path / "b.csv").read_bytes() == written
    assert (tmp_path / "c.csv").read_bytes() == written


def test_written_form_is_fixed(tmp_path: Path) -> None:
    frame = table(1).assign(
        h_hsv_mean=1 / 3, r_bgr_mean=200.0, r_bgr_std=1e-7, extra=pd.array([pd.NA], dtype="Int64")
    )
    write_table(frame, tmp_path / "t.csv", PROCESSED)
    header, row = (tmp_path / "t.csv").read_bytes().decode().split("\n")[:2]
    assert header == "filename,h_hsv_mean,r_bgr_mean,r_bgr_std,image,page,color,index,extra"
    assert row.endswith(",0,")
    assert row.startswith('00000.jpg,0.333333,200,1e-07,"https://example.org/i?a=1,b=2",')
    assert (tmp_path / "t.csv").read_bytes().count(b"\r") == 0


def test_an_interrupted_write_leaves_the_old_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, HEADER, GOOD)

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(DataError, match=r"cannot be written \(No space left"):
        write_table(table(3), path, PROCESSED)
    assert path.read_text() == f"{HEADER}\n{GOOD}\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_that_breaks_its_schema_is_not_written(tmp_path: Path) -> None:
    frame = table(3)
    frame.loc[1, "color"] = "BEIGE"
    with pytest.raises(DataError, match=r"line 3, column 'color': got 'BEIGE'"):
        write_table(frame, tmp_path / "t.csv", PROCESSED)
    with pytest.raises(DataError, match=r"lacks 1 of its columns \(page\)"):
        write_table(table(3).drop(columns="page"), tmp_path / "t.csv", PROCESSED)
    with pytest.raises(DataError, match=r"column 'filename': got 1, expected text"):
        write_table(table(3).assign(filename=[1, 2, 3]), tmp_path / "t.csv", PROCESSED)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "lines",
    [
        (f"{HEADER},image,page,index", f"{GOOD},//lh3.example/x,/asset/y,0"),
        (HEADER, GOOD),
        (f",{HEADER}", f"0,{GOOD}"),
        ("color,medium,r_bgr_std,r_bgr_mean,h_hsv_mean,filename", "RED,oil,30.25,200,10.5,a.jpg"),
        (f"\ufeff{HEADER}", GOOD),
        (HEADER, "", GOOD, ""),
        (HEADER.replace(",", '","').join('""'), GOOD.replace(",", '","').join('""')),
    ],
    ids=["full", "least", "index", "any order", "BOM", "blank lines", "quoted"],
)
def test_tables_of_other_programs_are_read(tmp_path: Path, lines: tuple[str, ...]) -> None:
    read = read_table(write(tmp_path, *lines), PROCESSED)
    needed = read[HEADER.split(",")]
    assert needed.values.tolist() == [["a.jpg", 10.5, 200.0, 30.25, "RED"]]
    assert "" not in read.columns
    assert read.index.tolist() == [0]


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f"{HEADER}\r\n{GOOD}\r\n".encode())
    assert read_table(path, PROCESSED)["color"].tolist() == ["RED"]


def test_words_that_pandas_takes_for_missing_stay_words(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, GOOD.replace("a.jpg", "null"), GOOD.replace("a.jpg", "NA"))
    assert read_table(path, PROCESSED)["filename"].tolist() == ["null", "NA"]


@pytest.mark.parametrize(
    ("row", "column", "got", "expected"),
    [
        ("b.jpg,abc,1,1,RED", "h_hsv_mean", "'abc'", "a number"),
        ("b.jpg,,1,1,RED", "h_hsv_mean", "''", "a number"),
        ("b.jpg,1,NaN,1,RED", "r_bgr_mean", "'NaN'", "a number"),
        ("b.jpg,1,inf,1,RED", "r_bgr_mean", "'inf'", "a number in [0, 255]"),
        ("b.jpg,1,-inf,1,RED", "r_bgr_mean", "'-inf'", "a number in [0, 255]"),
        ("b.jpg,1,255.1,1,RED", "r_bgr_mean", "'255.1'", "a number in [0, 255]"),
        ("b.jpg,1,1,-1,RED", "r_bgr_std", "'-1'", "a number in [0, 255]"),
        ("b.jpg,179.5,1,1,RED", "h_hsv_mean", "'179.5'", "a number in [0, 179]"),
        ('b.jpg,1,"1,5",1,RED', "r_bgr_mean", "'1,5'", "a number"),
        ("b.jpg,1,1,1,BEIGE", "color", "'BEIGE'", "one of RED, BLUE, GREEN"),
        ("b.jpg,1,1,1,red", "color", "'red'", "one of RED, BLUE, GREEN"),
        ("b.jpg,1,1,1", "color", "'' (the row has 4 cells)", "one of RED, BLUE, GREEN"),
        ("a.jpg,1,1,1,RED", "filename", "'a.jpg'", "a value that no earlier row has"),
        (",1,1,1,RED", "filename", "''", "some text"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_column(
    tmp_path: Path, row: str, column: str, got: str, expected: str
) -> None:
    text = refusal(write(tmp_path, HEADER, GOOD, row))
    assert "1 bad value: " in text
    assert f"line 3, column {column!r}: got {got}, expected {expected}; correct" in text


def test_a_character_that_is_odd_is_part_of_its_cell_alone(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(f"{HEADER}\n{GOOD}\n\0b\0.jpg,1,1,1,RED\n".encode())
    assert read_table(tmp_path / "t.csv", PROCESSED)["filename"].tolist() == ["a.jpg", "\0b\0.jpg"]


def test_lines_count_blank_and_many_lined_rows(tmp_path: Path) -> None:
    rows = ('"two\nlines",1,1,1,RED', "", "   ", "b.jpg,1,1,1,RED", "c.jpg,1,1,1,BEIGE")
    assert "line 7, column 'color'" in refusal(write(tmp_path, HEADER, *rows))


def test_only_the_first_of_many_bad_values_are_shown(tmp_path: Path) -> None:
    rows = (f"{n}.jpg,{1300 - n},1,1,BEIGE" for n in range(1000))
    text = refusal(write(tmp_path, HEADER, *rows))
    assert "2000 bad values: line 2, column" in text
    assert "; and 1995 more;" in text
    assert re.findall(r"line (\d+)", text) == ["2", "2", "3", "3", "4"]
    assert len(text) < 600


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    assert len(refusal(write(tmp_path, HEADER, f"a.jpg,{'x' * 5000},1,1,RED"))) < 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (f"{HEADER}\n".encode(), "has no rows"),
        (b"filename,color\na.jpg,RED\n", "lacks 3 of its columns (h_hsv_mean, r_bgr_mean, r_bgr"),
        (f"{HEADER}\n{GOOD}\n{GOOD},1,2\n".encode(), "line 3: 7 cells, 5 columns"),
        (f"{HEADER}\n{GOOD},\n{GOOD},\n".encode(), "line 2: 6 cells, 5 columns"),
        (f"{HEADER},color\n{GOOD},RED\n".encode(), "two columns of one name (color)"),
        (f"a\0{HEADER}\n{GOOD}\n".encode(), "line 1 holds a NUL character"),
        (f'{HEADER}\n"a.jpg,1,1,1,RED\n'.encode(), "is not a CSV table"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "is a picture"),
        (b"\xb9PNG\r\n\x1a\n\x00\xff", "byte 0 is not UTF-8 text"),
        (gzip.compress(f"{HEADER}\n{GOOD}\n".encode(), mtime=0), "is packed with gzip; unpack it"),
        (f"{HEADER}\n{GOOD}".encode("utf-16-le"), "UTF-16 without its mark"),
        (f"{HEADER}\n\u00e4{GOOD}".encode("utf-16-be"), "UTF-16 without its mark"),
        (f"{HEADER}\n{GOOD}".encode("utf-16")[:-1], "is not UTF-16 text"),
        (
            f"{HEADER}\n{GOOD}\n\u041c\u043e\u0441\u043a\u0432\u0430,1,1,1,RED".encode("cp1251"),
            "(line 3: byte 72 is not UTF-8 text, nor",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel"),
        (b"PK\3\4 and no more", "is not an Excel table"),
        (b'{"filename": "a.jpg"}\n{"filename": ', "line 2"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "pictures.csv"
    path.write_bytes(content)
    text = refusal(path)
    assert words in text
    assert str(path) in text


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "there is no table at" in refusal(tmp_path / "none.csv")
    assert f"cannot read {tmp_path} (a folder" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        assert f"cannot read {path} (a pipe or device" in refusal(path)


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_noise_is_refused_with_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.csv"
    path.write_bytes(noise)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refusal(path)


@settings(max_examples=100)
@given(st.text(st.sampled_from('abcRED,1.-"\n\r \x00'), max_size=60))
def test_noise_below_the_right_header_ends_in_rows_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, noise: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n{noise}".encode())
    try:
        classes = read_table(path, PROCESSED)["color"].tolist()
    except DataError:
        return
    assert set(classes) <= set(CLASSES)


def test_raw_and_interim_tables_have_the_same_columns() -> None:
    raw, interim = raw_schema(TASK), interim_schema(TASK)
    names = "asset_id page image color title creator filename sha256 bytes width height"
    assert list(raw.columns) == list(interim.columns) == names.split()


def test_raw_rows_are_sorted_and_there_once(tmp_path: Path) -> None:
    schema, path = raw_schema(TASK), tmp_path / "raw.csv"
    frame = pd.concat([raw_table(3), raw_table(3).assign(color="BLUE")])
    write_table(frame.sample(frac=1, random_state=2), path, schema)
    read = read_table(path, schema)
    assert read["color"].tolist() == ["BLUE"] * 3 + ["RED"] * 3
    assert read["asset_id"].tolist() == ["AwF0", "AwF1", "AwF2"] * 2
    twice = pd.concat([frame, raw_table(1)])
    with pytest.raises(DataError, match="expected a combination that no earlier row has"):
        write_table(twice, path, schema)


def test_raw_sizes_may_be_missing_but_not_be_text(tmp_path: Path) -> None:
    schema, path = raw_schema(TASK), tmp_path / "raw.csv"
    write_table(raw_table(2).assign(bytes=pd.array([None, 7], dtype="Int64")), path, schema)
    assert read_table(path, schema)["bytes"].tolist() == [pd.NA, 7]
    for wrong in ("seven", "-7", "7.5", "1e300", "inf", "nan"):
        path.write_text(path.read_text().replace(",7,", f",{wrong},"))
        with pytest.raises(DataError, match=f"column 'bytes': got '{wrong}', expected a whole"):
            read_table(path, schema)
        path.write_text(path.read_text().replace(f",{wrong},", ",7,"))


def test_interim_pictures_are_there_once_and_need_little(tmp_path: Path) -> None:
    schema = interim_schema(TASK)
    path = write(tmp_path, "filename,color", "b.jpg,RED", "a.jpg,BLUE")
    assert read_table(path, schema)["filename"].tolist() == ["b.jpg", "a.jpg"]
    write(tmp_path, "filename,color", "b.jpg,RED", "b.jpg,BLUE")
    with pytest.raises(DataError, match="line 3, column 'filename'"):
        read_table(path, schema)


def test_a_hundred_thousand_bad_rows_are_counted(tmp_path: Path) -> None:
    names = random.Random(0).sample(range(100_000), 100_000)
    path = write(tmp_path, HEADER, *(f"{name}.jpg,1,999,1,RED" for name in names))
    assert "100000 bad values: line 2, column 'r_bgr_mean'" in refusal(path)
