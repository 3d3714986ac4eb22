"""Options that all commands have which ask Reddit, or what stands in for it."""

from typing import Annotated

import typer

from ..config import settings
from ..fetching.collect_options import LIVE_CONNECTIONS, LIVE_RATE_PER_S
from .run_parts import Effort

Live = Annotated[
    bool, typer.Option("--live", help="Ask Reddit and hosts of pictures; else the stand-in.")
]
Site = Annotated[str, typer.Option(help="Ask a stand-in that runs already, at this address.")]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Take up again what may be had another time.")
]
Posts = Annotated[int, typer.Option(help="How many the built-in stand-in has.", min=0)]


def choose_effort(connections: int | None, rate_per_s: float | None, *, live: bool) -> Effort:
    """Fill in what was not asked for; the limits of real hosts hold whatever was.

    Examples
    --------
    >>> choose_effort(64, None, live=True)
    Effort(connections=4, rate_per_s=5.0, retry_failed=False, replace_failed=False)
    """
    wanted = connections or settings().connections
    if not live:
        return Effort(wanted, rate_per_s)
    rate_per_s = min(rate_per_s or LIVE_RATE_PER_S, LIVE_RATE_PER_S)
    return Effort(min(wanted, LIVE_CONNECTIONS), rate_per_s)
