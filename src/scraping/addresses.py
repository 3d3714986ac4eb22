"""What is known of the museum site: where it is, addresses, keys of works, tiles. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin

from ..errors import ConfigError
from ..fetching.outside import is_loopback, is_of_web, join_address, sound_text, split_address
from ..gallery.works import PUBLISHED_TOTALS
from ..tasks.color import COLORS

LIVE_BASE: Final = "https://artsandculture.google.com"
# A centre crop of the size to which every picture is brought, so that none is fetched larger.
THUMBNAIL_SUFFIX: Final = "=w218-c-h218-rw-v1"

_ASSET_PATH: Final = re.compile(r"^/asset/(?:[^/]+/)?([A-Za-z0-9_-]+)/?$")
_ASSET_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_SIZE_SUFFIX: Final = re.compile(r"=[a-z0-9-]+$")
# What is no address of the web is kept to be named, but only as much as tells what it is.
_NO_ADDRESS_LENGTH: Final = 200

RawTile = tuple[str, str, str, str]
"""What the page's script reads off one tile: link, image address, title, creator."""


def color_url(base: str, color: str) -> str:
    """Return the address of a colour's page.

    Examples
    --------
    >>> color_url("https://example.org", "RED")
    'https://example.org/color?col=RED'
    """
    return urljoin(base, f"/color?col={quote(color)}")


def asset_id_of(href: str) -> str | None:
    """Return the museum's key of the work that a link leads to.

    Returns
    -------
    str or None
        None when the address is not that of a work.

    Examples
    --------
    >>> asset_id_of("/asset/the-kiss/bAGS2zBkMEXrUQ?col=RED")
    'bAGS2zBkMEXrUQ'
    """
    parts = split_address(href)
    found = parts and _ASSET_PATH.match(parts.path)
    return found.group(1) if found else None


def is_asset_id(text: str) -> bool:
    """Say whether a text has the form of a work's key, which is also safe as a file name.

    Examples
    --------
    >>> is_asset_id("bAGS2zBkMEXrUQ"), is_asset_id("../../etc/passwd")
    (True, False)
    """
    return _ASSET_ID.fullmatch(text) is not None


def thumbnail_address(address: str) -> str:
    """Return an image address that asks for the thumbnail: a 218 x 218 centre crop, as WebP.

    Examples
    --------
    >>> thumbnail_address("//img.example.org/ci/AL18=w400-h300")
    '//img.example.org/ci/AL18=w218-c-h218-rw-v1'
    """
    return _SIZE_SUFFIX.sub("", address) + THUMBNAIL_SUFFIX


def portable(base: str, address: str) -> str:
    """Return an address as it is stored: whole, or without its host if that is this machine.

    A museum on this machine has another port in each run; the table must not change with it.

    Examples
    --------
    >>> portable("http://127.0.0.1:8000", "//127.0.0.1:8000/ci/AL18=w218")
    '/ci/AL18=w218'
    >>> portable("https://example.org", "//img.example.org/AL18=w218")
    'https://img.example.org/AL18=w218'
    """
    whole = join_address(base, address)
    parts = split_address(whole)
    if parts is None or not is_loopback(whole):
        return whole
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@dataclass(frozen=True, slots=True)
class Artwork:
    """One tile of a colour page.

    Attributes
    ----------
    asset_id : str
        The museum's key of the work.
    page, image : str
        Addresses of its page and of its thumbnail; ``image`` is empty when the tile had none.
    color : str
        The colour it stands under; the same work may stand under several.
    title, creator : str
        As the tile says; possibly empty.
    """

    asset_id: str
    page: str
    image: str
    color: str
    title: str
    creator: str


def read_tile(base: str, color: str, tile: RawTile) -> Artwork | None:
    """Turn what was read off one tile into a record.

    Parameters
    ----------
    base : str
        Address of the site, which relative addresses refer to.
    color : str
        The page's colour.
    tile : tuple of str
        Link, image address (empty if there was none), title, creator.

    Returns
    -------
    Artwork or None
        None when the link does not lead to a work.
    """
    href, image, title, creator = map(sound_text, tile)
    asset_id = asset_id_of(href)
    if asset_id is None:
        return None
    return Artwork(
        asset_id=asset_id,
        page=portable(base, re.split("[?#]", href, maxsplit=1)[0]),
        image=_image_address(base, image),
        color=color,
        title=" ".join(title.split()),
        creator=" ".join(creator.split()),
    )


def _image_address(base: str, address: str) -> str:
    if not address:
        return ""
    if not is_of_web(join_address(base, address)):
        return address[:_NO_ADDRESS_LENGTH]
    return portable(base, thumbnail_address(address))


def largest_first(colors: Iterable[str], declared: dict[str, int]) -> list[str]:
    """Order colours so that the longest lists start first and no worker is left with one at last.

    Parameters
    ----------
    colors : iterable of str
        What is to be collected.
    declared : dict of str to int
        Totals that this site declared before; those that the real one was seen to declare stand
        in for what is missing.

    Examples
    --------
    >>> largest_first(["PINK", "RED", "BLUE"], {"PINK": 5000})
    ['PINK', 'BLUE', 'RED']
    """
    totals = {**PUBLISHED_TOTALS, **declared}
    return sorted(colors, key=lambda color: (-totals.get(color, 0), color))


def parse_colors(names: Iterable[str]) -> tuple[str, ...]:
    """Return the colours that were named, or all of them if none was.

    Raises
    ------
    ConfigError
        A name is not a colour of the site.
    """
    wanted = tuple(dict.fromkeys(name.strip().upper() for name in names))
    for name in wanted:
        if name not in COLORS:
            raise ConfigError(f"unknown colour ({name}); choose from {', '.join(COLORS)}")
    return wanted or COLORS
