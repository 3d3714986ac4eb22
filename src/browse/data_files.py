"""A collection as the files that a page loads: each calls one function, so that a disk will do.

Pages of a disk may load scripts, and nothing else. What is shown first is packed; all that a
picture that is clicked shows comes in parts, as it is asked for.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from ..features.color_names import name_colors
from ..features.measuring import name_source
from ..features.palette import MAX_COLORS
from ..jobs.shard_store import Picture
from ..models.answer_formats import UNMARKED
from ..models.answers import TRUNCATED
from ..tasks import Task
from .collection import Collection, Work
from .filters import Filter
from .named_pictures import ROLES, Named
from .small_pictures import name_of

# Pictures in a part: of the wall, of what is shown of a picture that is clicked, of palettes, and
# of what is written of them.
SIZES: Final = {"wall": 5_000, "details": 250, "palettes": 10_000, "words": 10_000}
_MOST_SIDE: Final = 65_535
# How the page calls what a table says under these names.
_SHOWN: Final = {"title": "title", "artist": "by", "link": "link", "rights": "rights"}

DataFiles = Iterator[tuple[str, str]]


def render_call(name: str, content: object) -> str:
    r"""Return the script that hands a page some data, in letters of ASCII alone.

    Examples
    --------
    >>> render_call("broken", {"files": [["é.jpg", "empty"]]})
    'artlens("broken",{"files":[["\\u00e9.jpg","empty"]]});\n'
    """
    return f'artlens("{name}",{json.dumps(content, separators=(",", ":"))});\n'


def render_data(
    collection: Collection, filters: Sequence[Filter], tasks: Sequence[Task], named: Named
) -> DataFiles:
    """Yield name and content of every file of data, but for the facts on the site."""
    works = collection.works
    for part, some in _parts(len(works), SIZES["wall"]):
        yield _file(f"wall-{part}", _wall([works[k] for k in some]))
    for place, one in enumerate(filters):
        counts = {} if one.counts is None else {"counts": pack(one.counts)}
        yield _file(f"column-{place}", {**counts, "values": pack(one.values)})
    describe = _Describer(collection, tasks, named)
    for part, some in _parts(len(works), SIZES["details"]):
        yield _file(f"details-{part}", {"pictures": [describe(k) for k in some]})
    for part, some in _parts(len(works), SIZES["palettes"]):
        yield _file(f"palettes-{part}", _palettes([works[k] for k in some]))
    for part, some in _parts(len(works), SIZES["words"]):
        yield _file(f"words-{part}", {"texts": [words_of(works[k].picture, named) for k in some]})
    x, y = np.rint(collection.map * _MOST_SIDE).astype(np.uint16).T
    yield _file("map", {"x": pack(x), "y": pack(y)})
    if collection.failed:
        broken = [[p.name, str(name_source(e, p.name))] for p, e in collection.failed]
        yield _file("broken", {"files": broken})


def pack(values: NDArray[Any]) -> str:
    """Return numbers as text: their bytes, the lowest first.

    Examples
    --------
    >>> pack(np.array([1, 258], np.uint16))
    'AQACAQ=='
    """
    return b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()


def _file(name: str, content: object) -> tuple[str, str]:
    return f"data/{name}.js", render_call(name, content)


def _parts(count: int, size: int) -> Iterator[tuple[int, range]]:
    for part, start in enumerate(range(0, count, size)):
        yield part, range(start, min(start + size, count))


def _wall(works: Sequence[Work]) -> dict[str, str]:
    names = bytes.fromhex("".join(name_of(work.glance.print.sha256) for work in works))
    sides = np.array([_sides(work) for work in works], np.uint16)
    tones = np.array([_tone(work) for work in works], np.uint8)
    return {
        "thumbs": b64encode(names).decode(),
        "shapes": pack(sides.T),
        "tones": pack(tones),
    }


def _sides(work: Work) -> tuple[int, int]:
    width, height = work.glance.width, work.glance.height
    scale = min(1.0, _MOST_SIDE / max(width, height))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _tone(work: Work) -> NDArray[np.float64]:
    """Return the mean colour, as R, G, B."""
    measured = work.glance.measured
    return np.asarray(np.rint(measured.shares @ measured.colors[:, ::-1].astype(np.float64)))


def _palettes(works: Sequence[Work]) -> dict[str, str]:
    colors = np.zeros((len(works), MAX_COLORS, 3), np.uint8)
    shares = np.zeros((len(works), MAX_COLORS), np.uint8)
    for k, work in enumerate(works):
        measured = work.glance.measured
        count = len(measured.shares)
        colors[k, :count] = measured.colors[:, ::-1]
        shares[k, :count] = np.maximum(np.rint(measured.shares * 255), 1)
    return {"colors": pack(colors), "shares": pack(shares)}


class _Describer:
    """Describes works as a page shows them when they are clicked."""

    def __init__(self, collection: Collection, tasks: Sequence[Task], named: Named) -> None:
        self._collection, self._tasks, self._named = collection, tasks, named
        self._others = [
            place
            for place, name in enumerate(named.columns)
            if name not in [named.roles.get(role) for role in ROLES if role in _SHOWN]
        ]

    def __call__(self, place: int) -> dict[str, Any]:
        found, work = self._collection, self._collection.works[place]
        measured = work.glance.measured
        copies = [
            {
                "name": copy.work.picture.name,
                "relation": copy.relation,
                "thumb": name_of(copy.work.glance.print.sha256),
            }
            for copy in found.copies.get(place, [])
        ]
        return {
            "name": work.picture.name,
            **captions_of(work.picture, self._named),
            **({"more": more} if (more := self._more(work.picture)) else {}),
            "palette": _palette(work),
            "answers": [self._answer(k, work) for k in range(len(self._tasks))],
            **({"warnings": [TRUNCATED.message]} if measured.truncated else {}),
            "look": found.by_look.places[place].tolist(),
            "lookScores": _percent(found.by_look.scores[place]),
            "hand": found.by_hand.places[place].tolist(),
            "handScores": _percent(found.by_hand.scores[place]),
            **({"copies": copies} if copies else {}),
            "bytes": work.glance.print.bytes,
        }

    def _more(self, picture: Picture) -> list[list[str]]:
        cells = ((self._named.columns[k], picture.values[k]) for k in self._others)
        return [[name, cell] for name, cell in cells if cell]

    def _answer(self, place: int, work: Work) -> dict[str, Any]:
        answer = work.answers[place]
        told = [w.message for w in answer.warnings if w.code not in (*UNMARKED, TRUNCATED.code)]
        return {
            "task": self._tasks[place].name,
            "labels": list(answer.labels),
            "scores": [[name, round(100 * score)] for name, score in answer.scores.items()],
            **({"warnings": told} if told else {}),
        }


def captions_of(picture: Picture, named: Named) -> dict[str, str]:
    """Return what a table says of a picture that every page shows: title, by, link, rights."""
    found = {
        shown: picture.values[named.columns.index(named.roles[role])].strip()
        for role, shown in _SHOWN.items()
        if role in named.roles
    }
    # Whatever else an address begins with may be a script.
    if urlsplit_scheme(found.get("link", "")) not in ("http", "https"):
        found.pop("link", None)
    return {shown: text for shown, text in found.items() if text}


def words_of(picture: Picture, named: Named) -> str:
    r"""Return all that is written of a picture, but for its link; a line for each thing, once.

    Examples
    --------
    >>> named = Named([], "", "", ("title", "url", "museum"), {"title": "title", "link": "url"})
    >>> words_of(Picture("sea.jpg", "sea.jpg", ("The sea", "https://a.org", "Tate")), named)
    'sea.jpg\nThe sea\nTate'
    """
    link = named.roles.get("link")
    cells = zip(named.columns, picture.values, strict=True) if picture.values else ()
    told = [picture.name, *(cell.strip() for name, cell in cells if name != link)]
    return "\n".join(dict.fromkeys(text for text in told if text))


def urlsplit_scheme(address: str) -> str:
    """Return what an address begins with, empty where that cannot be told."""
    try:
        return urlsplit(address).scheme
    except ValueError:
        return ""


def _palette(work: Work) -> list[list[Any]]:
    measured = work.glance.measured
    names = name_colors(measured.colors)
    return [
        [f"#{color.tobytes().hex()}", round(100 * share, 1), name]
        for color, share, name in zip(
            measured.colors[:, ::-1], measured.shares.tolist(), names, strict=True
        )
    ]


def _percent(scores: NDArray[np.float32]) -> list[int]:
    return [int(score) for score in np.rint(100 * np.clip(scores, 0, 1))]
