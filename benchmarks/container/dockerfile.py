"""What a Dockerfile and a .dockerignore say, as far as this project's use them."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final

_BLANK: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step: its word in capitals, its ``--options``, and the rest of it."""

    word: str
    options: dict[str, str]
    rest: str


def read_dockerfile(text: str) -> list[Instruction]:
    r"""Return the instructions of a Dockerfile, continued lines joined, comments left out.

    Examples
    --------
    >>> read_dockerfile("# why\nCOPY --from=build \\\n    /app /app\n")
    [Instruction(word='COPY', options={'from': 'build'}, rest='/app /app')]
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [_instruction(line.strip()) for line in joined.splitlines() if line.strip()]


def read_ignore(text: str) -> list[str]:
    """Return the patterns of a .dockerignore, comments and empty lines left out."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def is_ignored(path: PurePosixPath, patterns: Sequence[str]) -> bool:
    """Tell whether a path of the context is kept from the builder: the last match decides.

    Parameters
    ----------
    path : PurePosixPath
        Relative to the top of the context.
    patterns : sequence of str
        Of a .dockerignore. One that starts with ``!`` lets in again, and ``**/`` means at any
        depth; every other one is anchored. What holds for a folder holds for all in it.

    Examples
    --------
    >>> is_ignored(PurePosixPath("models/old.skops"), ["/models/*", "!/models/color"])
    True
    >>> is_ignored(PurePosixPath("src/models/duels.py"), ["/models/*", "!/models/color"])
    False
    """
    ignored = False
    for pattern in patterns:
        if _matches(path, pattern.removeprefix("!")):
            ignored = not pattern.startswith("!")
    return ignored


def context_files(folder: Path) -> list[PurePosixPath]:
    """Return the files of a folder that the builder gets to see, relative to it."""
    patterns = read_ignore((folder / ".dockerignore").read_text(encoding="utf-8"))
    found: list[PurePosixPath] = []
    for root, folders, files in os.walk(folder):
        here = PurePosixPath(Path(root).relative_to(folder).as_posix())
        # What is left out is large (environments, caches), and lets nothing in again.
        folders[:] = [name for name in folders if not is_ignored(here / name, patterns)]
        found += [here / name for name in files if not is_ignored(here / name, patterns)]
    return sorted(found)


def _instruction(line: str) -> Instruction:
    word, *rest = _BLANK.split(line, maxsplit=1)
    words, options = rest[0] if rest else "", {}
    while words.startswith("--"):
        option, words = _BLANK.split(words, maxsplit=1)
        name, _, value = option.removeprefix("--").partition("=")
        options[name] = value
    return Instruction(word.upper(), options, words)


def _matches(path: PurePosixPath, pattern: str) -> bool:
    parts = [part for part in pattern.split("/") if part]
    starts = range(len(path.parts)) if parts[0] == "**" else range(1)
    parts = parts[1:] if parts[0] == "**" else parts
    return any(_begins(path.parts[start:], parts) for start in starts)


def _begins(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    pairs = zip(parts, patterns, strict=False)
    return len(parts) >= len(patterns) and all(fnmatchcase(part, one) for part, one in pairs)
