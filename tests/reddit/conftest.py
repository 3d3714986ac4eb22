"""Posts made for tests, and files of them."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

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
