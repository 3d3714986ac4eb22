import pandas as pd

from src.data.tag_columns import gather_tags


def test_columns_of_yes_and_no_become_one() -> None:
    table = pd.DataFrame(
        {
            "filename": ["a", "b", "c", "d"],
            "sea": [1, 0, 1, 0],
            "fog": ["yes", "", "No", ""],
            "year": ["1901", "1902", "1", "0"],
            "never": ["0", "0", "", ""],
        }
    )
    gathered, columns = gather_tags(table, "tags", {"filename"})
    assert columns == ["sea", "fog"]
    assert gathered["tags"].tolist() == ["fog|sea|-", "-sea", "sea|-fog", "-sea"]
    assert list(gathered) == ["filename", "year", "never", "tags"]


def test_a_column_of_lists_goes_before_columns_of_yes_and_no() -> None:
    table = pd.DataFrame({"sea": ["1", "0"], "tags": ["fog, sea", "fog"]})
    gathered, columns = gather_tags(table, "tags")
    assert columns == []
    assert gathered["tags"].tolist() == ["fog|sea", "fog"]
    assert gathered["sea"].tolist() == ["1", "0"]
