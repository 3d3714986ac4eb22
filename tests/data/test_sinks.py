from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.data import tables
from src.data.schemas import interim_schema, processed_schema
from src.data.sinks import CsvLines
from src.data.tables import open_table, read_pieces, read_table
from src.errors import DataError
from src.tasks import Task

TASK = Task("color", "color", classes=("RED", "BLUE"))
INTERIM = interim_schema(TASK)
PROCESSED = processed_schema(["r_bgr_mean"], TASK)


@pytest.fixture(autouse=True, scope="module")
def _small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "PIECE_ROWS", 3)
        yield


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def table(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "filename": [f"{n}, \u00e9.jpg" for n in range(count)],
            "r_bgr_mean": np.linspace(0, 255, count) / 3,
            "image": '"quoted"',
            "page": "",
            "color": "RED",
            "index": range(count),
        }
    )


def test_pieces_make_up_the_table(tmp_path: Path) -> None:
    rows = [f"{n}.jpg,{'RED' if n % 2 else 'BLUE'},{n}" for n in range(8)]
    path = write(tmp_path / "t.csv", "filename,color,bytes", *rows)
    pieces = list(read_pieces(path, INTERIM))
    assert [len(piece) for piece in pieces] == [3, 3, 2]
    whole = read_table(path, INTERIM)
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), whole)


@pytest.mark.parametrize(
    "lines",
    [
        ("filename,color", *(f"{n}.jpg,RED" for n in range(7)), "x.jpg,BEIGE"),
        ("filename,color", *(f"{n}.jpg,RED" for n in range(7)), "0.jpg,RED"),
        ("filename,color", *(f"{n}.jpg,RED" for n in range(7)), "x.jpg,RED,1,2,3"),
        ("filename", "0.jpg"),
        ("filename,color",),
        (),
    ],
    ids=["class", "twice", "ragged", "column", "no rows", "empty"],
)
def test_what_is_wrong_is_said_as_of_the_whole_table(tmp_path: Path, lines: tuple[str]) -> None:
    path = write(tmp_path / "t.csv", *lines)
    with pytest.raises(DataError) as whole:
        read_table(path, INTERIM)
    with pytest.raises(DataError) as pieces:
        list(read_pieces(path, INTERIM))
    assert str(pieces.value) == str(whole.value)


def test_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no table at"):
        list(read_pieces(tmp_path / "t.csv", INTERIM))
    (tmp_path / "t.csv").write_bytes(b"filename,color\n\x81\xfe,RED\n")
    with pytest.raises(DataError, match="byte 15 is not UTF-8"):
        list(read_pieces(tmp_path / "t.csv", INTERIM))
    (tmp_path / "t.parquet").write_bytes(b"filename,color\n")
    with pytest.raises(DataError, match="not a Parquet table"):
        read_table(tmp_path / "t.parquet", INTERIM)


def test_lines_are_those_of_pandas() -> None:
    values = np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-100, 100)
    frame = table(200).assign(r_bgr_mean=values)
    file = BytesIO()
    lines = CsvLines(file)
    lines.append(frame[:70])
    lines.append(frame[70:])
    expected = frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    assert file.getvalue().decode() == expected


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_written_pieces_are_read_as_one_table(tmp_path: Path, suffix: str) -> None:
    path, frame = tmp_path / "deep" / f"t.{suffix}", table(10)
    with open_table(path, PROCESSED) as append:
        append(frame[:4].reset_index(drop=True))
        append(frame[4:].reset_index(drop=True))
    found = read_table(path, PROCESSED)
    six = [float(f"{value:.6g}") for value in frame["r_bgr_mean"]]
    assert found["r_bgr_mean"].tolist() == six
    assert found["filename"].tolist() == frame["filename"].tolist()
    assert found["index"].tolist() == [str(n) for n in range(10)]
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_table_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "old")
    bad = table(3).assign(color="BEIGE")

    def write_both() -> None:
        with open_table(path, PROCESSED) as append:
            append(table(3))
            append(bad)

    with pytest.raises(DataError, match="line 5, column 'color': got 'BEIGE'"):
        write_both()
    assert path.read_text() == "old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
    with pytest.raises(DataError, match="cannot be written"), open_table(path / "t.csv", PROCESSED):
        pass


def test_bad_value_in_parquet_is_named_by_its_row(tmp_path: Path) -> None:
    table(3).assign(color=["RED", "BEIGE", "RED"]).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="line 3, column 'color': got 'BEIGE'"):
        read_table(tmp_path / "t.parquet", PROCESSED)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab,;\"'\r\n\t é"), max_size=8), min_size=1, max_size=9))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, pages: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "again.csv"
    frame = table(len(pages)).assign(page=pages)
    with open_table(path, PROCESSED) as append:
        append(frame[:2])
        append(frame[2:])
    assert read_table(path, PROCESSED)["page"].tolist() == pages
