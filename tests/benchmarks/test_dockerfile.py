from pathlib import Path, PurePosixPath

import pytest

from benchmarks.container.build import Builder, Image
from benchmarks.container.dockerfile import (
    Instruction,
    context_files,
    is_ignored,
    read_dockerfile,
    read_ignore,
)

PATTERNS = ["/*", "!/src", "!/models", "/models/*", "!/models/color", "**/__pycache__"]


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("src/models/duels.py", False),
        ("models/color/model.json", False),
        ("models/other/model.json", True),
        ("README.md", True),
        (".git/config", True),
        ("src/__pycache__/cli.pyc", True),
        ("src/models/__pycache__/task.pyc", True),
        ("deep/src/cli.py", True),
    ],
)
def test_last_matching_pattern_decides(path: str, ignored: bool) -> None:
    assert is_ignored(PurePosixPath(path), PATTERNS) is ignored


def test_comments_and_continued_lines() -> None:
    text = "# why\nFROM debian AS base\n\nRUN one && \\\n    # not this\n    two\n"
    assert read_dockerfile(text) == [
        Instruction("FROM", {}, "debian AS base"),
        Instruction("RUN", {}, "one &&      two"),
    ]
    assert read_ignore("# why\n\n/*\n!/src\n") == ["/*", "!/src"]


def make_context(folder: Path) -> None:
    for name in ("a.txt", "b.txt", "src/c.py", "src/deep/d.py", "secret.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / ".dockerignore").write_text("/secret.txt\n/.dockerignore\n")


def test_context_is_what_is_not_ignored(tmp_path: Path) -> None:
    make_context(tmp_path)
    names = [str(path) for path in context_files(tmp_path)]
    assert names == ["a.txt", "b.txt", "src/c.py", "src/deep/d.py"]


def test_steps_of_two_stages(tmp_path: Path) -> None:
    for name in ("context", "debian", "work"):
        (tmp_path / name).mkdir()
    make_context(tmp_path / "context")
    image = Builder(tmp_path / "debian", tmp_path / "context", tmp_path / "work").build(
        """
        FROM debian:slim AS build
        WORKDIR /build
        COPY a.txt b.txt ./
        COPY src src
        FROM debian:slim
        COPY --from=build /build /app
        ENV PATH=/opt/bin:$PATH MODE=quick
        WORKDIR /app
        USER 10001:10001
        EXPOSE 9797
        HEALTHCHECK --timeout=3s CMD ["true"]
        ENTRYPOINT ["python", "main.py"]
        """
    )
    root = image.root
    found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    assert found == ["app/a.txt", "app/b.txt", "app/src/c.py", "app/src/deep/d.py"]
    assert (image.workdir, image.user) == ("/app", "10001:10001")
    assert (image.command, image.healthcheck) == (["python", "main.py"], ["true"])
    assert image.env["PATH"].startswith("/opt/bin:/usr/local/sbin:")
    assert image.env["MODE"] == "quick"
    assert list((tmp_path / "debian").iterdir()) == []


def test_what_is_ignored_cannot_be_copied(tmp_path: Path) -> None:
    make_context(tmp_path)
    (tmp_path / "debian").mkdir()
    builder = Builder(tmp_path / "debian", tmp_path, tmp_path / "work")
    (tmp_path / "work").mkdir()
    with pytest.raises(FileNotFoundError, match="COPY finds nothing"):
        builder.build("FROM debian\nCOPY secret.txt ./")


def test_unknown_instruction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such instruction"):
        Image(tmp_path).set("ONBUILD", "RUN true")
