import json
from collections.abc import Hashable
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.data.cells import parse_json, read_cells
from src.data.schemas import interim_schema
from src.data.tables import read_table
from src.errors import DataError
from src.tasks import Task

INTERIM = interim_schema(Task("shape", "shape"))


def cells(path: Path) -> list[dict[Hashable, str]]:
    (piece,) = read_cells(path)
    return piece.cells.to_dict("records")


def test_json_lines_are_read_as_text(tmp_path: Path) -> None:
    rows = [{"filename": "a", "shape": 1}, {"shape": None, "more": [1, "é"], "filename": "b"}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n\n".join(json.dumps(row) for row in rows), "utf-8")
    assert cells(path) == [
        {"filename": "a", "shape": "1", "more": ""},
        {"filename": "b", "shape": "", "more": '[1, "é"]'},
    ]
    with pytest.raises(DataError, match="line 3, column 'shape': got ''"):
        read_table(path, INTERIM)


def test_a_list_of_objects_is_a_table_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('[\n {"filename": "a", "shape": true}]')
    assert cells(tmp_path / "t.csv") == [{"filename": "a", "shape": "true"}]


def test_excel_gives_what_its_cells_show(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["filename", "shape", "when", "share"])
    sheet.append(["a", 7, date(2020, 5, 17), 0.5])
    sheet.append([None, None, None, None])
    sheet.append(["b", "two words ", None, 2.0])
    book.save(tmp_path / "t.xlsx")
    assert cells(tmp_path / "t.xlsx") == [
        {"filename": "a", "shape": "7", "when": "2020-05-17T00:00:00", "share": "0.5"},
        {"filename": "b", "shape": "two words ", "when": "", "share": "2"},
    ]
    assert read_table(tmp_path / "t.xlsx", INTERIM)["shape"].tolist() == ["7", "two words"]


def test_the_first_of_several_sheets_is_read_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["filename", "shape"], ["a", "round"]):
        book.active.append(row)
    book.create_sheet("notes")
    book.save(tmp_path / "t.xlsx")
    read_table(tmp_path / "t.xlsx", INTERIM)
    assert "its first sheet (Sheet) of 2" in capsys.readouterr().err


def test_parquet_gives_text_and_no_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "shape": pd.Categorical(["x", None]),
            "count": pd.array([3, None], dtype="Int64"),
            "picture": [{"bytes": b"1", "path": "p"}] * 2,
        },
        index=pd.Index(["a", "b"], name="filename"),
    )
    frame.to_parquet(tmp_path / "t.parquet")
    assert cells(tmp_path / "t.parquet") == [
        {"shape": "x", "count": "3", "filename": "a"},
        {"shape": "", "count": "", "filename": "b"},
    ]
    with pytest.raises(DataError, match="column 'shape': got '', expected some text"):
        read_table(tmp_path / "t.parquet", INTERIM)


@pytest.mark.parametrize("rows", [None, 2])
def test_a_table_without_rows_still_has_columns(tmp_path: Path, rows: int | None) -> None:
    pd.DataFrame({"filename": pd.Series([], dtype=str)}).to_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("filename\n")
    for name in ("t.parquet", "t.csv"):
        (piece,) = read_cells(tmp_path / name, rows=rows)
        assert list(piece.cells) == ["filename"]
        assert piece.cells.empty


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_json_is_read_in_the_encodings_of_csv(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes('{"filename": "a.jpg", "shape": "Größe"}\n'.encode(encoding))
    (piece,) = read_cells(path)
    assert piece.cells["shape"].tolist() == ["Größe"]


@given(st.text(st.characters() | st.characters(categories=["Cs"])))
def test_json_gives_text_that_a_file_can_hold(said: str) -> None:
    told = parse_json(json.dumps({said: [said]}))
    ((key, (value,)),) = told.items()
    assert key == value == said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert value.encode().decode() == value


def test_parquet_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    names = ["filename", "shape", "shape"]
    pq.write_table(pa.table([pa.array(["a.jpg"])] * 3, names=names), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"two columns of one name \(shape\)"):
        list(read_cells(tmp_path / "t.parquet"))


def test_a_missing_number_of_parquet_is_told_as_such(tmp_path: Path) -> None:
    table = {"filename": ["a.jpg", "b.jpg"], "shape": ["x", "y"], "bytes": [0.5, None]}
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "t.parquet", INTERIM)
    assert "line 2, column 'bytes': got 0.5, expected a whole number" in str(caught.value)
    assert "line 3, column 'bytes': got '', expected a whole number" in str(caught.value)


def test_a_zip_that_is_no_excel_table_is_told_as_such(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "t.csv", "w") as archive:
        archive.writestr("t.csv", "filename,shape\na.jpg,round\n")
    with pytest.raises(DataError, match="no item named"):
        list(read_cells(tmp_path / "t.csv"))


TYPED = {
    "counts": pa.array([1, None], pa.uint64()),
    "halves": pa.array([0.5, None], pa.float16()),
    "floats": pa.array([float("nan"), float("inf")], pa.float32()),
    "truths": pa.array([True, None]),
    "texts": pa.array(["a", None], pa.large_string()),
    "views": pa.array(["a", None], pa.string_view()),
    "bytes": pa.array([b"\xff", None], pa.binary(1)),
    "days": pa.array([1, None], pa.date32()),
    "old days": pa.array([-(2**40), None], pa.date64()),
    "hours": pa.array([1, None], pa.time64("ns")),
    "moments": pa.array([1, None], pa.timestamp("ns", "Europe/Berlin")),
    "far moments": pa.array([2**52, None], pa.timestamp("ms")),
    "lists of far moments": pa.array([[2**52], None], pa.list_(pa.timestamp("ms"))),
    "spans": pa.array([1, None], pa.duration("us")),
    "sums": pa.array([1, None], pa.decimal128(38, 9)),
    "lists": pa.array([["a"], None]),
    "structs": pa.array([{"x": [b"a"]}, None]),
    "maps": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8())),
    "words": pa.array(["a", None]).dictionary_encode(),
    "nothing": pa.nulls(2),
}


@pytest.mark.parametrize("kind", TYPED)
@pytest.mark.parametrize("column", ["filename", "shape", "width", "note"])
def test_parquet_of_any_type_is_read_or_refused(tmp_path: Path, kind: str, column: str) -> None:
    table = {"filename": ["a.jpg", "b.jpg"], "shape": ["x", "y"], column: TYPED[kind]}
    path = tmp_path / "t.parquet"
    try:
        pq.write_table(pa.table(table), path)
    except pa.ArrowNotImplementedError:
        pytest.skip("no such Parquet is written")
    try:
        read = read_table(path, INTERIM)
    except DataError:
        assert column != "note" or "far" in kind
    else:
        assert len(read) == 2
