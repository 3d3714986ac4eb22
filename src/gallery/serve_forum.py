"""``artlens gallery forum``: the stand-in for Reddit on a local port."""

from pathlib import Path
from typing import Annotated

import cv2
import typer

from ..edges import command_edge
from ..errors import ConfigError
from .faults import FORUM_FAULTS, REPLY_FAULTS, Switchboard, describe_faults, parse_fault
from .forum_posts import Posts
from .forum_site import PICTURES, ForumSite
from .http_server import SiteServer, VisitLog, serve_until
from .serve_gallery import Host, Latency, Log, Port, UntilStdinCloses

FAULT_HELP = describe_faults({**FORUM_FAULTS, **REPLY_FAULTS})


@command_edge
def serve(  # noqa: PLR0913  # one parameter per option
    host: Host = "127.0.0.1",
    port: Port = 0,
    subreddit: Annotated[
        list[str] | None, typer.Option(help="Art by default; may be repeated.")
    ] = None,
    posts: Annotated[int, typer.Option(help="How many each subreddit has.", min=0)] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed, other posts.", min=0)] = 0,
    pictures: Annotated[str, typer.Option(help="painted, or plain: quick, for measuring.")] = (
        "painted"
    ),
    latency_ms: Latency = 0.0,
    fault: Annotated[list[str] | None, typer.Option(help=FAULT_HELP)] = None,
    log: Log = Path("/dev/null"),
    until_stdin_closes: UntilStdinCloses = False,
) -> None:
    """Serve a stand-in for Reddit; its address is the first line on standard output."""
    if pictures not in PICTURES:
        raise ConfigError(f"no such pictures ({pictures!r}); give {' or '.join(PICTURES)}")
    # There is a thread for each connection already.
    cv2.setNumThreads(1)
    subreddits = [Posts(name, posts, seed) for name in subreddit or ["Art"]]
    site = ForumSite(subreddits, seed, PICTURES[pictures])
    board = Switchboard(seed, map(parse_fault, fault or ()))
    with (
        VisitLog(log) as visits,
        SiteServer((host, port), site, board, visits.write, latency_ms / 1000) as server,
    ):
        serve_until(server, stdin_closes=until_stdin_closes)


if __name__ == "__main__":
    typer.run(serve)
