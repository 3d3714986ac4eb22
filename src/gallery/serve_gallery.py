"""``artlens gallery serve``: the built-in museum on a local port."""

from pathlib import Path
from typing import Annotated

import cv2
import typer

from ..edges import command_edge
from ..errors import ConfigError
from .faults import PAGE_FAULTS, REPLY_FAULTS, Switchboard, describe_faults, parse_fault
from .http_server import SiteServer, VisitLog, serve_until
from .replies import Site
from .thumbnails import THUMBNAILS
from .works import Catalogue, parse_totals

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="0 takes a free port.", min=0, max=65535)]
Latency = Annotated[float, typer.Option(help="Passes before each reply.", min=0)]
Log = Annotated[Path, typer.Option(help="Append each request as a line of JSON.")]
UntilStdinCloses = Annotated[bool, typer.Option(help="End with the process at stdin.")]
FAULT_HELP = describe_faults({**PAGE_FAULTS, **REPLY_FAULTS})


@command_edge
def serve(  # noqa: PLR0913  # one parameter per option
    host: Host = "127.0.0.1",
    port: Port = 0,
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
    latency_ms: Latency = 0.0,
    fault: Annotated[list[str] | None, typer.Option(help=FAULT_HELP)] = None,
    log: Log = Path("/dev/null"),
    until_stdin_closes: UntilStdinCloses = False,
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
        SiteServer((host, port), site, board, visits.write, latency_ms / 1000) as server,
    ):
        serve_until(server, stdin_closes=until_stdin_closes)


if __name__ == "__main__":
    typer.run(serve)
