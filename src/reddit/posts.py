"""A post, in one shape whatever it came from: the API, a dump, a list of posts.

Nothing of a post may be assumed: any part can be missing, or of another type than last year.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec

from ..errors import DataError

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


class _Size(msgspec.Struct, frozen=True, gc=False):
    width: int = 0
    height: int = 0


class _Preview(msgspec.Struct, frozen=True, gc=False):
    source: _Size = _Size()


class _Previews(msgspec.Struct, gc=False):
    images: list[_Preview] = []


class _Meta(msgspec.Struct, gc=False):
    was_deleted_later: bool | None = None
    removal_type: str | None = None


class Submission(msgspec.Struct, gc=False):
    """What is read of a post's JSON, as it is in nearly all; what few have, later."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    title: str | None = None
    url: str | None = None
    url_overridden_by_dest: str | None = None
    subreddit: str | None = None
    selftext: str | None = None
    created_utc: float | None = None
    unix_time: float | None = None
    score: int | None = None
    upvote_ratio: float | None = None
    over_18: bool | None = None
    is_self: bool | None = None
    removed_by_category: str | None = None
    removed_by: str | None = None
    meta: _Meta | None = msgspec.field(default=None, name="_meta")
    gallery_data: Any = None
    media_metadata: msgspec.Raw = msgspec.Raw(b"null")
    crosspost_parent_list: Any = None
    permalink: str | None = None
    author: str | None = None


class _SizedSubmission(Submission, gc=False):
    """The same with what tells the size of its picture, which takes half as long again to read."""

    preview: _Previews | None = None


_FIELDS: Final = msgspec.structs.fields(_SizedSubmission)


class PostReader:
    """Reads posts from JSON.

    Parameters
    ----------
    sized : bool
        Whether with the sizes of pictures, where they are known.
    """

    def __init__(self, *, sized: bool = True) -> None:
        self._decoder = msgspec.json.Decoder(_SizedSubmission if sized else Submission)

    def read_line(self, line: bytes | memoryview) -> Post:
        """Return the post of one line of JSON.

        Raises
        ------
        DataError
            If it is not the JSON of a post.
        """
        try:
            return _post_of(self._decoder.decode(line))
        except msgspec.ValidationError:
            return _post_of(_forgive(line))
        except JSON_ERRORS as error:
            raise _no_post(error) from error

    def read_lines(self, lines: bytes | memoryview) -> list[Post]:
        """Return the posts of lines of JSON.

        Raises
        ------
        DataError
            If one is not the JSON of a post, or not as in nearly all.
        """
        try:
            return [_post_of(found) for found in self._decoder.decode_lines(lines)]
        except JSON_ERRORS as error:
            raise _no_post(error) from error


_reader: Final = PostReader()


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
    return _reader.read_line(msgspec.json.encode(submission, enc_hook=str))


def _no_post(error: object) -> DataError:
    return DataError(f"no JSON of a post ({error})")


def _forgive(line: bytes | memoryview) -> Submission:
    """Return what can be used of a post's JSON of which some value is not what it is elsewhere."""
    try:
        found = msgspec.json.decode(line)
    except JSON_ERRORS as error:
        raise _no_post(error) from error
    found = _mapping(found)
    if "id" not in found:  # as listings of the API wrap them
        found = _mapping(found.get("data")) or found
    if not isinstance(name := found.get("id") or found.get("name"), str | int):
        raise _no_post(f"no id in {str(found)[:80]!r}")
    usable = _SizedSubmission(str(name))
    for field in _FIELDS:
        if field.name != "id" and field.encode_name in found:
            _forgive_value(
                usable, field.name, {"id": "?", field.encode_name: found[field.encode_name]}
            )
    return usable


def _forgive_value(usable: Submission, name: str, found: Mapping[str, Any]) -> None:
    """Take over a value if it can be read as what it should be, as a number out of a text."""
    with suppress(*JSON_ERRORS):
        setattr(usable, name, getattr(msgspec.convert(found, _SizedSubmission, strict=False), name))


def _post_of(found: Submission) -> Post:
    width, height = _size(found.preview) if isinstance(found, _SizedSubmission) else (None, None)
    title = found.title or ""
    post = Post(
        id=found.id.removeprefix("t3_"),
        title=_unescape(title) if _MARKUP in title else title,
        url=_picture(found.url_overridden_by_dest or found.url),
        subreddit=found.subreddit or "",
        selftext=found.selftext or "",
        created_utc=found.unix_time if found.created_utc is None else found.created_utc,
        score=found.score,
        upvote_ratio=found.upvote_ratio,
        over_18=found.over_18,
        is_self=found.is_self,
        removed_by=found.removed_by_category or found.removed_by or _remover(found.meta),
        width=width,
        height=height,
        permalink=found.permalink or "",
        author=found.author or "",
    )
    if found.gallery_data or found.crosspost_parent_list:
        return _with_pictures(post, found, _first(found.crosspost_parent_list))
    return post


def _with_pictures(post: Post, found: Submission, parent: Mapping[str, Any]) -> Post:
    """Return a gallery, or a crosspost, which shows what its parent does, with their pictures."""
    data, media = found.gallery_data, msgspec.json.decode(found.media_metadata)
    gallery, missing, sizes = _gallery(
        data or parent.get("gallery_data"), media or parent.get("media_metadata")
    )
    shown = (found.url_overridden_by_dest, parent.get("url_overridden_by_dest"), parent.get("url"))
    url = next(filter(None, map(_picture, shown)), post.url)
    width, height = min(sizes, key=min) if sizes else (post.width, post.height)
    return msgspec.structs.replace(
        post, url=url, gallery=gallery, missing=missing, width=width, height=height
    )


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


def _picture(value: Any) -> str:
    """Return the address of what is shown; empty if it is none."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return ""
    return whole_address(_text(value))


def _gallery(data: Any, media: Any) -> tuple[tuple[str, ...], int, list[tuple[int, int]]]:
    """Return a gallery's addresses, how many it lacks, and the sizes it tells."""
    items = _mapping(data).get("items")
    if not isinstance(items, list):
        return (), 0, []
    names = [str(_mapping(item).get("media_id", "")) for item in items]
    parts = [_mapping(_mapping(media).get(name)) for name in names]
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


def _size(previews: _Previews | None) -> tuple[int | None, int | None]:
    """Return the size of the picture that previews were made of."""
    if not previews or not previews.images:
        return None, None
    source = previews.images[0].source
    return (source.width, source.height) if source.width > 0 < source.height else (None, None)


def _are_sizes(*values: Any) -> bool:
    return all(isinstance(value, int) and value > 0 for value in values)


def _remover(meta: _Meta | None) -> str:
    if meta is None:
        return ""
    return meta.removal_type or ("deleted later" if meta.was_deleted_later else "")


def _text(value: Any) -> str:
    """Return a text without the escapes that Reddit's JSON has in it."""
    if not isinstance(value, str):
        return ""
    return _unescape(value) if _MARKUP in value else value


def _unescape(text: str) -> str:
    """Undo the three escapes there are; others, as in ``?a=1&copy=2``, are none.

    Examples
    --------
    >>> _unescape("x?a=1&amp;copy=2&sect=3 &amp;lt;"), _unescape("I &lt;3 ink")
    ('x?a=1&copy=2&sect=3 &lt;', 'I <3 ink')
    """
    for escape, character in _ESCAPES:
        text = text.replace(escape, character)
    return text


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first(value: Any) -> Mapping[str, Any]:
    return _mapping(value[0]) if isinstance(value, list) and value else {}
