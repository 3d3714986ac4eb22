"""Posts of files: dumps of one post a line, packed or not, and lists of posts as JSON.

Of a dump of many subreddits most posts are of no use: of those no more is read than where they are.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta

from ..errors import DataError
from .lines import Advance, Block, Data, read_blocks
from .posts import JSON_ERRORS, Post, post_of, post_of_line, posts_of_lines

_MARK: Final = b"\xef\xbb\xbf"
_LINE_END: Final = ord("\n")
_LARGEST_LIST: Final = 1 << 30
_ID: Final = re.compile(r"(?:t3_)?[0-9a-z]{1,13}")
# Looking for what is wanted, and reading that again, is quicker than reading all, up to about here.
_MANY: Final = 0.4


class Batch(NamedTuple):
    """What some lines of a file hold.

    Attributes
    ----------
    posts : list of Post
    others : list of str
        Ids of posts of other subreddits, of which nothing else was read.
    unreadable : int
        How many lines are no posts.
    """

    posts: list[Post]
    others: Sequence[str] = ()
    unreadable: int = 0


class _Glance(msgspec.Struct, gc=False):
    """Where a post is; a line that does not say it in these forms is read as a whole."""

    id: Annotated[str, Meta(min_length=1)]
    subreddit: Annotated[str, Meta(min_length=1)]


_glance: Final = msgspec.json.Decoder(_Glance)


def read_batches(
    path: Path, subreddits: Sequence[str] = (), advance: Advance = lambda _bytes: None
) -> Iterator[Batch]:
    """Give the posts of a file, in their order.

    Parameters
    ----------
    path : Path
        Of JSON with one post a line, packed by Zstandard or not, or of a list of posts as JSON.
    subreddits : sequence of str
        The others' posts may be passed over, where there is no doubt that they are others'; the
        first few of a file never are. None are all.
    advance : callable
        Told of every number of bytes that was read of the file.

    Raises
    ------
    DataError
        If the file is empty, damaged, lacks its end, or holds something else.
    """
    blocks = read_blocks(path, advance)
    first = _without_mark(next(blocks))
    if bytes(first.data[:1]) == b"[":
        yield Batch(_read_list(chain((first,), blocks), path))
        return
    if bytes(first.data[:1]) != b"{":
        raise DataError(
            f"no dump of posts ({path} begins with {bytes(first.data[:20])!r}); expected JSON with "
            "one post a line, packed by Zstandard or not, or a list of posts as JSON"
        )
    yield from _read_lines(chain((first,), blocks), path, frozenset(map(str.lower, subreddits)))


def read_ids(path: Path) -> list[str]:
    """Return the ids of a text, one a line, or of a list as JSON; each once, in their order.

    Raises
    ------
    DataError
        If a line is none.
    """
    text = path.read_text(encoding="utf-8-sig", errors="replace").strip()
    try:
        found = msgspec.json.decode(text, type=list[str]) if text[:1] == "[" else text.split("\n")
    except msgspec.DecodeError as error:
        raise DataError(f"no list of ids ({path}: {error}); expected texts in brackets") from error
    names = [name.strip() for name in found if name.strip()]
    for number, name in enumerate(names, 1):
        if not _ID.fullmatch(name):
            raise DataError(
                f"no id of a post ({path}, the {number}th: {name[:80]!r}); expected up to 13 "
                "digits and small letters, as in 1a2b3c"
            )
    return list(dict.fromkeys(name.removeprefix("t3_") for name in names))


def _without_mark(block: Block) -> Block:
    data = bytes(block.data)
    return block._replace(data=data.removeprefix(_MARK).lstrip())


def _read_lines(blocks: Iterator[Block], path: Path, subreddits: frozenset[str]) -> Iterator[Batch]:
    """Give the posts of lines, reading closer only those that may be of some subreddits."""
    total = near = 0
    for block in blocks:
        if block.is_cut:
            _refuse_half(block, path, total)
        if subreddits and near < _MANY * total:
            batch = _read_some(block.data, subreddits)
        else:
            batch = _read_all(block.data)
        if not total and not batch.posts:
            raise DataError(f"no dump of posts ({path}: its first line is none)")
        total += len(batch.posts) + len(batch.others) + batch.unreadable
        near += sum(post.subreddit.lower() in subreddits for post in batch.posts)
        yield batch


def _read_all(data: Data) -> Batch:
    try:
        return Batch(posts_of_lines(data))
    except DataError:
        return _read_each(bytes(data).split(b"\n"))


def _read_each(lines: Sequence[bytes], others: Sequence[str] = ()) -> Batch:
    """Read lines of which some may be no posts."""
    posts, unreadable = [], 0
    for line in filter(bytes.strip, lines):
        try:
            posts.append(post_of_line(line))
        except DataError:
            unreadable += 1
    return Batch(posts, others, unreadable)


def _read_some(data: Data, subreddits: frozenset[str]) -> Batch:
    """Read the posts of some subreddits, and of the others their ids."""
    try:
        seen = _glance.decode_lines(data)
    except JSON_ERRORS:
        return _read_all(data)
    others = [one.id for one in seen if one.subreddit.lower() not in subreddits]
    if len(others) == len(seen):
        return Batch([], others)
    near = [at for at, one in enumerate(seen) if one.subreddit.lower() in subreddits]
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _LINE_END) + 1
    if len(ends) != len(seen):  # a line is empty, or has no end
        return _read_all(data)
    text, begins = memoryview(data), [0, *ends.tolist()]
    return _read_each([bytes(text[begins[at] : begins[at + 1]]) for at in near], others)


def _refuse_half(block: Block, path: Path, number: int) -> None:
    """Refuse a last line that was cut off; without its end it may be whole nevertheless."""
    try:
        post_of_line(block.data)
    except DataError as error:
        raise DataError(
            f"a file without its end ({path}: its last line, after {number:,} posts, stops after "
            f"{len(bytes(block.data)):,} bytes); fetch it again"
        ) from error


def _read_list(blocks: Iterator[Block], path: Path) -> list[Post]:
    """Read a list, which is one value and has to be held as a whole."""
    parts, size = [], 0
    for block in blocks:
        parts.append(bytes(block.data))
        size += len(parts[-1])
        if size > _LARGEST_LIST:
            raise DataError(
                f"a list that is too long ({path}: over {_LARGEST_LIST:,} bytes); write it with "
                "one post a line"
            )
    try:
        return [
            post_of(one) for one in msgspec.json.decode(b"".join(parts), type=list[dict[str, Any]])
        ]
    except JSON_ERRORS as error:
        raise DataError(
            f"no list of posts ({path}: {error}); expected objects in brackets"
        ) from error
