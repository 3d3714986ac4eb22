"""The commands as people run them, in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from src.config import PACKAGE_ROOT
from src.gallery.forum import Forum
from src.reddit.run_parts import PostsFolder
from tests.reddit.collecting import RECIPE, is_consistent, read_tree

Done = "subprocess.CompletedProcess[str]"


class Shell:
    """Runs commands on one data folder."""

    def __init__(self, data: Path, recipe: Path, url: str) -> None:
        self.data, self.url = data, url
        self.recipe = ("--recipe", str(recipe), "--site", url)
        self.folder = PostsFolder(data / "raw" / "medium")

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "src", "collect", *words],
            cwd=PACKAGE_ROOT.parent,
            env=os.environ | {"ARTLENS_DATA_DIR": str(self.data)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def shell(tmp_path: Path, forum: Forum) -> Shell:
    (tmp_path / "few.toml").write_text(RECIPE.replace("15", "4"))
    return Shell(tmp_path / "data", tmp_path / "few.toml", forum.url)


def test_damage_is_found_and_mended(shell: Shell) -> None:
    done = shell("reddit", *shell.recipe)
    assert done.returncode == 0, done.stderr
    assert "digital: 8 of 8 pictures stored" in done.stdout
    assert "Warning" not in done.stderr
    assert shell("status").stdout == done.stdout
    tree = read_tree(shell.folder)
    first, second, *_ = sorted(shell.folder.images.iterdir())
    first.write_bytes(b"scratched")
    second.unlink()
    found = shell("verify", "--format", "json")
    assert found.returncode == 1
    reasons = {entry["filename"]: entry["reason"] for entry in json.loads(found.stdout)["findings"]}
    assert reasons == {first.name: "changed", second.name: "missing"}
    assert shell("reddit", *shell.recipe).returncode == 1
    assert shell("reddit", *shell.recipe, "--retry-failed").returncode == 0
    assert read_tree(shell.folder) == tree
    assert shell("verify").returncode == 0


def test_a_table_alone_brings_the_same_pictures_back(shell: Shell, forum: Forum) -> None:
    assert shell("reddit", *shell.recipe).returncode == 0
    command = ("rebuild", str(shell.folder.manifest), "--site", shell.url)
    forum.switch("html:on=image,share=0.5")
    failed = shell(*command, "--dataset", "other")
    assert failed.returncode == 0
    assert "html" in failed.stdout
    forum.switch()
    assert shell(*command).returncode == 0
    other = PostsFolder(shell.data / "raw" / "rebuilt")
    assert other.manifest.read_bytes() == shell.folder.manifest.read_bytes()
    assert is_consistent(other)
    several = shell("status")
    assert several.returncode == 2
    assert "several data sets were collected" in several.stderr


def test_what_makes_no_sense_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "dump.ndjson").write_text('{"id": "a"}\n')
    refusals = {
        ("status",): "nothing was collected here",
        ("reddit", "--listing", "worst"): "no such listing",
        ("reddit", "--listing", "search"): "--listing search and --query belong together",
        ("reddit", str(tmp_path / "dump.ndjson")): "add --live to fetch them",
        ("reddit", "--site", "https://example.org"): "add --live to contact it",
        ("rebuild", str(tmp_path / "dump.ndjson"), "--posts", "9"): "not a table of collected",
        ("rebuild", str(tmp_path / "dump.ndjson")): "are on other machines",
    }
    for words, told in refusals.items():
        done = shell(*words)
        assert done.returncode == 2, words
        assert done.stderr.startswith("error: ")
        assert told in done.stderr
        assert "Traceback" not in done.stderr
