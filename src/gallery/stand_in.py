"""A stand-in as a process of its own, for tests, benchmarks and the demonstration."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, ClassVar, Self, cast
from urllib.request import Request, urlopen

from ..errors import ConfigError
from .http_server import SWITCHES_PATH, Visit, read_visits


class StandIn:
    """Runs a site on a free port while a ``with`` block lasts.

    Parameters
    ----------
    *options : str
        As for the command that serves it: ``"--latency-ms", "20"``.

    Attributes
    ----------
    url : str
        ``http://127.0.0.1:PORT``.

    Raises
    ------
    ConfigError
        If it does not start; its own words stand on standard error.
    """

    called: ClassVar[str]
    module: ClassVar[str]

    def __init__(self, *options: str) -> None:
        self._options = options
        self.url = ""

    def __enter__(self) -> Self:
        """Start the process and wait for its address."""
        self._folder = tempfile.TemporaryDirectory(prefix="stand-in-")
        self._log = Path(self._folder.name) / "visits.jsonl"
        command = [sys.executable, "-m", f"{__package__}.{self.module}", *self._options]
        command += ["--port", "0", "--log", str(self._log), "--until-stdin-closes"]
        # The open pipe ties the site's life to this process, however that one ends.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        )
        self.url = cast(IO[str], self._process.stdout).readline().strip()
        if not self.url:
            self.__exit__()
            raise ConfigError(
                f"{self.called} did not start (exit code {self._process.returncode}); "
                f"check its options: {' '.join(self._options)}"
            )
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop the process and forget its log."""
        self._process.communicate()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def switch(self, *faults: str, latency_ms: float | None = None) -> None:
        """Put these faults in the place of all that are on; none switches every fault off.

        Raises
        ------
        urllib.error.HTTPError
            If the site does not know a fault.
        """
        wanted = {"faults": faults, "latency_ms": latency_ms}
        urlopen(Request(self.url + SWITCHES_PATH, json.dumps(wanted).encode()), timeout=10).close()

    def visits(self, kind: str | None = None) -> list[Visit]:
        """Return what was asked so far, oldest first: all of it, or one kind of request."""
        return [visit for visit in read_visits(self._log) if kind in (None, visit.kind)]
