"""The museum's holdings: which works hang under which colour, all derived from one seed."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Final
from unicodedata import normalize

from ..errors import ConfigError
from ..tasks.color import COLORS

# How many works the museum site declared under each colour when it was last described.
PUBLISHED_TOTALS: Final[Mapping[str, int]] = {
    "BLACK": 18_705,
    "BROWN": 23_012,
    "TEAL": 2_738,
    "GREEN": 2_547,
    "BLUE": 2_741,
    "WHITE": 2_196,
    "RED": 1_942,
    "YELLOW": 1_987,
    "ORANGE": 1_627,
    "PURPLE": 222,
    "PINK": 169,
}

_NOUNS: Final = ("Harbour", "Orchard", "Window", "Procession", "Still Life", "Garden", "Bridge")
_TIMES: Final = ("at Dawn", "in Winter", "after Rain", "by Night", "in August", "before the Storm")
_GIVEN: Final = ("Mara", "Ilse", "Tomás", "Aiko", "Jonas", "Noor", "Piet", "Lucía")
_FAMILY: Final = ("Lindqvist", "Okafor", "van der Meer", "Sato", "Moreau", "Castellanos")
_MUSEUMS: Final = (
    ("Harbour Museum", "Bergen"),
    ("City Gallery", "Graz"),
    ("House of Prints", "Kyoto"),
)


@dataclass(frozen=True, slots=True)
class Work:
    """One artwork: where it comes from, the key of its page and the token of its picture."""

    seed: int
    color: str
    index: int
    asset_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Label:
    """What the plate beside a work says."""

    title: str
    creator: str
    date: str
    museum: str
    place: str


def make_work(seed: int, color: str, index: int) -> Work:
    """Return the `index`-th work that was made for `color`.

    Examples
    --------
    >>> make_work(0, "RED", 3) == make_work(0, "RED", 3)
    True
    >>> len(make_work(0, "RED", 3).asset_id)
    14
    """
    key = f"{seed}/{color}/{index}"
    return Work(seed, color, index, _digest(f"asset {key}", 10), _digest(f"token {key}", 24))


def label_of(work: Work) -> Label:
    """Return the plate of a work; the same work always carries the same one."""
    choose = Random(work.asset_id).choice
    museum, place = choose(_MUSEUMS)
    return Label(
        title=f"{choose(_NOUNS)} {choose(_TIMES)}, No. {work.index + 1}",
        creator=f"{choose(_GIVEN)} {choose(_FAMILY)}",
        date=str(1600 + Random(work.token).randrange(400)),
        museum=museum,
        place=place,
    )


def page_path(work: Work) -> str:
    """Return the path of a work's own page, ``/asset/<slug>/<asset id>``.

    Examples
    --------
    >>> page_path(make_work(0, "RED", 3)).count("/")
    3
    """
    label = label_of(work)
    plain = normalize("NFKD", f"{label.title} {label.creator}").encode("ascii", "ignore").decode()
    words = re.findall(r"\w+", plain.lower())
    return f"/asset/{'-'.join(words)}/{work.asset_id}"


def parse_totals(text: str) -> dict[str, int]:
    """Read how many works hang under each colour.

    Parameters
    ----------
    text : str
        One number for every colour, ``published`` for the museum's own distribution, or the
        colours that are wanted: ``RED=60,BLUE=45``.

    Returns
    -------
    dict of str to int
        Works per colour, for all colours; 0 where none was asked for.

    Raises
    ------
    ConfigError
        If the text is none of these.

    Examples
    --------
    >>> parse_totals("RED=60,BLUE=45")["BLUE"]
    45
    >>> sum(parse_totals("1500").values())
    16500
    """
    if text == "published":
        return dict(PUBLISHED_TOTALS)
    if text.isdecimal():
        return dict.fromkeys(COLORS, int(text))
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(color in COLORS and number.isdecimal() for color, _, number in pairs):
        raise ConfigError(
            f"cannot read the number of works ({text!r}); give one number, 'published' or "
            f"pairs such as RED=60,BLUE=45 with colours out of {', '.join(COLORS)}"
        )
    return dict.fromkeys(COLORS, 0) | {color: int(number) for color, _, number in pairs}


def format_totals(totals: Mapping[str, int]) -> str:
    """Write works per colour as `parse_totals` reads them.

    Examples
    --------
    >>> format_totals(parse_totals("RED=60,BLUE=0")), format_totals(parse_totals("60"))
    ('RED=60', '60')
    """
    if len(numbers := set(totals.values())) == 1:
        return str(numbers.pop())
    return ",".join(f"{color}={number}" for color, number in totals.items() if number)


class Catalogue:
    """All works by colour, by asset id and by picture token.

    Parameters
    ----------
    totals : Mapping of str to int
        Works per colour.
    seed : int
        Another seed, other works.
    shared : int
        So many works of each colour hang a second time, at the end of the next colour's page.

    Raises
    ------
    ConfigError
        If a colour would have fewer works than it has to share.

    Examples
    --------
    >>> catalogue = Catalogue({"RED": 3, "BLUE": 2}, seed=1)
    >>> [work.index for work in catalogue.by_color["RED"]]
    [0, 1, 2]
    """

    def __init__(self, totals: Mapping[str, int], seed: int, shared: int = 0) -> None:
        if shared and min(totals.values()) < 2 * shared:
            raise ConfigError(
                f"too few works to share {shared} per colour (got {min(totals.values())}, expected "
                f"at least {2 * shared}); ask for more works or share fewer"
            )
        own = {
            color: tuple(make_work(seed, color, index) for index in range(total - shared))
            for color, total in totals.items()
        }
        colors = list(own)
        neighbours = dict(zip(colors, colors[-1:] + colors[:-1], strict=True))
        self.by_color = {color: own[color] + own[neighbours[color]][:shared] for color in own}
        works = [work for hung in own.values() for work in hung]
        self.by_asset = {work.asset_id: work for work in works}
        self.by_token = {work.token: work for work in works}


def _digest(text: str, size: int) -> str:
    return urlsafe_b64encode(blake2b(text.encode(), digest_size=size).digest()).decode().rstrip("=")
