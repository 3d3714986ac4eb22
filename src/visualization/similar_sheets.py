"""Sheets of works that are near to a picture: as an image, or as a page that links to them."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from ..errors import ConfigError
from ..models.comparing.similar import By, SimilarWork
from .image_files import to_jpeg, to_png
from .version_sheets import draw_sheet

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.4 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto }}
img {{ max-width: 100% }}
li {{ overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
<img alt="{title}" src="data:image/jpeg;base64,{sheet}">
<ol>
{items}
</ol>
</html>
"""


def render_sheet(
    suffix: str, name: str, query: str | bytes, works: Sequence[SimilarWork], by: By
) -> bytes:
    """Return a sheet as a file that ends so: .png, .jpg, .jpeg or .html.

    Parameters
    ----------
    suffix : str
    name : str
        What the picture is called.
    query : path or bytes
        The picture itself, which comes first.
    works : sequence of SimilarWork
    by : By
    """
    require_suffix(suffix)
    title = f"Nearest to {name} by {by}"
    shown: list[tuple[str | bytes, str]] = [(query, "the picture")]
    shown += [(work.path, describe_work(work, by)) for work in works]
    image = draw_sheet(shown, title)
    if suffix.lower() == ".png":
        return to_png(image, photographic=True)
    if suffix.lower() != ".html":
        return to_jpeg(image)
    sheet = b64encode(to_jpeg(image)).decode()
    items = "\n".join(_item(work, by) for work in works)
    page = _PAGE.format(title=escape(title), sheet=sheet, items=items)
    return page.encode("utf-8", "replace")


def require_suffix(suffix: str) -> None:
    """Refuse a kind of file that no sheet is written as.

    Raises
    ------
    ConfigError
    """
    if suffix.lower() not in (".png", ".jpg", ".jpeg", ".html"):
        raise ConfigError(
            f"no kind of sheet ({suffix or 'without a suffix'}); end its name with .jpg, .png or "
            ".html"
        )


def describe_work(work: SimilarWork, by: By) -> str:
    """Say in a few words how near a work is.

    Examples
    --------
    >>> describe_work(SimilarWork("a.jpg", 0.871, "near-copy"), By.LOOK)
    '0.87 alike, the same work'
    """
    what = "one hand" if by is By.HAND else "alike"
    return f"{work.score:.2f} {what}" + (", the same work" if work.copies else "")


def _item(work: SimilarWork, by: By) -> str:
    address = escape(Path(work.path).absolute().as_uri())
    return f'<li><a href="{address}">{escape(work.path)}</a> {escape(describe_work(work, by))}</li>'
