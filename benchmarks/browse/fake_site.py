"""Sites of collections that nobody has, as large as one likes, written as `artlens browse` does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from src.browse.collection import Answer, Collection, Copy, Work
from src.browse.glances import Glance
from src.browse.named_pictures import Named
from src.browse.nearest_works import Nearest
from src.browse.site_folder import Staging, stage_site
from src.browse.small_pictures import encode, name_of
from src.browse.write_site import write_site
from src.data.fingerprints import Fingerprint
from src.features.measuring import NO_TEXTURE, Measured
from src.features.palette import find_palette
from src.gallery.paintings import Commission, paint
from src.jobs.shard_store import Picture
from src.tasks import Kind, Task
from src.tasks.color import COLOR, COLORS
from src.tasks.medium import MEDIUM

_PAINTED: Final = 240
# Not larger than a small picture, so that one file will do.
_SHAPES: Final = ((360, 240), (240, 240), (180, 240), (300, 240), (150, 240))
_WORDS: Final = ("boat", "cloud", "field", "figure", "flower", "hill", "house", "lake", "road")
_TAGS: Final = Task("tags", "tags", Kind.MANY, _WORDS, noun="tag")
_ARTISTS: Final = 230
_MUSEUMS: Final = 12
_YEARS: Final = (1450, 1990)
_NEIGHBOURS: Final = 12
_COLUMNS: Final = ("title", "artist", "year", "museum", "link", "rights")
_ROLES: Final = {name: name for name in ("title", "artist", "year", "link", "rights")}


@dataclass(frozen=True)
class Look:
    """A small picture as WebP, and what is measured of it."""

    content: bytes
    size: tuple[int, int]
    color: str
    measured: Measured


@dataclass
class FakeWork:
    """A picture of a site: how it looks, what models say of it, and what a table does."""

    sha256: str
    look: Look
    name: str
    medium: str
    tags: list[str]
    table: dict[str, str] = field(default_factory=dict)

    @property
    def thumb(self) -> str:
        """The digits that name its files, and it in addresses."""
        return name_of(self.sha256)

    def seen(self) -> Work:
        """Return it as a collection holds it."""
        print_ = Fingerprint(self.sha256, self.sha256, len(self.look.content), 1, None, True)
        answers = (
            _answer([self.look.color], COLORS),
            _answer([self.medium], MEDIUM.classes),
            _answer(self.tags, _WORDS),
        )
        values = tuple(self.table[name] for name in _COLUMNS)
        glance = Glance(*self.look.size, self.look.measured, print_)
        return Work(Picture(self.name, self.name, values), glance, answers)


def _answer(labels: list[str], classes: Sequence[str]) -> Answer:
    others = [name for name in classes if name not in labels][: 5 - len(labels)]
    return Answer(tuple(labels), dict.fromkeys(labels, 0.8) | dict.fromkeys(others, 0.05), ())


def make_works(count: int) -> Iterator[FakeWork]:
    """Yield as many works as are asked for; looks repeat, and nothing else does."""
    rng = np.random.default_rng(0)
    looks = _paint_looks(min(count, _PAINTED))
    for place in range(count):
        # Near its place in the order, and not the same as its neighbours.
        near = place * len(looks) // count + int(rng.integers(-9, 10))
        tags = sorted(set(rng.choice(_WORDS, int(rng.integers(0, 4))).tolist()))
        table = {
            "title": f"Work {place}",
            "artist": f"Artist {int(_ARTISTS * rng.beta(1, 4)):03}",
            "year": str(rng.integers(*_YEARS)) if rng.random() > 0.1 else "",
            "museum": f"Museum {int(rng.integers(_MUSEUMS))}",
            "link": "",
            "rights": "Public domain",
        }
        medium = MEDIUM.classes[int(rng.integers(len(MEDIUM.classes)))]
        look = looks[near % len(looks)]
        yield FakeWork(rng.bytes(32).hex(), look, f"folder/{place}.jpg", medium, tags, table)


def _paint_looks(count: int) -> list[Look]:
    """Paint some pictures, by their hues."""
    looks = [_paint_look(index) for index in range(count)]
    means = np.array([[look.measured.shares @ look.measured.colors for look in looks]])
    lab = cv2.cvtColor((means / 255).astype(np.float32), cv2.COLOR_BGR2LAB)[0]
    hues = np.arctan2(lab[:, 2], lab[:, 1]).round(1)
    return [looks[k] for k in np.lexsort((lab[:, 0], hues))]


def _paint_look(index: int) -> Look:
    color = COLORS[index % len(COLORS)]
    size = _SHAPES[index % len(_SHAPES)]
    bgr = paint(Commission(color, index, 7))
    small = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return Look(encode(small), size, color, Measured((), *find_palette(small), NO_TEXTURE))


def write_fake_site(
    folder: Path,
    works: Sequence[FakeWork],
    title: str = "Made-up pictures",
    copies: Mapping[int, FakeWork] | None = None,
) -> None:
    """Write a whole site of these works, in their order; `copies` by the place of what is shown."""
    folded = {place: [Copy(work.seen(), "smaller")] for place, work in (copies or {}).items()}
    nearest = _neighbours(len(works))
    places = np.random.default_rng(1).normal(0.5, 0.16, (len(works), 2)).clip(0, 1)
    seen = [work.seen() for work in works]
    collection = Collection(seen, folded, nearest, nearest, places)
    named = Named([work.picture for work in seen], title, "fake", _COLUMNS, _ROLES)
    with stage_site(folder) as staging:
        _write_pictures(staging, works)
        write_site(staging, collection, named, (COLOR, MEDIUM, _TAGS), title)


def _neighbours(count: int) -> Nearest:
    steps = np.arange(1, min(_NEIGHBOURS, count - 1) + 1)
    places = (np.arange(count)[:, np.newaxis] + steps) % count
    return Nearest(places, np.full(places.shape, 0.9, np.float32))


def _write_pictures(staging: Staging, works: Sequence[FakeWork]) -> None:
    first: dict[int, Path] = {}
    for work in works:
        path = staging.folder / work.seen().glance.small.small
        path.parent.mkdir(parents=True, exist_ok=True)
        if id(work.look) in first:
            path.hardlink_to(first[id(work.look)])
        else:
            path.write_bytes(work.look.content)
            first[id(work.look)] = path
