"""Build the image by hand where there is no container engine, run it, and look at it.

    debootstrap --variant=minbase --include=ca-certificates,python3-venv,python-is-python3 \
        bookworm DEBIAN
    python -m benchmarks.container DEBIAN

Every instruction of the Dockerfile is carried out as it stands, in copies of that Debian root,
which takes the place of the official image of Python. Needs Linux and root; the exit code is 1 when
a figure falls short.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.container.build import Builder, Image
from benchmarks.container.run import Container, run_container
from benchmarks.service.client import Client
from benchmarks.service.pictures import photographs, thumbnails
from benchmarks.soak.figure import Figure
from src.config import PACKAGE_ROOT

START_LIMIT_S: Final = 2.5
_CHECKOUT: Final = PACKAGE_ROOT.parent
_OWN: Final = ("app", "opt/artlens")
_NO_CAPABILITY: Final = "0000000000000000"


def measure_image(image: Image) -> Iterator[Figure]:
    """Look at what the image holds."""
    site = next((image.root / "opt/artlens/lib").glob("python3*/site-packages"))
    found = {_package_name(path) for path in site.glob("*.dist-info")}
    lock = json.loads((_CHECKOUT / "Pipfile.lock").read_text(encoding="utf-8"))
    files = [file for part in _OWN for file in (image.root / part).rglob("*")]
    yield Figure(
        "container, packages",
        f"{len(found)}, with code and model {sum(f.lstat().st_size for f in files) / 1e6:.0f} MB",
        f"the {len(lock['service'])} that are locked for the service, and no other",
        found == set(lock["service"]),
    )


def measure_container(container: Container) -> Iterator[Figure]:
    """Look at how the running image is confined, and ask it."""
    yield Figure(
        "container, start to ready",
        f"{container.server.start_s:.2f} s on the port it was given",
        f"less than {START_LIMIT_S:g} s",
        container.server.start_s < START_LIMIT_S,
    )
    status = container.status()
    user, capabilities = status["Uid"].split()[0], status["CapEff"]
    read_only = container.is_read_only()
    yield Figure(
        "container, confined",
        f"user {user}, capabilities {capabilities}, root {'read-only' if read_only else 'open'}",
        "not user 0, none, read-only",
        user != "0" and capabilities == _NO_CAPABILITY and read_only,
    )
    for name, (picture,) in {"218 x 218": thumbnails(1), "3000 x 2250": photographs(1)}.items():
        with Client(container.server.port) as client:
            code, answer = client.post(picture)
        said = f"{code}, {answer.get('label', answer)}"
        yield Figure(f"container, a picture of {name}", said, "200", code == 200)
    yield from measure_end(container, "container")


def measure_end(container: Container, name: str) -> Iterator[Figure]:
    """Ask it for its health, stop it, and ask again."""
    well = container.healthcheck()
    ended = container.stop()
    gone = container.healthcheck()
    yield Figure(
        f"{name}, health check and stop",
        f"health {well} while it runs, exit code {ended} when asked to stop, health {gone} after",
        "0, 0, 1",
        (well, ended, gone) == (0, 0, 1),
    )


def _package_name(dist_info: Path) -> str:
    return dist_info.name.partition("-")[0].replace("_", "-").lower()


def main(arguments: list[str]) -> int:
    """Build, run and measure; return the exit code."""
    debian = Path(arguments[0]) if len(arguments) == 1 else None
    if debian is None or not (debian / "usr/bin/python").exists() or os.geteuid() != 0:
        print(
            "error: give one Debian root made by debootstrap, and be root; "
            "`head -9 benchmarks/container/__main__.py` shows how",
            file=sys.stderr,
        )
        return 2
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="container-") as folder:
        image = Builder(debian.resolve(), _CHECKOUT, Path(folder)).build(
            (_CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
        )
        figures += measure_image(image)
        with run_container(image, Path(folder) / "log.txt") as container:
            figures += measure_container(container)
        options = ("--workers", "2")
        with run_container(image, Path(folder) / "log.txt", *options, tmpfs=True) as container:
            figures += measure_end(container, "container with 2 workers and /tmp")
    print(*figures, sep="\n")
    return int(not all(figure.holds for figure in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
