"""Posts made for tests, files of them, and a stand-in for Reddit to collect from."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from src.config import settings
from src.gallery.forum import Forum
from src.reddit.run_parts import PostsFolder
from tests.reddit.collecting import read_tree, run

Write = Callable[..., Path]


def submission(name: str = "1a", **said: Any) -> dict[str, Any]:
    """A post as dumps have it, which the shipped recipe takes for ink."""
    return {
        "id": name,
        "title": "Night, me, pen and ink, 2019",
        "url": f"https://i.redd.it/{name:0>13}.jpg",
        "subreddit": "Art",
        "selftext": "",
        "created_utc": 1_560_000_000 + int(name, 36),
        "score": 12,
        "upvote_ratio": 0.9,
        "over_18": False,
        "is_self": False,
        "author": "someone",
        **said,
    }


def as_lines(posts: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(post).encode() + b"\n" for post in posts)


@pytest.fixture
def dump(tmp_path: Path) -> Write:
    """A function that writes posts, or any text, as a dump."""

    def write(posts: Iterable[Mapping[str, Any]] | bytes, name: str = "dump.zst") -> Path:
        text = posts if isinstance(posts, bytes) else as_lines(posts)
        path = tmp_path / name
        path.write_bytes(zstd.compress(text) if name.endswith(".zst") else text)
        return path

    return write


@pytest.fixture(scope="session")
def one_forum() -> Iterator[Forum]:
    with Forum("--posts", "400", "--pictures", "plain") as forum:
        yield forum


@pytest.fixture
def forum(one_forum: Forum) -> Iterator[Forum]:
    """A stand-in without faults; those that a test switches on are off again behind it."""
    yield one_forum
    one_forum.switch(latency_ms=0)


@pytest.fixture
def folder(tmp_path: Path) -> PostsFolder:
    return PostsFolder(tmp_path / "raw" / "medium")


@pytest.fixture(scope="session")
def calm(one_forum: Forum, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed run leaves behind."""
    folder = PostsFolder(tmp_path_factory.mktemp("calm") / "medium")
    assert run(one_forum, folder).exit_code == 0
    return read_tree(folder)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait for no answer longer than half a second, and for no host longer than two."""
    monkeypatch.setenv("ARTLENS_TIMEOUT_S", "0.5")
    monkeypatch.setenv("ARTLENS_PATIENCE_S", "2")
    settings.cache_clear()
    yield
    settings.cache_clear()
