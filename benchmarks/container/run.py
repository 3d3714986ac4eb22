"""An image at work as ``docker run --read-only --cap-drop ALL`` would have it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks.container.build import Image, chroot_command
from benchmarks.service.servers import Server, free_port, wait_until_ready

# In mount and process namespaces of its own, which vanish with the process: the root read-only,
# and nothing else mounted than the list of processes.
_READ_ONLY: Final = (
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && mount -t proc proc "$0/proc"'
)
_WITH_TMP: Final = ' && mount -t tmpfs tmpfs "$0/tmp"'
# What `docker stop` waits before it kills.
_GRACE_S: Final = 10


@dataclass(frozen=True, slots=True)
class Container:
    """A running image."""

    image: Image
    server: Server
    starter: subprocess.Popen[bytes]

    def status(self) -> dict[str, str]:
        """Return what the kernel says of its first process: ``Uid``, ``CapEff``, ``NoNewPrivs``."""
        lines = Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines()
        pairs = (line.partition(":") for line in lines)
        return {name: value.strip() for name, _, value in pairs}

    def is_read_only(self) -> bool:
        """Tell whether the root of its first process cannot be written."""
        mounts = Path(f"/proc/{self.server.process.pid}/mounts").read_text().splitlines()
        options = [line.split()[3].split(",") for line in mounts if line.split()[1] == "/"]
        return bool(options) and "ro" in options[-1]

    def healthcheck(self) -> int:
        """Return the exit code of the image's own health check."""
        environment = {"PORT": str(self.server.port)}
        command = chroot_command(self.image, self.image.healthcheck, environment)
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.server.process.terminate()
        return self.starter.wait(_GRACE_S)


@contextmanager
def run_container(
    image: Image, log: Path, *options: str, tmpfs: bool = False
) -> Iterator[Container]:
    """Run an image on a free port while a ``with`` block lasts.

    Parameters
    ----------
    image : Image
        As built.
    log : Path
        Where its output goes.
    *options : str
        Added to the image's command.
    tmpfs : bool
        Whether there is a place to write, ``/tmp``, in memory.
    """
    port, start = free_port(), time.monotonic()
    script = _READ_ONLY + (_WITH_TMP if tmpfs else "") + ' && exec "$@"'
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]
    command = chroot_command(image, [*image.command, *options], {"PORT": str(port)})
    with log.open("wb") as out:
        starter = subprocess.Popen([*unshare, str(image.root), *command], stdout=out, stderr=out)
    try:
        wait_until_ready(starter, f"http://127.0.0.1:{port}/readyz")
        (first,) = psutil.Process(starter.pid).children()
        yield Container(image, Server(port, first, time.monotonic() - start), starter)
    finally:
        starter.kill()
        starter.wait()
