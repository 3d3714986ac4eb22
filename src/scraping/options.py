"""What a user may ask of a scrape, checked: which site, which colours, how hard.

Settings are read where they are needed, so that ``--help`` answers at once.
"""

from dataclasses import dataclass
from typing import Annotated, Final

import typer

from ..fetching.collect_options import LIVE_CONNECTIONS, LIVE_RATE_PER_S

# What the real site gets at most, whatever is asked for.
LIVE_BROWSERS: Final = 2


Live = Annotated[
    bool, typer.Option("--live", help="Scrape the real site; else the built-in museum.")
]
SiteAddress = Annotated[
    str, typer.Option(help="Scrape a museum that runs already, at this address.")
]
Works = Annotated[
    str,
    typer.Option(
        help="Works per colour of the built-in museum: 60, or RED=60,BLUE=45; at least those that "
        "the folder has."
    ),
]
ColorNames = Annotated[list[str] | None, typer.Option(help="Only this colour; may be repeated.")]
Limit = Annotated[int | None, typer.Option(help="Works per colour at most.", min=1)]
Browsers = Annotated[int | None, typer.Option(help="How many at a time.", min=1)]
Grids = Annotated[
    list[str] | None,
    typer.Option(help="Selenium Grid or driver to run browsers on; may be repeated."),
]
Images = Annotated[
    bool, typer.Option("--images/--no-images", help="Whether to download the pictures.")
]
Details = Annotated[bool, typer.Option("--details", help="Visit each work's own page as well.")]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        help="Take up again what failed, of all colours begun if --color names none.",
    ),
]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a host is asked.

    Attributes
    ----------
    browsers, connections : int
        How many run at a time.
    rate_per_s : float or None
        Requests per second and host, browsers and downloads together; None for no limit.
    """

    browsers: int
    connections: int
    rate_per_s: float | None


@dataclass(frozen=True, slots=True)
class Options:
    """What to scrape.

    Attributes
    ----------
    site : str
        Address of a museum that runs already; empty for the built-in one, or the real one if live.
    live : bool
        Whether the real site may be contacted.
    works : str
        Works per colour of the built-in museum; empty for those that the folder knows.
    colors : tuple of str
        Which colours.
    cap : int or None
        Works per colour at most.
    effort : Effort
        How hard.
    grid : tuple of str
        Addresses of Grids or drivers, used in turn; empty for browsers on this machine.
    images, details, retry_failed : bool
        Whether to download pictures, to visit each work's page, and to take up again what failed.
    """

    site: str
    live: bool
    works: str
    colors: tuple[str, ...]
    cap: int | None
    effort: Effort
    grid: tuple[str, ...] = ()
    images: bool = True
    details: bool = False
    retry_failed: bool = False


def choose_effort(
    *, live: bool, browsers: int | None, connections: int | None, rate_per_s: float | None
) -> Effort:
    """Fill in what was not asked for; the real site's limits hold whatever was.

    Parameters
    ----------
    live : bool
        Whether this is about the real site.
    browsers, connections, rate_per_s
        As asked for; None for the default.
    """
    from ..config import settings

    wanted = Effort(
        browsers or settings().browsers, connections or settings().connections, rate_per_s
    )
    if not live:
        return wanted
    return Effort(
        min(wanted.browsers, LIVE_BROWSERS),
        min(wanted.connections, LIVE_CONNECTIONS),
        min(rate_per_s or LIVE_RATE_PER_S, LIVE_RATE_PER_S),
    )
