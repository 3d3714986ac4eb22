"""Which pictures a post shows, where they are, and what Reddit's JSON does to addresses."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

# Of pictures that were posted, Reddit shows smaller ones under this name; the whole one has this.
_PREVIEW: Final = "https://preview.redd.it/"
_WHOLE: Final = "https://i.redd.it/"
_SUFFIXES: Final = {"image/jpg": "jpg", "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}
_MARKUP: Final = "&"
# The ampersand last, so that what was written as an escape stays one.
_ESCAPES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_PAGES: Final = tuple(
    f"{scheme}://{host}/"
    for scheme in ("https", "http")
    for host in ("www.reddit.com", "reddit.com", "old.reddit.com", "v.redd.it")
)
_LONGEST_HOST: Final = 40


def whole_address(address: str) -> str:
    """Return the address of the whole picture, of which one may be that of a smaller one.

    Examples
    --------
    >>> whole_address("https://preview.redd.it/a1b2.png?width=640&s=0f")
    'https://i.redd.it/a1b2.png'
    >>> whole_address("https://preview.redd.it/my-night-v0-a1b2.png?width=640&s=0f")
    'https://i.redd.it/a1b2.png'
    """
    if not address.startswith(_PREVIEW):
        return address
    name = address.removeprefix(_PREVIEW).partition("?")[0]
    return _WHOLE + name.rpartition("-v0-")[2]


def is_whole(address: str) -> bool:
    """Tell whether an address is that of a picture as it was posted, which Reddit keeps itself."""
    return address.startswith(_WHOLE)


def is_preview(address: str) -> bool:
    """Tell whether an address is that of a smaller copy, whose whole picture is elsewhere.

    Examples
    --------
    >>> is_preview("https://external-preview.redd.it/x.jpg?s=0"), is_preview("https://i.redd.it/x.jpg")
    (True, False)
    """
    return "preview.redd.it/" in address[:_LONGEST_HOST]


def is_page(address: str) -> bool:
    """Tell whether an address is that of a page or a film of Reddit, which is no picture.

    Examples
    --------
    >>> is_page("https://www.reddit.com/gallery/1a2b3c"), is_page("https://i.redd.it/x.jpg")
    (True, False)
    """
    return address.startswith(_PAGES)


def host_of(address: str) -> str:
    """Return the host of an address, in lower case; empty if there is none.

    Examples
    --------
    >>> host_of("https://I.redd.it/a.jpg"), host_of("/r/Art/comments/1")
    ('i.redd.it', '')
    """
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def shown_address(value: Any) -> str:
    """Return the address of what is shown; empty if it is none."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return ""
    return whole_address(plain_text(value))


class Gallery(NamedTuple):
    """Pictures of a post of several.

    Attributes
    ----------
    addresses : tuple of str
        Of the pictures, in order.
    missing : int
        How many further ones it had.
    sizes : tuple of (int, int)
        Width and height of those of which they are told.
    """

    addresses: tuple[str, ...] = ()
    missing: int = 0
    sizes: tuple[tuple[int, int], ...] = ()


def gallery_of(data: Any, media: Any) -> Gallery:
    """Return the gallery of a post: in the order of its ``gallery_data``, from its media."""
    items = mapping(data).get("items")
    if not isinstance(items, list):
        return Gallery()
    names = [str(mapping(item).get("media_id", "")) for item in items]
    parts = [mapping(mapping(media).get(name)) for name in names]
    addresses = tuple(filter(None, map(_address, names, parts)))
    sources = map(_source, parts)
    sizes = ((source.get("x"), source.get("y")) for source in sources)
    return Gallery(
        addresses,
        len(items) - len(addresses),
        tuple(
            (width, height)
            for width, height in sizes
            if isinstance(width, int) and isinstance(height, int) and width > 0 < height
        ),
    )


def _address(name: str, part: Mapping[str, Any]) -> str:
    """Return the address of a picture of a gallery; empty if it is not there any more."""
    if part.get("status", "valid") != "valid":
        return ""
    source = _source(part)
    address = whole_address(plain_text(source.get("u") or source.get("gif")))
    suffix = _SUFFIXES.get(str(part.get("m")))
    return address or (f"{_WHOLE}{name}.{suffix}" if suffix else "")


def _source(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(part.get("s"))


def plain_text(value: Any) -> str:
    """Return a text without the three escapes of Reddit's JSON; no text is an empty one.

    Examples
    --------
    >>> plain_text("x?a=1&amp;copy=2&sect=3 &amp;lt;"), plain_text("I &lt;3 ink"), plain_text(None)
    ('x?a=1&copy=2&sect=3 &lt;', 'I <3 ink', '')
    """
    text = value if isinstance(value, str) else ""
    if _MARKUP in text:
        for escape, character in _ESCAPES:
            text = text.replace(escape, character)
    return text


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value that should be an object of JSON; an empty one if it is none."""
    return value if isinstance(value, Mapping) else {}
