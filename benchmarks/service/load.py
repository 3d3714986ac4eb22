"""Load from Debian's generator, wrk: uploads of pictures over so many connections at once."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from src.errors import ConfigError

SCRIPT: Final = Path(__file__).with_name("upload.lua")
_BOUNDARY: Final = "picture-0123456789abcdef"
CONTENT_TYPE: Final = f"multipart/form-data; boundary={_BOUNDARY}"
# wrk counts an answer as late from here on; it waits for it all the same.
_LATE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back while the load lasted.

    Attributes
    ----------
    requests : int
        All that were answered, refused ones (status 400 and above) among them.
    refused, failed, late : int
        Refused; broken off; answered after more than a minute.
    seconds : float
        How long the load lasted.
    p50_ms, p99_ms : float
        Time from the first byte sent to the last one received, in milliseconds.
    """

    requests: int
    refused: int
    failed: int
    late: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        """Pictures classified in a second."""
        return (self.requests - self.refused) / self.seconds


@dataclass(frozen=True, slots=True)
class Load:
    """So many connections, each of which sends the next picture when the last is answered."""

    pictures: tuple[bytes, ...]
    connections: int
    seconds: int


def apply_load(load: Load, url: str) -> Answers:
    """Send pictures to an address for a while.

    Raises
    ------
    ConfigError
        If wrk is missing, or cannot reach the address.
    """
    with _running(load, url) as run:
        output, _ = run.communicate()
    if run.returncode:
        raise ConfigError(f"wrk failed ({output.strip()[-200:]}); is {url} reachable?")
    return Answers(**json.loads(output.splitlines()[-1]))


@contextmanager
def background_load(load: Load, url: str) -> Iterator[None]:
    """Keep up a load while a ``with`` block lasts, at most for the load's own time."""
    with _running(load, url) as run:
        try:
            yield
        finally:
            run.terminate()


def multipart_body(picture: bytes, field: str = "file") -> bytes:
    """Return the body of an upload of one picture, with type `CONTENT_TYPE`."""
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + picture + f"\r\n--{_BOUNDARY}--\r\n".encode()


@contextmanager
def _running(load: Load, url: str) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        files = _write_bodies(load.pictures, Path(folder))
        with subprocess.Popen(
            _command(load, url, files), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as run:
            yield run


def _command(load: Load, url: str, files: Sequence[Path]) -> list[str]:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise ConfigError(
            "the load generator wrk is missing (not on PATH); on Debian: apt-get install wrk"
        )
    server, slash, path = url.partition("//")[2].partition("/")
    options = ["--threads", "1", "--connections", str(load.connections)]
    options += ["--duration", f"{load.seconds}s", "--timeout", f"{_LATE_S}s"]
    words = ["--", slash + path, CONTENT_TYPE, *map(str, files)]
    return [wrk, *options, "--script", str(SCRIPT), f"http://{server}", *words]


def _write_bodies(pictures: Sequence[bytes], folder: Path) -> list[Path]:
    files = []
    for number, picture in enumerate(pictures):
        file = folder / f"{number}.body"
        file.write_bytes(multipart_body(picture))
        files.append(file)
    return files
