"""Sites of pictures that nobody made, as large as one likes, in the format of `artlens browse`."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from src.config import PACKAGE_ROOT
from src.features.palette import find_palette
from src.gallery.paintings import Commission, paint
from src.tasks.color import COLOR, COLORS
from src.tasks.medium import MEDIUM

_HOME: Final = PACKAGE_ROOT / "browse"
_SIZES: Final = {"wall": 5000, "details": 250, "palettes": 10_000}
_COLORS_EACH: Final = 6
_PAINTED: Final = 240
_SHAPES: Final = ((360, 240), (240, 240), (180, 240), (300, 240), (150, 240))
_TAGS: Final = (
    "boat",
    "cloud",
    "field",
    "figure",
    "flower",
    "hill",
    "house",
    "lake",
    "road",
    "sea",
)
_ARTISTS: Final = 230
_MUSEUMS: Final = 12
_YEARS: Final = (1450, 1990)
_NO_YEAR: Final = -32768


@dataclass
class Look:
    """A small picture as WebP, its mean colour and its palette: BGR and shares."""

    content: bytes
    size: tuple[int, int]
    color: str
    tone: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    shares: NDArray[np.float64]


@dataclass
class Work:
    """A picture of a site: how it looks, and what is said of it by the name of a column."""

    thumb: str
    look: Look
    said: dict[str, Any]
    details: dict[str, Any] = field(default_factory=dict)


def paint_looks(count: int, width: int = 0) -> list[Look]:
    """Paint some pictures, in wall order; `width` makes them all as wide, and tiny."""
    looks = [_paint_look(index, width) for index in range(count)]
    lab = cv2.cvtColor(np.array([[look.tone for look in looks]]), cv2.COLOR_BGR2LAB)[0].astype(int)
    hues = np.arctan2(lab[:, 2] - 128, lab[:, 1] - 128)
    return [looks[k] for k in np.lexsort((lab[:, 0], hues.round(1)))]


def _paint_look(index: int, width: int) -> Look:
    color = COLORS[index % len(COLORS)]
    bgr = paint(Commission(color, index, 7))
    size = (width, width) if width else _SHAPES[index % len(_SHAPES)]
    small = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    colors, shares = find_palette(small)
    content = cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, 75])[1].tobytes()
    return Look(content, size, color, small.mean(axis=(0, 1)).astype(np.uint8), colors, shares)


def make_works(count: int) -> Iterator[Work]:
    """Yield as many works as are asked for; looks repeat, and nothing else does."""
    rng = np.random.default_rng(0)
    looks = paint_looks(min(count, _PAINTED))
    for place in range(count):
        # Near its place in the order, and not the same as its neighbours.
        near = place * len(looks) // count + int(rng.integers(-9, 10))
        look = looks[near % len(looks)]
        artist = f"Artist {int(_ARTISTS * rng.beta(1, 4)):03}"
        said = {
            "color": look.color,
            "medium": MEDIUM.classes[int(rng.integers(len(MEDIUM.classes)))],
            "tags": sorted(set(rng.choice(_TAGS, int(rng.integers(0, 4))).tolist())),
            "artist": artist,
            "year": int(rng.integers(*_YEARS)) if rng.random() > 0.1 else None,
            "museum": f"Museum {int(rng.integers(_MUSEUMS))}",
        }
        details = {"title": f"Work {place}", "by": artist, "rights": "Public domain"}
        yield Work(rng.bytes(8).hex(), look, said, details)


def write_site(folder: Path, works: Sequence[Work], **facts: Any) -> None:
    """Write a whole site of these works, in their order, into an empty folder."""
    columns = [_column(name, works) for name in works[0].said]
    site: dict[str, Any] = {
        "format": 1,
        "build": "b0",
        "key": "fake",
        "title": "Made-up pictures",
        "count": len(works),
        "files": len(works),
        "broken": 0,
        "map": True,
        "palettes": True,
        "lookalikes": ["look", "hand"],
        "sizes": _SIZES,
        "columns": [column for column, _ in columns],
    } | facts
    _write_files(folder, works)
    _write_templates(folder, works, site)
    for place, (_, values) in enumerate(columns):
        _write_data(folder, f"column-{place}", values)
    _write_data(folder, "site", site)
    _write_data(folder, "map", _map(len(works)))
    for name, size in site["sizes"].items():
        for part, start in enumerate(range(0, len(works), size)):
            some = works[start : start + size]
            _write_data(folder, f"{name}-{part}", _PARTS[name](some, start, len(works)))


def _write_files(folder: Path, works: Sequence[Work]) -> None:
    first: dict[int, Path] = {}
    for work in works:
        path = folder / "pictures" / "small" / work.thumb[:2] / f"{work.thumb[2:]}.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        if id(work.look) in first:
            path.hardlink_to(first[id(work.look)])
        else:
            path.write_bytes(work.look.content)
            first[id(work.look)] = path


def _write_templates(folder: Path, works: Sequence[Work], site: Mapping[str, Any]) -> None:
    (folder / "data").mkdir()
    for suffix in ("css", "js"):
        parts = sorted((_HOME / "static").glob(f"*.{suffix}"))
        (folder / f"browse.{suffix}").write_text("\n".join(part.read_text() for part in parts))
    (folder / "icon.svg").write_bytes((_HOME / "static" / "icon.svg").read_bytes())
    fields = {"title": escape(site["title"]), "build": site["build"], "made": "Made up."}
    count = f"{len(works):,} pictures"
    index = Template((_HOME / "templates" / "index.html").read_text())
    links = '<li><a href="plain/all-1.html">All</a></li>'
    page = index.substitute(fields, count=count, plain=links)
    (folder / "index.html").write_text(page, "utf-8")
    plain = Template((_HOME / "templates" / "plain.html").read_text())
    pictures = "".join(map(_plain_item, works[:60]))
    page = plain.substitute(
        fields, heading="All", count=count, nav=links, pages="", pictures=pictures
    )
    (folder / "plain").mkdir()
    (folder / "plain" / "all-1.html").write_text(page, "utf-8")


def _plain_item(work: Work) -> str:
    file = f"../pictures/small/{work.thumb[:2]}/{work.thumb[2:]}.webp"
    name = escape(str(work.details.get("title", work.thumb)))
    image = f'<img src="{file}" width="360" height="240" alt="{name}" loading="lazy">'
    return f'<li><a href="{file}">{image}</a><p dir="auto">{name}</p></li>'


def _write_data(folder: Path, name: str, content: object) -> None:
    text = json.dumps(content, separators=(",", ":"))
    (folder / "data" / f"{name}.js").write_text(f'artlens("{name}",{text});\n')


def _pack(values: object, dtype: str) -> str:
    return b64encode(np.asarray(values).astype(dtype).tobytes()).decode()


def _column(name: str, works: Sequence[Work]) -> tuple[dict[str, Any], dict[str, Any]]:
    said = [work.said[name] for work in works]
    task = name if name in ("color", "medium", "tags", "artist") else None
    title = "Colour" if name == "color" else name.title()
    head: dict[str, Any] = {"name": name, "title": title, "task": task}
    head["source"] = "model" if task else "table"
    if all(value is None or isinstance(value, int) for value in said):
        years = [value for value in said if value is not None]
        head |= {"kind": "number", "type": "int16", "year": name == "year"}
        head |= {"least": min(years), "most": max(years), "none": len(said) - len(years)}
        return head, {"values": _pack([_NO_YEAR if v is None else v for v in said], "<i2")}
    return _column_of_texts(head, said)


def _column_of_texts(
    head: dict[str, Any], said: list[Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    many = isinstance(said[0], list)
    lists = said if many else [[value] if value else [] for value in said]
    flat = [value for values in lists for value in values]
    values = list(COLOR.classes) if head["name"] == "color" else sorted(set(flat), key=str)
    places = {value: k for k, value in enumerate(values)}
    dtype, none = ("u1", 255) if len(values) <= 255 else ("<u2", 65535)
    counts = np.bincount([places[value] for value in flat], minlength=len(values)).tolist()
    swatches = list(COLOR.swatches) if head["name"] == "color" else None
    head |= {"kind": "many" if many else "one", "values": values, "counts": counts}
    head |= {"swatches": swatches, "none": sum(not values for values in lists)}
    if many:
        packed = _pack([places[value] for value in flat], dtype)
        return head, {"counts": _pack([len(v) for v in lists], "u1"), "values": packed}
    return head, {"values": _pack([places[v[0]] if v else none for v in lists], dtype)}


def _wall(works: Sequence[Work], *_: int) -> dict[str, str]:
    sizes = np.array([work.look.size for work in works])
    return {
        "thumbs": b64encode(bytes.fromhex("".join(work.thumb for work in works))).decode(),
        "shapes": _pack(sizes.T, "<u2"),
        "tones": _pack([work.look.tone[::-1] for work in works], "u1"),
    }


def _palettes(works: Sequence[Work], *_: int) -> dict[str, str]:
    colors = np.zeros((len(works), _COLORS_EACH, 3))
    shares = np.zeros((len(works), _COLORS_EACH))
    for row, work in enumerate(works):
        found = len(work.look.shares)
        colors[row, :found], shares[row, :found] = work.look.palette[:, ::-1], work.look.shares
    return {"colors": _pack(colors, "u1"), "shares": _pack((255 * shares).round(), "u1")}


def _details(works: Sequence[Work], start: int, count: int) -> dict[str, Any]:
    return {"pictures": [_detail(work, start + k, count) for k, work in enumerate(works)]}


def _detail(work: Work, place: int, count: int) -> dict[str, Any]:
    palette = [
        [f"#{r:02x}{g:02x}{b:02x}", round(100 * float(share), 1), "some colour"]
        for (b, g, r), share in zip(work.look.palette.tolist(), work.look.shares, strict=True)
    ]
    near = [other for other in range(place - 6, place + 7) if other != place and 0 <= other < count]
    answers = [
        {
            "task": task,
            "labels": labels,
            "scores": [[label, 80 - k] for k, label in enumerate(labels)],
        }
        for task in ("color", "medium", "tags", "artist")
        if task in work.said
        for labels in [work.said[task] if task == "tags" else [work.said[task]]]
    ]
    more = [[name, str(value)] for name, value in work.said.items() if name in ("year", "museum")]
    alike = {"look": near, "lookScores": [90] * len(near), "hand": near[::-1]}
    own = {"name": f"folder/{place}.jpg", "palette": palette, "answers": answers, "more": more}
    return own | alike | work.details


def _map(count: int) -> dict[str, str]:
    points = np.random.default_rng(1).normal(0.5, 0.16, (2, count)).clip(0, 1) * 65535
    return {"x": _pack(points[0], "<u2"), "y": _pack(points[1], "<u2")}


_PARTS: Final[Mapping[str, Callable[..., dict[str, Any]]]] = {
    "wall": _wall,
    "palettes": _palettes,
    "details": _details,
}
