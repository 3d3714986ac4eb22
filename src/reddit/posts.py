"""A post, in one shape whatever it came from: the API, a dump, a list of posts.

Nothing of a post may be assumed: any part can be missing, or of another type than last year.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Final

import msgspec

from ..errors import DataError
from .post_pictures import gallery_of, mapping, plain_text, shown_address

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
    found = mapping(found)
    if "id" not in found:  # as listings of the API wrap them
        found = mapping(found.get("data")) or found
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
    post = Post(
        id=found.id.removeprefix("t3_"),
        title=plain_text(found.title),
        url=shown_address(found.url_overridden_by_dest) or shown_address(found.url),
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
        parents = found.crosspost_parent_list
        return _with_pictures(post, found, mapping(parents[0] if isinstance(parents, list) else {}))
    return post


def _with_pictures(post: Post, found: Submission, parent: Mapping[str, Any]) -> Post:
    """Return a gallery, or a crosspost, which shows what its parent does, with their pictures."""
    data, media = found.gallery_data, msgspec.json.decode(found.media_metadata)
    gallery = gallery_of(data or parent.get("gallery_data"), media or parent.get("media_metadata"))
    shown = (found.url_overridden_by_dest, parent.get("url_overridden_by_dest"), parent.get("url"))
    width, height = min(gallery.sizes, key=min, default=(post.width, post.height))
    return msgspec.structs.replace(
        post,
        url=next(filter(None, map(shown_address, shown)), post.url),
        gallery=gallery.addresses,
        missing=gallery.missing,
        width=width,
        height=height,
    )


def _size(previews: _Previews | None) -> tuple[int | None, int | None]:
    """Return the size of the picture that previews were made of."""
    if not previews or not previews.images:
        return None, None
    source = previews.images[0].source
    return (source.width, source.height) if source.width > 0 < source.height else (None, None)


def _remover(meta: _Meta | None) -> str:
    if meta is None:
        return ""
    return meta.removal_type or ("deleted later" if meta.was_deleted_later else "")
