import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.data.tag_cells import parse_tags, read_tag_lists, write_tags

# What a tag may be called once it is read; a dash before it tells that it lacks.
NAMES = (
    st.text(min_size=1, max_size=8)
    .map(lambda text: unicodedata.normalize("NFC", text).strip().replace("|", "/").lstrip("-"))
    .filter(lambda name: bool(name) and name == name.strip())
)


@given(st.dictionaries(NAMES, st.booleans(), max_size=4), st.booleans())
def test_what_is_written_is_read_again(said: dict[str, bool], closed: bool) -> None:
    closed = closed and all(said.values())
    assert parse_tags(write_tags(said, closed=closed)) == (said, closed)


@given(st.lists(st.lists(NAMES, max_size=3, unique=True), min_size=1, max_size=4))
def test_lists_of_json_are_all_that_a_picture_has(rows: list[list[str]]) -> None:
    read = read_tag_lists(json.dumps(row) for row in rows)
    assert [parse_tags(cell) for cell in read] == [(dict.fromkeys(row, True), True) for row in rows]


@given(st.lists(st.text(max_size=12), max_size=5))
def test_the_one_form_is_read_as_it_is(cells: list[str]) -> None:
    read = read_tag_lists(cells)
    said = [parse_tags(cell) for cell in read]
    assert [write_tags(dict(tags), closed=closed) for tags, closed in said] == read


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        ([" sea ;sunset", "sea"], ["sea|sunset", "sea"]),
        (["sea, sunset", "sunset"], ["sea|sunset", "sunset"]),
        (["['sea', 'sunset']", "[]"], ["sea|sunset", "|"]),
        ([None, float("nan"), "", "  "], ["", "", "", ""]),
        (["sea|sea|", "|"], ["sea", "|"]),
        (["sea|-fog", "-fog", "sea|-", "-"], ["sea|-fog", "-fog", "sea|-", ""]),
        (["cafe\u0301"], ["caf\u00e9"]),
        (["[not json", "a|b"], ["[not json", "a|b"]),
    ],
)
def test_lists_however_they_are_written(cells: list[object], read: list[str]) -> None:
    assert read_tag_lists(cells) == read
