"""``artlens gallery serve``: the built-in museum on a local port."""

import os
import sys
from pathlib import Path
from threading import Thread
from typing import Annotated

import cv2
import typer

from ..edges import command_edge
from ..errors import ConfigError
from .faults import FAULTS, Switchboard, parse_fault
from .http_server import MuseumServer, VisitLog
from .replies import Site
from .thumbnails import THUMBNAILS
from .works import Catalogue, parse_totals

FAULT_HELP = (
    "NAME[:KEY=VALUE,...], may be repeated; keys: on, share, value, after, first, each. "
    + ("; ".join(f"{name}: {recipe.text}" for name, recipe in FAULTS.items()))
)


@command_edge
def serve(  # noqa: PLR0913  # one parameter per option
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free port.", min=0, max=65535)] = 0,
    works: Annotated[
        str, typer.Option(help="Works per colour: a number, 'published', or RED=60,BLUE=45.")
    ] = "60",
    shared: Annotated[
        int, typer.Option(help="So many works of a colour hang under the next one too.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help="Another seed, other works.")] = 0,
    thumbnails: Annotated[
        str, typer.Option(help="painted, or plain: quick, for measuring.")
    ] = "painted",
    latency_ms: Annotated[float, typer.Option(help="Passes before each reply.", min=0)] = 0.0,
    fault: Annotated[list[str] | None, typer.Option(help=FAULT_HELP)] = None,
    log: Annotated[Path, typer.Option(help="Append each request as a line of JSON.")] = Path(
        "/dev/null"
    ),
    until_stdin_closes: Annotated[
        bool, typer.Option(help="End with the process at stdin.")
    ] = False,
) -> None:
    """Serve the built-in museum; its address is the first line on standard output."""
    if thumbnails not in THUMBNAILS:
        raise ConfigError(f"no such thumbnails ({thumbnails!r}); give {' or '.join(THUMBNAILS)}")
    # There is a thread for each connection already.
    cv2.setNumThreads(1)
    site = Site(Catalogue(parse_totals(works), seed, shared), seed, THUMBNAILS[thumbnails])
    board = Switchboard(seed, map(parse_fault, fault or ()))
    with (
        VisitLog(log) as visits,
        MuseumServer((host, port), site, board, visits.write, latency_ms / 1000) as server,
    ):
        print(server.url, flush=True)
        if until_stdin_closes:
            Thread(target=_leave_after_stdin, daemon=True).start()
        server.serve_forever(poll_interval=0.05)


def _leave_after_stdin() -> None:
    """Wait for the end of standard input, which comes when whoever holds it open is gone.

    The process leaves at once: a thread that is still at a picture would abort an orderly end.
    """
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    typer.run(serve)
