"""Carry out a Dockerfile in plain Debian roots: every step as it stands, in a chroot."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from string import Template
from typing import Final

from benchmarks.container.dockerfile import Instruction, context_files, read_dockerfile

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Which server gives names, and whose certificates and packages are believed, is each machine's own
# matter; an engine hands that to its builds too. The finished image keeps none of it.
_NETWORK_FILES: Final = (
    "/etc/resolv.conf",
    "/etc/pip.conf",
    "/etc/ssl/certs/ca-certificates.crt",
)


@dataclass(slots=True)
class Image:
    """A stage: its root folder, and what the instructions so far have set."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    workdir: str = "/"
    user: str = "0:0"
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)

    def inside(self, path: str) -> Path:
        """Return where a path of the image lies on this machine."""
        return self.root / (PurePosixPath(self.workdir) / path).relative_to("/")

    def set(self, word: str, value: str) -> None:
        """Carry out an instruction that sets something for those after it, or for the run."""
        match word:
            case "WORKDIR":
                self.workdir = str(PurePosixPath(self.workdir) / value)
                self.inside(".").mkdir(parents=True, exist_ok=True)
            case "ENV":
                pairs = (item.partition("=") for item in shlex.split(value))
                self.env |= {n: Template(v).safe_substitute(self.env) for n, _, v in pairs}
            case "USER":
                self.user = value
            case "ENTRYPOINT":
                self.command = json.loads(value)
            case "HEALTHCHECK":
                self.healthcheck = json.loads(value.removeprefix("CMD "))
            case "EXPOSE":
                pass
            case _:
                raise ValueError(f"no such instruction ({word}); this builder knows fewer")


@dataclass(slots=True)
class Builder:
    """Carries out instructions.

    Attributes
    ----------
    debian : Path
        Root that every image from elsewhere (``FROM python:...``) stands for.
    context : Path
        Folder with what is copied.
    work : Path
        Where the stages' roots go.
    """

    debian: Path
    context: Path
    work: Path
    stages: dict[str, Image] = field(default_factory=dict)

    def build(self, dockerfile: str) -> Image:
        """Carry out all instructions; return the last stage."""
        image = Image(self.debian)
        for instruction in read_dockerfile(dockerfile):
            if instruction.word == "FROM":
                image = self._start_stage(instruction.rest)
            else:
                self._carry_out(instruction, image)
        return image

    def _start_stage(self, words: str) -> Image:
        source, _, name = words.partition(" AS ")
        before = self.stages.get(source, Image(self.debian))
        root = self.work / (name or "final")
        # Roots are copied with their few device nodes; nothing is mounted in them.
        subprocess.run(["cp", "-a", before.root, root], check=True)
        image = Image(root, dict(before.env), before.workdir, before.user)
        self.stages[name or "final"] = image
        return image

    def _carry_out(self, instruction: Instruction, image: Image) -> None:
        match instruction.word:
            case "COPY":
                words = shlex.split(instruction.rest)
                self._copy(words, instruction.options.get("from"), image)
            case "RUN":
                _run(instruction.rest, image)
            case word:
                image.set(word, instruction.rest)

    def _copy(self, words: Sequence[str], stage: str | None, image: Image) -> None:
        *sources, target = words
        for source in sources:
            into = image.inside(target)
            if stage is not None:
                origin = self.stages[stage].root / source.lstrip("/")
                subprocess.run(["cp", "-aT", origin, into], check=True)
            else:
                self._copy_from_context(PurePosixPath(source), into, target.endswith("/"))

    def _copy_from_context(self, source: PurePosixPath, into: Path, is_folder: bool) -> None:
        files = [path for path in context_files(self.context) if path.is_relative_to(source)]
        if not files:
            raise FileNotFoundError(f"COPY finds nothing ({source}); is it in .dockerignore?")
        for file in files:
            within = PurePosixPath(source.name) if file == source and is_folder else None
            place = into / (within or file.relative_to(source))
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.context / file, place)


def chroot_command(image: Image, command: Sequence[str], extra: Mapping[str, str]) -> list[str]:
    """Return what runs a command in an image as its user, with no capability and no way to get one.

    Parameters
    ----------
    image : Image
        Whose environment and user hold.
    command : sequence of str
        What to run.
    extra : Mapping of str to str
        Further environment variables, as given with ``docker run --env``.
    """
    user, _, group = image.user.partition(":")
    drop = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
    drop += ["--bounding-set=-all", "--inh-caps=-all"]
    env = [f"{name}={value}" for name, value in {**image.env, **extra}.items()]
    inside = ["env", "-i", f"--chdir={image.workdir}", *env, *command]
    return ["chroot", str(image.root), *drop, *inside]


def _run(script: str, image: Image) -> None:
    """Run a step as its stage's user, with the machine's own ways into the network."""
    kept = _lend_network(image.root)
    try:
        subprocess.run(
            ["chroot", str(image.root), "/bin/sh", "-ec", f"cd {image.workdir}; {script}"],
            env={**image.env, **{n: v for n, v in os.environ.items() if n.startswith("PIP_")}},
            check=True,
        )
    finally:
        _take_back(kept)


def _lend_network(root: Path) -> dict[Path, bytes | None]:
    """Put the machine's files in the place of the root's own; return what stood there."""
    kept: dict[Path, bytes | None] = {}
    for name in _NETWORK_FILES:
        if Path(name).is_file():
            place = root / name.lstrip("/")
            kept[place] = place.read_bytes() if place.is_file() else None
            shutil.copyfile(name, place)
    return kept


def _take_back(kept: Mapping[Path, bytes | None]) -> None:
    for place, content in kept.items():
        if content is None:
            place.unlink()
        else:
            place.write_bytes(content)
