"""A post, in one shape whatever it came from: the API, a dump, a list of posts.

Nothing of a post may be assumed: any part can be missing, or of another type than last year.
"""

from collections.abc import Mapping
from html import unescape
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from ..errors import DataError

# Of pictures that were posted, Reddit shows smaller ones under this name; the whole one has this.
_PREVIEW: Final = "https://preview.redd.it/"
_WHOLE: Final = "https://i.redd.it/"
_SUFFIXES: Final = {"image/jpg": "jpg", "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}
_MARKUP: Final = "&"
JSON_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Post(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What somebody posted.

    Attributes
    ----------
    id : str
        In base 36, without the ``t3_`` before it.
    title, subreddit, selftext, permalink, author : str
        As they were written; empty where the source does not say.
    url : str
        What the post shows; of a gallery, the gallery's own page.
    created_utc, upvote_ratio : float or None
        Seconds since 1970; the share of votes for it, in [0, 1]. None if unknown, as below.
    score : int or None
    over_18, is_self : bool or None
        Whether it is for adults, and whether it is a text.
    removed_by : str
        Who or what removed it, as far as the source says; empty if nobody did.
    gallery : tuple of str
        Addresses of the pictures of a gallery, in order.
    missing : int
        How many further pictures a gallery had that it no longer says where to find.
    width, height : int or None
        Of the picture, in pixels; of a gallery, of its smallest.
    """

    id: str
    title: str = ""
    url: str = ""
    subreddit: str = ""
    selftext: str = ""
    created_utc: float | None = None
    score: int | None = None
    upvote_ratio: float | None = None
    over_18: bool | None = None
    is_self: bool | None = None
    removed_by: str = ""
    gallery: tuple[str, ...] = ()
    missing: int = 0
    width: int | None = None
    height: int | None = None
    permalink: str = ""
    author: str = ""

    @property
    def pictures(self) -> tuple[str, ...]:
        """The addresses of its pictures: those of the gallery, or what the post shows."""
        return self.gallery or ((self.url,) if self.url and not self.missing else ())


_NULL: Final = msgspec.Raw(b"null")


class Submission(msgspec.Struct, gc=False):
    """What is read of a post's JSON: any value may be in any place, or none.

    What few posts have, or few are asked for, is left as it is until it is needed.
    """

    id: Any = None
    name: Any = None
    title: Any = None
    url: Any = None
    url_overridden_by_dest: Any = None
    subreddit: Any = None
    selftext: Any = None
    created_utc: Any = None
    unix_time: Any = None
    score: Any = None
    upvote_ratio: Any = None
    over_18: Any = None
    is_self: Any = None
    removed_by_category: Any = None
    removed_by: Any = None
    meta: Any = msgspec.field(default=None, name="_meta")
    gallery_data: msgspec.Raw = _NULL
    media_metadata: msgspec.Raw = _NULL
    crosspost_parent_list: msgspec.Raw = _NULL
    preview: msgspec.Raw = _NULL
    permalink: Any = None
    author: Any = None
    data: msgspec.Raw = _NULL


_decoder: Final = msgspec.json.Decoder(Submission)


def post_of(submission: Mapping[str, Any]) -> Post:
    """Return the post that an object of JSON is, as the API, a dump or the study's list has it.

    Parameters
    ----------
    submission : Mapping of str
        What is no value of JSON counts as its text.

    Raises
    ------
    DataError
        If it has no id.

    Examples
    --------
    >>> post = post_of({"id": "t3_abc", "title": "Pen &amp; ink", "url": "https://i.redd.it/a.jpg"})
    >>> post.id, post.title, post.pictures
    ('abc', 'Pen & ink', ('https://i.redd.it/a.jpg',))
    """
    return post_of_line(msgspec.json.encode(submission, enc_hook=str))


def post_of_line(line: bytes | memoryview | msgspec.Raw) -> Post:
    """Return the post of one line of JSON.

    Raises
    ------
    DataError
        If it is not the JSON of a post.
    """
    try:
        return _post_of(_decoder.decode(line))
    except JSON_ERRORS as error:
        raise DataError(f"no JSON of a post ({error})") from error


def posts_of_lines(lines: bytes | memoryview) -> list[Post]:
    """Return the posts of lines of JSON; it raises what `post_of_line` raises."""
    try:
        return [_post_of(found) for found in _decoder.decode_lines(lines)]
    except JSON_ERRORS as error:
        raise DataError(f"no JSON of posts ({error})") from error


def _post_of(found: Submission) -> Post:
    name = found.id or found.name
    if found.data is not _NULL and not name:  # as listings of the API wrap them
        return post_of_line(found.data)
    if not isinstance(name, str | int) or not name:
        raise DataError(f"no post, since it has no id ({str(found.title)[:80]!r})")
    parent = (
        {} if found.crosspost_parent_list is _NULL else _first(_json(found.crosspost_parent_list))
    )
    gallery, missing, sizes = _gallery(found, parent)
    width, height = (
        _smallest(sizes) if sizes else _size(_json(found.preview) or parent.get("preview"))
    )
    return Post(
        id=str(name).removeprefix("t3_"),
        title=_text(found.title),
        url=_shown(found, parent),
        subreddit=_text(found.subreddit),
        selftext=_text(found.selftext),
        created_utc=_number(found.created_utc or found.unix_time),
        score=_whole_number(found.score),
        upvote_ratio=_number(found.upvote_ratio),
        over_18=_truth(found.over_18),
        is_self=_truth(found.is_self),
        removed_by=_remover(found),
        gallery=gallery,
        missing=missing,
        width=width,
        height=height,
        permalink=_text(found.permalink),
        author=_text(found.author),
    )


def _json(raw: msgspec.Raw) -> Any:
    return None if raw is _NULL else msgspec.json.decode(raw)


def whole_address(address: str) -> str:
    """Return the address of the whole picture, of which one may be that of a smaller one.

    Examples
    --------
    >>> whole_address("https://preview.redd.it/a1b2.png?width=640&s=0f")
    'https://i.redd.it/a1b2.png'
    """
    if not address.startswith(_PREVIEW):
        return address
    return _WHOLE + address.removeprefix(_PREVIEW).partition("?")[0]


def is_preview(address: str) -> bool:
    """Tell whether an address is that of a smaller copy, whose whole picture is elsewhere.

    Examples
    --------
    >>> is_preview("https://external-preview.redd.it/x.jpg?s=0"), is_preview("https://i.redd.it/x.jpg")
    (True, False)
    """
    host = address.partition("://")[2].partition("/")[0]
    return host.endswith("preview.redd.it")


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


def _shown(found: Submission, parent: Mapping[str, Any]) -> str:
    """Return what a post shows; a crosspost shows what its parent does."""
    for value in (
        found.url_overridden_by_dest,
        parent.get("url_overridden_by_dest"),
        parent.get("url"),
        found.url,
    ):
        address = _text(value)
        if address.startswith(("http://", "https://")):
            return whole_address(address)
    return ""


def _gallery(
    found: Submission, parent: Mapping[str, Any]
) -> tuple[tuple[str, ...], int, list[tuple[int, int]]]:
    """Return a gallery's addresses, how many it lacks, and the sizes it tells."""
    data, media = _json(found.gallery_data), _json(found.media_metadata)
    if not data:
        data, media = parent.get("gallery_data"), media or parent.get("media_metadata")
    items = data.get("items") if isinstance(data, Mapping) else None
    if not isinstance(items, list):
        return (), 0, []
    media = media if isinstance(media, Mapping) else {}
    names = [str(item.get("media_id")) if isinstance(item, Mapping) else "" for item in items]
    parts = [_mapping(media.get(name)) for name in names]
    addresses = [_address(name, part) for name, part in zip(names, parts, strict=True)]
    kept = tuple(filter(None, addresses))
    sizes = [(s["x"], s["y"]) for s in map(_source, parts) if _are_sizes(s.get("x"), s.get("y"))]
    return kept, len(items) - len(kept), sizes


def _address(name: str, part: Mapping[str, Any]) -> str:
    """Return the address of a picture of a gallery; empty if it is not there any more."""
    if part.get("status", "valid") != "valid":
        return ""
    source = _source(part)
    address = whole_address(_text(source.get("u") or source.get("gif")))
    suffix = _SUFFIXES.get(str(part.get("m")))
    return address or (f"{_WHOLE}{name}.{suffix}" if suffix else "")


def _source(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(part.get("s"))


def _size(preview: Any) -> tuple[int | None, int | None]:
    """Return the size of the picture that previews were made of."""
    source = _mapping(_first(_mapping(preview).get("images")).get("source"))
    width, height = source.get("width"), source.get("height")
    return (width, height) if _are_sizes(width, height) else (None, None)


def _smallest(sizes: list[tuple[int, int]]) -> tuple[int, int]:
    return min(sizes, key=min)


def _are_sizes(*values: Any) -> bool:
    return all(isinstance(value, int) and value > 0 for value in values)


def _remover(found: Submission) -> str:
    meta = _mapping(found.meta)
    later = "deleted later" if meta.get("was_deleted_later") else ""
    return _text(found.removed_by_category or found.removed_by or meta.get("removal_type") or later)


def _text(value: Any) -> str:
    """Return a text without the escapes that Reddit's JSON has in it."""
    if not isinstance(value, str):
        return ""
    return unescape(value) if _MARKUP in value else value


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _whole_number(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first(value: Any) -> Mapping[str, Any]:
    return _mapping(value[0]) if isinstance(value, list) and value else {}
