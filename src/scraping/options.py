"""What a user may ask of a scrape, checked: which site, which colours, how hard."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from .. import __version__
from ..config import settings
from ..errors import ConfigError
from .run import Site
from .site import LIVE_BASE, is_loopback
from .store import Store

# What the real site gets at most, whatever is asked for.
LIVE_RATE_PER_S: Final = 5.0
LIVE_BROWSERS: Final = 2
LIVE_CONNECTIONS: Final = 4

_BUILT_IN: Final = "the built-in museum"
_DEFAULT_WORKS: Final = "60"


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
        Works per colour of the built-in museum; empty for those that the folder was begun with.
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


def check_site(site: str, *, live: bool) -> None:
    """Make sure that only those contact the real site who said so, and who they are.

    Raises
    ------
    ConfigError
        ``--live`` or a contact is missing.
    """
    if site and not (live or is_loopback(site)):
        raise ConfigError(f"not on this machine ({site}); add --live to contact it")
    if live and not settings().contact:
        raise ConfigError(
            "no contact is given, and the real site should know whom to write to; set "
            "ARTLENS_CONTACT to an address of yours"
        )


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


def user_agent() -> str:
    """Return who we are, for the log of whoever is asked."""
    contact = settings().contact
    return f"artlens/{__version__}" + (f" (+{contact})" if contact else "")


def claim_folder(store: Store, options: Options) -> str:
    """Tie a folder to one site, so that two museums never mix in it.

    Returns
    -------
    str
        Works per colour of the built-in museum, as it was when the folder was begun.

    Raises
    ------
    ConfigError
        The folder holds a scrape of another site.
    """
    name = _site_name(options)
    known, works = store.note("site"), store.note("works")
    if known and known != name:
        raise ConfigError(
            f"this folder holds a scrape of {known}, not of {name}; give another --data-dir"
        )
    if name == _BUILT_IN and works and options.works not in ("", works):
        raise ConfigError(
            f"this folder was begun with --works {works} ({options.works}); leave it out, or give "
            "another --data-dir"
        )
    works = works or options.works or _DEFAULT_WORKS
    store.set_note("site", name)
    store.set_note("works", works)
    return works


def _site_name(options: Options) -> str:
    if options.site:
        return "a museum on this machine" if is_loopback(options.site) else options.site
    return LIVE_BASE if options.live else _BUILT_IN


@contextmanager
def open_site(options: Options, works: str) -> Iterator[Site]:
    """Yield where the museum is; the built-in one runs for as long as it is needed."""
    if options.site or options.live:
        yield Site(options.site or LIVE_BASE, options.live)
        return
    # What paints the museum's pictures takes a while to import, and is seldom needed.
    from ..gallery.museum import Museum

    with Museum("--works", works) as museum:
        yield Site(museum.url, live=False)
