"""Options that all collectors have, and what the real hosts get at most, whatever is asked for.

Settings are read where they are needed, so that ``--help`` answers at once.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from ..edges import TextOrJson
from ..errors import ConfigError
from .outside import is_loopback

LIVE_RATE_PER_S: Final = 5.0
LIVE_CONNECTIONS: Final = 4

Connections = Annotated[int | None, typer.Option(help="Pictures fetched at a time.", min=1)]
Rate = Annotated[float | None, typer.Option(help="Requests per second and host at most.", min=0.01)]
LogJson = Annotated[
    bool, typer.Option("--log-json", help="Write events as JSON lines on standard error.")
]
Format = Annotated[TextOrJson, typer.Option("--format", help="How the result is written.")]
DataDir = Annotated[
    Path | None, typer.Option(help="The data folder; by default this project's.", file_okay=False)
]


def choose_pace(
    connections: int | None, rate_per_s: float | None, *, live: bool
) -> tuple[int, float | None]:
    """Return how many pictures are fetched at a time, and requests per second to a host at most.

    What was not asked for is filled in; the limits of real hosts hold whatever was.

    Examples
    --------
    >>> choose_pace(64, None, live=True)
    (4, 5.0)
    """
    from ..config import settings

    wanted = connections or settings().connections
    if not live:
        return wanted, rate_per_s
    return min(wanted, LIVE_CONNECTIONS), min(rate_per_s or LIVE_RATE_PER_S, LIVE_RATE_PER_S)


def check_site(site: str, *, live: bool) -> None:
    """Make sure that only those contact the real site who said so, and who they are.

    Raises
    ------
    ConfigError
        ``--live`` or a contact is missing.
    """
    from ..config import settings

    if site and not (live or is_loopback(site)):
        raise ConfigError(f"not on this machine ({site}); add --live to contact it")
    if live and not settings().contact:
        raise ConfigError(
            "no contact is given, and the real site should know whom to write to; set "
            "ARTLENS_CONTACT to an address of yours"
        )
