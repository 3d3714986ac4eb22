"""The pages of a site: the one that loads data, and plain ones for who has no JavaScript."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

from .collection import Collection, Work
from .data_files import captions_of
from .filters import Filter
from .named_pictures import Named
from .small_pictures import SMALL

_PAGE_PICTURES: Final = 60
# Of hundreds of pages, the first and the last ones are linked, and those around one's own.
_AROUND: Final = 3
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class _Wall:
    """A plain wall, of several pages: all pictures, or those of one value."""

    key: str
    heading: str
    places: Sequence[int]

    @property
    def pages(self) -> int:
        """How many there are: of nothing, none."""
        return -(-len(self.places) // _PAGE_PICTURES)

    def address(self, page: int) -> str:
        """Return where a page is, counted from 1, relative to the folder of plain pages."""
        return f"{self.key}-{page}.html"


@dataclass(frozen=True, slots=True)
class Facts:
    """What all pages say of the site: its title, which build it is, and how it was made."""

    title: str
    build: str
    made: str


def render_pages(
    collection: Collection, filters: Sequence[Filter], named: Named, facts: Facts
) -> Iterator[tuple[str, str]]:
    """Yield name and content of every page.

    Whatever a file or a table calls a picture is escaped; in the templates nothing else is filled
    in but what this module itself wrote.
    """
    walls = list(_walls(len(collection.works), filters))
    yield (
        "index.html",
        _fill(
            "index.html", facts, count=_count(len(collection.works)), plain=_links(walls, "plain/")
        ),
    )
    for wall in walls:
        for page in range(1, wall.pages + 1):
            start = (page - 1) * _PAGE_PICTURES
            some = [collection.works[k] for k in wall.places[start : start + _PAGE_PICTURES]]
            yield (
                f"plain/{wall.address(page)}",
                _fill(
                    "plain.html",
                    facts,
                    heading=escape(wall.heading),
                    count=_count(len(wall.places)),
                    nav=_links(walls, "", wall),
                    pictures="\n".join(_picture(work, named) for work in some),
                    pages="\n".join(_page_links(wall, page)),
                ),
            )


def readable(text: str) -> str:
    """Return text as it can be written: what is no UTF-8 in names of files is left open."""
    return text.encode("utf-8", "replace").decode()


def _walls(count: int, filters: Sequence[Filter]) -> Iterator[_Wall]:
    yield _Wall(ALL, "All", range(count))
    first = next((one for one in filters[:1] if one.is_of_labels), None)
    for value, name in enumerate(first.facts["values"] if first else ()):
        wall = _Wall(str(value), _titled(name), first.places(value).tolist() if first else ())
        if wall.places:
            yield wall


def _titled(name: str) -> str:
    """Return a value as a heading: names in capitals are those of classes.

    Examples
    --------
    >>> _titled("RED"), _titled("Paul Klee")
    ('Red', 'Paul Klee')
    """
    return name.capitalize() if name.isupper() else name


def _fill(template: str, facts: Facts, **fields: str) -> str:
    """Fill a template in; `fields` are HTML."""
    text = (files(__package__) / "templates" / template).read_text(encoding="utf-8")
    told = {"title": facts.title, "build": facts.build, "made": facts.made}
    return readable(
        Template(text).substitute({name: escape(value) for name, value in told.items()}, **fields)
    )


def _count(count: int) -> str:
    return f"{count:,} {'picture' if count == 1 else 'pictures'}"


def _links(walls: Sequence[_Wall], folder: str, own: _Wall | None = None) -> str:
    return "\n".join(
        f'<li><a href="{folder}{wall.address(1)}"{_current(wall is own)}>'
        f"{escape(wall.heading)}</a> {len(wall.places):,}</li>"
        for wall in walls
    )


def _page_links(wall: _Wall, own: int) -> Iterator[str]:
    shown = {1, wall.pages, *range(own - _AROUND, own + _AROUND + 1)}
    for page in sorted(shown & {*range(1, wall.pages + 1)}):
        yield f'<li><a href="{wall.address(page)}"{_current(page == own)}>{page:,}</a></li>'


def _current(is_own: bool) -> str:
    return ' aria-current="page"' if is_own else ""


def _picture(work: Work, named: Named) -> str:
    glance = work.glance
    width, height = SMALL.fit(glance.width, glance.height)
    said: dict[str, Any] = captions_of(work.picture, named)
    name = escape(said.get("title", work.picture.name))
    return (
        f'<li><a href="../{glance.small.large}"><img src="../{glance.small.small}" '
        f'width="{width}" height="{height}" alt="{name}" loading="lazy"></a>'
        f'<p dir="auto">{name}</p></li>'
    )
