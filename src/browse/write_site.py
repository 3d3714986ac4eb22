"""A collection -> all files of its site, in the form that the page loads."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from .. import __version__
from ..extras import PACKAGE
from ..tasks import Task
from .collection import Collection
from .data_files import SIZES, render_call, render_data
from .filters import Filter, find_filters
from .named_pictures import Named
from .plain_pages import Facts, render_pages
from .site_folder import Staging

# Of the files of data, which the page looks at first.
FORMAT: Final = 1
_JOINED: Final = ("css", "js")


def write_site(
    staging: Staging, collection: Collection, named: Named, tasks: Sequence[Task], title: str
) -> None:
    """Write a site, and let it take the place of the one before.

    The same collection gives the same bytes. Works hold an answer to each of the tasks.
    """
    filters = find_filters(collection.works, tasks, named)
    for name, content in _static_files().items():
        staging.write(name, content)
    for name, text in render_data(collection, filters, tasks, named):
        staging.write(name, text)
    facts = _facts(collection, filters, named, title)
    build = staging.build_of(facts)
    made = _made(staging, build)
    staging.write("data/site.js", render_call("site", {**facts, "build": build, "made": made}))
    told = Facts(title, build, f"Made with {facts['version']} on {made}.")
    for name, text in render_pages(collection, filters, named, told):
        staging.write(name, text)
    staging.finish(_pictures_of(collection), {"build": build, "made": made, "format": FORMAT})


def _static_files() -> dict[str, bytes]:
    """Return what is the same for all sites; styles and scripts each in one file."""
    found = {path.name: path for path in (files(__package__) / "static").iterdir()}
    joined = {
        f"browse.{suffix}": b"\n".join(
            found[name].read_bytes() for name in sorted(found) if name.endswith(f".{suffix}")
        )
        for suffix in _JOINED
    }
    return {**joined, "icon.svg": found["icon.svg"].read_bytes()}


def _facts(
    collection: Collection, filters: Sequence[Filter], named: Named, title: str
) -> dict[str, Any]:
    """Return what the page has to know first."""
    count = len(collection.works)
    return {
        "format": FORMAT,
        "key": named.key,
        "title": title,
        "count": count,
        "files": count + sum(map(len, collection.copies.values())),
        "broken": len(collection.failed),
        "version": f"{PACKAGE} {__version__}",
        "map": True,
        "palettes": True,
        "lookalikes": ["look", "hand"],
        "sizes": SIZES,
        "columns": [one.facts for one in filters],
    }


def _made(staging: Staging, build: str) -> str:
    """Return the day on which the site became what it is."""
    earlier = staging.note
    if earlier.get("build") == build and isinstance(earlier.get("made"), str):
        return str(earlier["made"])
    return datetime.now(UTC).date().isoformat()


def _pictures_of(collection: Collection) -> set[str]:
    copies = (copy.work for some in collection.copies.values() for copy in some)
    return {name for work in [*collection.works, *copies] for name in work.glance.small}
