"""Whatever dialect a table is written in, its cells are read as they were written."""

import csv
import io
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.data.cells import read_cells
from src.data.schemas import interim_schema, processed_schema
from src.data.tables import read_table
from src.dialects import find_dialect
from src.errors import DataError
from src.tasks import Task

SHAPE = Task("shape", "shape")
INTERIM = interim_schema(SHAPE)
PROCESSED = processed_schema(["r_bgr_mean"], SHAPE)
NAMES = ["filename", "shape", "note"]
# Characters that every encoding below has, what separates and quotes among them.
CELL = st.text(st.sampled_from("abc,;|\t\"' \n\r\r\n.1äöüß€é"), max_size=12)
# Rows without any text are passed over, as Excel writes them at the end.
ROW = st.tuples(CELL, CELL, CELL).filter(lambda cells: any(map(str.strip, cells)))
ROWS = st.lists(ROW, min_size=1, max_size=6)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dialects") / "table.csv"


def write(
    place: Path, rows: list[tuple[str, ...]], delimiter: str, end: str, encoding: str
) -> Path:
    text = io.StringIO(newline="")
    # Python's writer leaves a lone carriage return without quotes.
    bare = any("\r" in cell for row in rows for cell in row)
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if bare else csv.QUOTE_MINIMAL,
    )
    writer.writerows([NAMES, *rows])
    place.write_bytes(text.getvalue().encode(encoding))
    return place


@settings(max_examples=300, deadline=None)
@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_any_table_in_any_dialect_is_read_as_it_was_written(
    place: Path, rows: list[tuple[str, ...]], delimiter: str, end: str, encoding: str
) -> None:
    path = write(place, rows, delimiter, end, encoding)
    (piece,) = read_cells(path, known=NAMES)
    assert list(map(tuple, piece.cells.to_numpy().tolist())) == rows


@settings(max_examples=200, deadline=None)
@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"), size=st.integers(1, 4))
def test_pieces_and_lines_are_those_of_the_whole(
    place: Path, rows: list[tuple[str, ...]], delimiter: str, size: int
) -> None:
    path = write(place, rows, delimiter, "\n", "utf-8")
    (whole,) = read_cells(path, NAMES)
    pieces = list(read_cells(path, NAMES, rows=size))
    assert pd.concat([p.cells for p in pieces], ignore_index=True).equals(whole.cells)
    assert [line for p in pieces for line in p.lines] == list(whole.lines)
    assert max(len(p.cells) for p in pieces) <= size


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("aäbcéè –€Großer"), min_size=1), min_size=1, max_size=5))
def test_western_text_is_read_as_it_was_written_or_refused(place: Path, labels: list[str]) -> None:
    lines = [f"{n}.jpg,{label}" for n, label in enumerate(labels)]
    place.write_bytes("\n".join(["filename,shape", *lines]).encode("cp1252"))
    with suppress(DataError):  # a word of foreign letters alone may be of any encoding
        (piece,) = read_cells(place, NAMES)
        assert piece.cells["shape"].tolist() == labels


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("filename;shape\na.jpg;Größe\n", "utf-8", "semicolons between the cells"),
        ("filename\tshape\na.jpg\tGröße\n", "utf-16", "UTF-16"),
        ("filename,shape\na.jpg,Größe\n", "cp1252", "Windows-1252 (Latin-1)"),
        ("filename|shape\na.jpg|Größe\n", "utf-8-sig", "bars between the cells"),
    ],
)
def test_what_had_to_be_found_out_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, encoding: str, said: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    assert read_table(path, INTERIM)["shape"].tolist() == ["Größe"]
    read_table(path, INTERIM)
    errors = capsys.readouterr().err
    assert f"{path} is read with " in errors
    assert errors.count(said) == 1


@pytest.mark.parametrize("encoding", ["cp1251", "shift_jis", "gbk", "koi8-r"])
def test_other_encodings_are_not_taken_for_western(tmp_path: Path, encoding: str) -> None:
    words = "Москва,Петербург" if encoding in ("cp1251", "koi8-r") else "東京,日本"
    (tmp_path / "t.csv").write_bytes(f"filename,shape\n{words}\n".encode(encoding))
    with pytest.raises(DataError, match="nor is it Windows-1252"):
        read_table(tmp_path / "t.csv", INTERIM)


def test_two_ways_to_read_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b;c\n1,2;3\n")
    with pytest.raises(DataError, match="commas and semicolons may stand between its cells"):
        find_dialect(tmp_path / "t.csv")
    assert find_dialect(tmp_path / "t.csv", ["b;c"]).delimiter == ","
    (tmp_path / "t.csv").rename(tmp_path / "t.tsv")
    (tmp_path / "t.tsv").write_text("a,b\tc\n1,2\t3\n")
    assert find_dialect(tmp_path / "t.tsv").delimiter == "\t"


@settings(max_examples=100, deadline=None)
@given(rows=ROWS, cut=st.integers(1, 2), data=st.data())
def test_what_a_row_lacks_is_empty_and_said_and_what_it_has_too_much_is_refused(
    place: Path, rows: list[tuple[str, ...]], cut: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    short = [row[:-cut] if n == at else row for n, row in enumerate(rows)]
    short[at] = ("a", *short[at][1:])
    (piece,) = read_cells(write(place, short, ",", "\n", "utf-8"), NAMES)
    assert piece.cells.iloc[at].tolist() == [*short[at], *[""] * cut]
    assert piece.short == {piece.lines[at]: 3 - cut}
    assert piece.remarks == [
        f"empty cells where rows end early (the first in line {piece.lines[at]})"
    ]
    longer = [(*row, "") if n == at else row for n, row in enumerate(rows)]
    with pytest.raises(DataError, match=rf"\(line {piece.lines[at]}: 4 cells, 3 columns\)"):
        list(read_cells(write(place, longer, ",", "\n", "utf-8"), NAMES))


def test_rows_of_separators_alone_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("filename,shape\n\na.jpg,round\n,\n , \nb.jpg,square\n,\n")
    assert read_table(tmp_path / "t.csv", INTERIM)["shape"].tolist() == ["round", "square"]


def test_a_cell_may_be_longer_than_pythons_limit(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"filename,shape\na.jpg,{'x' * 200_000}\n")
    assert len(read_table(tmp_path / "t.csv", INTERIM)["shape"].tolist()[0]) == 200_000


@pytest.mark.parametrize(
    ("lines", "numbers"),
    [
        (["filename;r_bgr_mean;shape", "a;1,5;x", "b;2;y"], [1.5, 2.0]),
        (["filename;r_bgr_mean;shape", "a;1,234;x"], [1.234]),
        (["filename;r_bgr_mean;shape", "a;1.5;x"], [1.5]),
        (["filename\tr_bgr_mean\tshape", "a\t1,5\tx", "b\t69,315\ty"], [1.5, 69.315]),
        (["filename;r_bgr_mean;shape", "a;1,5e1;x"], [15.0]),
    ],
)
def test_decimal_commas_are_read_where_they_are_such(
    tmp_path: Path, lines: list[str], numbers: list[float]
) -> None:
    (tmp_path / "t.csv").write_text("\n".join(lines))
    assert read_table(tmp_path / "t.csv", PROCESSED)["r_bgr_mean"].tolist() == numbers


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            ["filename;r_bgr_mean;shape", "a;1,5;x", "b;1.5;y"],
            "decimal commas and points, as in '1,5' and '1.5'",
        ),
        (["filename\tr_bgr_mean\tshape", "a\t1,234\tx"], "a decimal comma or one of thousands"),
    ],
)
def test_doubtful_numbers_are_refused(tmp_path: Path, lines: list[str], words: str) -> None:
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match=words):
        read_table(tmp_path / "t.csv", PROCESSED)
