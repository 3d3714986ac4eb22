from pathlib import Path

import pytest

from src.errors import DataError
from src.reddit.post_tables import read_collected

HEAD = "asset_id,image,medium,filename,sha256,bytes,width,height"
ROW = f"a1,https://i.redd.it/a.jpg,ink,a1.jpg,{'AB' * 32},9,3,3"


def test_a_row_gives_its_key_its_digest_and_all_its_cells(tmp_path: Path) -> None:
    (tmp_path / "pictures.csv").write_text(f"{HEAD}\n{ROW}\n")
    ((key, digest, row),) = read_collected(tmp_path / "pictures.csv")
    assert (key, digest) == ("a1", "ab" * 32)
    assert '"medium": "ink"' in row


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ROW.replace("a1,", "../a1,", 1), "the asset_id is '../a1'"),
        (ROW.replace("AB", "A"), "expected 64 hexadecimal digits"),
        (ROW.replace("https://i.redd.it/a.jpg", ""), "the image is empty"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, row: str, told: str) -> None:
    (tmp_path / "pictures.csv").write_text(f"{HEAD}\n{ROW}\n{row}\n")
    with pytest.raises(DataError, match=r"pictures\.csv:3: ") as caught:
        list(read_collected(tmp_path / "pictures.csv"))
    assert told in str(caught.value)


def test_another_table_is_none(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("name,age\nx,3\n")
    with pytest.raises(DataError, match="not a table of collected pictures"):
        list(read_collected(tmp_path / "other.csv"))
