"""Tables whose rows carry a vector each."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.data.cells import read_cells
from src.data.vectors import has_vectors, open_vectors, read_facts, read_vectors
from src.errors import DataError

ROWS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float16)
NAMES = {"filename": list("abcde"), "artist": ["", "x", "y", "x", "y"]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "new" / "rows.parquet"
    with open_vectors(path, list(NAMES), 3, {"spec": "seven"}) as append:
        append({name: cells[:2] for name, cells in NAMES.items()}, ROWS[:2])
        append({name: cells[2:] for name, cells in NAMES.items()}, ROWS[2:])
    return path


def test_what_is_written_is_read(path: Path) -> None:
    assert has_vectors(path)
    assert read_facts(path) == {"spec": "seven"}
    np.testing.assert_array_equal(read_vectors(path), ROWS)
    # Other tables' doors, and other programs, see it too.
    (piece,) = read_cells(path)
    pd.testing.assert_frame_equal(piece.cells, pd.DataFrame(NAMES, dtype="str"))
    assert [row.tolist() for row in pd.read_parquet(path)["embedding"]] == ROWS.tolist()


def write_and_stop(path: Path) -> None:
    with open_vectors(path, list(NAMES), 3, {}) as append:
        append(NAMES, ROWS)
        raise KeyboardInterrupt


def test_it_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with pytest.raises(KeyboardInterrupt):
        write_and_stop(path)
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_vectors_has_none(tmp_path: Path) -> None:
    plain, text = tmp_path / "plain.parquet", tmp_path / "table.csv"
    pq.write_table(pa.table({"filename": ["a"], "embedding": [[1.0]]}), plain)
    text.write_text("filename,embedding\na,1\n")
    for path in (plain, text, tmp_path / "none.parquet"):
        assert (has_vectors(path), read_facts(path)) == (False, {})
        with pytest.raises(DataError, match=f"{path.name} cannot be read"):
            read_vectors(path)


def test_a_missing_vector_is_of_missing_numbers(tmp_path: Path) -> None:
    column = pa.array([[1, 2], None, [3, 4]], pa.list_(pa.float32(), 2))
    pq.write_table(pa.table({"embedding": column}), tmp_path / "t.parquet")
    rows = read_vectors(tmp_path / "t.parquet")
    expected = np.array([[1, 2], [np.nan, np.nan], [3, 4]], np.float16)
    np.testing.assert_array_equal(rows, expected)
