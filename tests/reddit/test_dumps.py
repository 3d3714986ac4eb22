"""Posts of files, of which those of other subreddits are passed over without a mistake."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.errors import DataError
from src.reddit import dumps
from src.reddit.dumps import read_batches, read_ids
from src.reddit.lines import Block
from src.reddit.posts import Post, post_of
from tests.reddit.conftest import Write, as_lines, submission


def posts_of(path: Path, *subreddits: str) -> list[Post]:
    return [post for batch in read_batches(path, subreddits) for post in batch.posts]


@pytest.mark.parametrize("name", ["a.zst", "a.ndjson", "a.jsonl", "a"])
def test_dumps_of_all_kinds_give_their_posts(dump: Write, name: str) -> None:
    made = [submission("1a"), submission("2b")]
    assert posts_of(dump(made, name)) == [post_of(post) for post in made]


def test_a_list_as_json_gives_its_posts(dump: Write) -> None:
    made = [submission("1a"), submission("2b")]
    for text in (json.dumps(made), json.dumps(made, indent=1)):
        assert posts_of(dump(text.encode(), "list.json")) == [post_of(post) for post in made]


def test_marks_line_ends_and_empty_lines_are_nothing(dump: Write) -> None:
    text = b"\xef\xbb\xbf" + as_lines([submission("1a"), submission("2b")])
    odd = text.replace(b"\n", b"\r\n\r\n").rstrip()
    found = [batch for batch in read_batches(dump(odd, "a.ndjson"))]
    assert [post.id for batch in found for post in batch.posts] == ["1a", "2b"]
    assert not any(batch.unreadable for batch in found)


def test_a_line_that_is_no_post_is_counted(dump: Write) -> None:
    lines = as_lines([submission("1a")]) + b'{"id": "2b", "tit\n' + as_lines([submission("3c")])
    (first, *rest) = read_batches(dump(lines))
    batches = [first, *rest]
    assert sum(batch.unreadable for batch in batches) == 1
    assert [post.id for batch in batches for post in batch.posts] == ["1a", "3c"]


@pytest.mark.parametrize("name", ["a.zst", "a.ndjson"])
def test_a_half_last_line_is_told_but_a_whole_one_is_read(dump: Write, name: str) -> None:
    lines = as_lines([submission("1a"), submission("2b")])
    assert [post.id for post in posts_of(dump(lines[:-1], name))] == ["1a", "2b"]
    with pytest.raises(DataError, match="without its end .*after 1 posts"):
        posts_of(dump(lines[:-5], name))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"id,title\n1a,Night\n", "begins with b'id,title"),
        (b'{\n "id": "1a"\n}\n', "its first line is none"),
        (b"[1, 2]", "no list of posts"),
        (b'[{"id": "1a"}', "no list of posts"),
        (b"PK\x03\x04", "no dump of posts"),
    ],
)
def test_what_is_no_dump_is_refused(dump: Write, text: bytes, what: str) -> None:
    with pytest.raises(DataError, match=what):
        posts_of(dump(text, "a.ndjson"))


def test_a_list_that_is_too_long_is_refused(dump: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "_LARGEST_LIST", 100)
    with pytest.raises(DataError, match="a list that is too long"):
        posts_of(dump(json.dumps([submission("1a")]).encode(), "a.json"))


def test_of_other_subreddits_only_the_ids_are_read(dump: Write) -> None:
    names = [f"{number}z" for number in range(1, 3000)]
    made = [submission(name, subreddit="pics" if name[-2] != "7" else "aRt") for name in names]
    batches = list(read_batches(dump(made), ["Art"]))
    passed = [name for batch in batches for name in batch.others]
    read = [post for batch in batches for post in batch.posts]
    assert sorted(passed + [post.id for post in read]) == sorted(names)
    assert len(passed) > 1000
    assert {post.id for post in read if post.subreddit == "aRt"} == {
        name for name in names if name[-2] == "7"
    }


VALUES = st.sampled_from(
    ["Art", "art", "pics", "", None, 5, ["Art"], {"subreddit": "Art"}, 'a"subreddit":"Art']
)
ENCODED = st.sampled_from(
    [
        json.dumps,
        lambda post: json.dumps(post, separators=(",", ":")),
        lambda post: json.dumps(post).replace("Art", "\\u0041rt").replace("subr", "\\u0073ubr"),
        lambda post: json.dumps(post)[:-3],
        lambda post: "",
    ]
)


@given(st.lists(st.tuples(VALUES, VALUES, ENCODED), max_size=12))
def test_no_post_of_the_subreddit_is_passed_over(made: list[tuple[Any, Any, Any]]) -> None:
    """Whatever stands where: what is passed over would be refused if it were read as a whole."""
    posts = [
        encode({"id": f"{number}", "subreddit": name, "crosspost_parent_list": [{"subreddit": of}]})
        for number, (name, of, encode) in enumerate(made)
    ]
    data = "".join(f"{post}\n" for post in posts).encode()
    reader = dumps._LineReader(Path("x"), ["Art"], sized=True)
    some, every = reader._read_some(data), reader._read_all(data)
    assert some.unreadable == every.unreadable
    passed = {post.id: post for post in every.posts if post.id in some.others}
    assert [post for post in every.posts if post.id not in passed] == some.posts
    assert not {post.subreddit.lower() for post in passed.values()} & {"art", ""}


def test_as_soon_as_much_is_wanted_all_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "_FIRST", 5)
    block = Block(as_lines([submission("1a"), submission("2b", subreddit="pics")]))
    rare = Block(as_lines([submission("1a", subreddit="pics")] * 5))
    for blocks, passed in (([block] * 3, [0, 0, 0]), ([rare, rare, block], [0, 5, 1])):
        reader = dumps._LineReader(Path("x"), ["Art"], sized=True)
        assert [len(batch.others) for batch in reader.read(blocks)] == passed


def test_ids_are_read_from_lines_and_lists(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    for text in ("t3_1a\n2b\r\n\n1a\n", '["1a", "t3_2b"]'):
        path.write_text(text)
        assert read_ids(path) == ["1a", "2b"]
    path.write_text("1a\nhttps://redd.it/2b\n")
    with pytest.raises(DataError, match="the 2th: 'https://redd.it/2b'"):
        read_ids(path)
