"""The museum's pages as text. Pure: works in, HTML or JSON out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Final

from .works import Work, label_of, page_path

SERVER_RENDERED: Final = 45
BATCH: Final = 30
THUMBNAIL_SUFFIX: Final = "=w218-c-h218-rw-v1"
ROBOTS: Final = "User-agent: *\nDisallow: /api/*\nDisallow: /sorry\n"
ROBOTS_CLOSED: Final = "User-agent: *\nDisallow: /\n"
SORRY: Final = (
    "<!doctype html><title>Sorry...</title><h1>About this page</h1>"
    "<p>Our systems have detected unusual traffic from your network."
    '<form id="captcha-form"><label><input type="checkbox"> I am not a robot</label></form>'
)

_SCRIPT: Final = (files(__package__) / "static" / "color_page.js").read_text("utf-8")
# Batches are contained, so that the browser's own layout does not slow down as the list grows and
# what does slow down is the doing of whoever reads it.
_STYLE: Final = """
body { margin: 0; font: 14px sans-serif }
[data-tile] { display: inline-block; width: 218px; height: 218px; margin: 2px; overflow: hidden;
  background: #ddd center/cover; color: #fff }
[data-grid] > div { contain: content }
[data-end] { height: 1px }
#consent { position: fixed; inset: 0; z-index: 9; background: #fffe }
"""
_BANNER: Final = (
    '<div id="consent" role="dialog" aria-label="Before you continue"><p>We use cookies.</p>'
    '<button value="no">No thanks</button><button value="yes">OK, got it</button></div>'
)


@dataclass(frozen=True, slots=True)
class Style:
    """How tiles are drawn: on which host, under which class names, with or without faults."""

    host: str
    grid_class: str
    tile_class: str
    with_bgsrc: bool
    as_links: bool
    dead: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grid:
    """A stretch of a colour's list: the tiles, where the next one begins, and what is declared."""

    color: str
    works: Sequence[Work]
    next: int | None
    total: int | None


def image_address(work: Work, host: str) -> str:
    """Return the protocol-relative address of a work's thumbnail.

    Examples
    --------
    >>> image_address(Work(0, "RED", 0, "asset", "token"), "museum.test")
    '//museum.test/ci/token=w218-c-h218-rw-v1'
    """
    return f"//{host}/ci/{work.token}{THUMBNAIL_SUFFIX}"


def color_page(grid: Grid, style: Style, consent: bool = False) -> str:
    """Draw a colour's page with its first tiles, the declared total and the page's own script."""
    counted = "" if grid.total is None else f"<p>{grid.total:,} items"
    total = {} if grid.total is None else {"total": grid.total}
    images = _lazy_images(grid.works, style)
    state = {"col": grid.color, **total, "next": grid.next, "images": images}
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{grid.color.title()}</title>"
        f"<style>{_STYLE}</style>{_BANNER if consent else ''}<h1>{grid.color.title()}</h1>{counted}"
        f'<div class="{style.grid_class}" data-grid><div>{_tiles(grid.works, style)}</div></div>'
        f"<div data-end></div><script>window.INIT_data = {json.dumps(state)};</script>"
        f"<script>{_SCRIPT}</script></html>"
    )


def batch_json(grid: Grid, style: Style) -> str:
    """Give a scroll batch in the form that the page's own script reads."""
    images = _lazy_images(grid.works, style)
    return json.dumps({"html": _tiles(grid.works, style), "images": images, "next": grid.next})


def asset_page(work: Work, host: str) -> str:
    """Draw a work's own page: its picture, and what the plate beside it says."""
    label = label_of(work)
    facts = {
        "Title": label.title,
        "Creator": label.creator,
        "Date": label.date,
        "Museum": label.museum,
        "Place": label.place,
    }
    rows = "".join(f"<li><span>{key}:</span> {escape(value)}</li>" for key, value in facts.items())
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(label.title)}</title>"
        f'<meta property="og:title" content="{escape(label.title)}">'
        f'<meta property="og:image" content="http:{image_address(work, host)}">'
        f'<h1>{escape(label.title)}</h1><img src="{image_address(work, host)}" alt="">'
        f'<section><h2>Details</h2><ul class="XD0Pkb">{rows}</ul></section></html>'
    )


def _lazy_images(works: Sequence[Work], style: Style) -> list[str]:
    """Give the address that each tile's background will get, or nothing where it never loads."""
    return ["" if w.asset_id in style.dead else image_address(w, style.host) for w in works]


def _tiles(works: Sequence[Work], style: Style) -> str:
    return "".join(_tile(work, style) for work in works)


def _tile(work: Work, style: Style) -> str:
    label = label_of(work)
    source = f' data-bgsrc="{image_address(work, style.host)}"' if style.with_bgsrc else ""
    tag, target = ("a", "href") if style.as_links else ("div", "data-target")
    return (
        f'<{tag} class="{style.tile_class}" data-tile {target}="{page_path(work)}"{source} '
        f'aria-label="{escape(label.title)}"><h3>{escape(label.title)}</h3>'
        f"<h4>{escape(label.creator)}</h4></{tag}>"
    )
