"""A stand-in for Reddit, and folders to collect into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from src.config import settings
from src.gallery.forum import Forum
from src.reddit.run_parts import PostsFolder
from tests.reddit.collecting import read_tree, run


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
