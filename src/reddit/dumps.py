"""Posts of files: dumps of one post a line, packed or not, and lists of posts as JSON.

Of a dump of many subreddits most posts are of no use: of those no more is read than where they are.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta

from ..errors import DataError
from .lines import Advance, Block, Data, read_blocks
from .posts import JSON_ERRORS, Post, PostReader, post_of

_MARK: Final = b"\xef\xbb\xbf"
_LINE_ENDS: Final = re.compile(rb"\n").finditer
_LARGEST_LIST: Final = 1 << 30
_ID: Final = re.compile(r"(?:t3_)?[0-9a-z]{1,13}")
# Looking for what is wanted, and reading that again, is quicker than reading all, up to about here.
_MANY: Final = 0.4
_FIRST: Final = 1000


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
    path: Path,
    subreddits: Sequence[str] = (),
    *,
    sized: bool = True,
    advance: Advance = lambda _bytes: None,
) -> Iterator[Batch]:
    """Give the posts of a file, in their order.

    Parameters
    ----------
    path : Path
        Of JSON with one post a line, packed by Zstandard or not, or of a list of posts as JSON.
    subreddits : sequence of str
        The others' posts may be passed over, where there is no doubt that they are others'; the
        first thousand of a file never are. None are all.
    sized : bool
        Whether the sizes of pictures are of interest.
    advance : callable
        Told of every number of bytes that was read of the file.

    Raises
    ------
    DataError
        If the file is empty, damaged, lacks its end, or holds something else.
    """
    blocks = read_blocks(path, advance)
    first = _without_mark(next(blocks))
    blocks = chain((first,), blocks)
    begin = bytes(first.data[:20])
    if begin[:1] == b"{":
        yield from _LineReader(path, subreddits, sized=sized).read(blocks)
    elif begin[:1] == b"[":
        yield Batch(_read_list(blocks, path))
    else:
        raise DataError(
            f"no dump of posts ({path} begins with {begin!r}); expected JSON with one post a line, "
            "packed by Zstandard or not, or a list of posts as JSON"
        )


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


class _LineReader:
    """Reads posts of lines, and closer only those that may be of some subreddits."""

    def __init__(self, path: Path, subreddits: Sequence[str], *, sized: bool) -> None:
        self._path = path
        self._subreddits = frozenset(map(str.lower, subreddits))
        self._reader = PostReader(sized=sized)
        self._total = self._near = 0

    def read(self, blocks: Iterable[Block]) -> Iterator[Batch]:
        """Give the posts of lines."""
        for block in blocks:
            if block.is_cut:
                self._refuse_half(block.data)
            batch = self._read_block(block.data)
            if not self._total and not batch.posts:
                raise DataError(f"no dump of posts ({self._path}: its first line is none)")
            self._total += len(batch.posts) + len(batch.others) + batch.unreadable
            yield batch

    def _read_block(self, data: Data) -> Batch:
        if self._subreddits and self._total >= _FIRST and self._near < _MANY * self._total:
            batch = self._read_some(data)
            self._near += len(batch.posts)
        else:
            batch = self._read_all(data)
            self._near += sum(post.subreddit.lower() in self._subreddits for post in batch.posts)
        return batch

    def _read_all(self, data: Data) -> Batch:
        try:
            return Batch(self._reader.read_lines(data))
        except DataError:
            return self._read_each(bytes(data).split(b"\n"))

    def _read_each(self, lines: Sequence[bytes], others: Sequence[str] = ()) -> Batch:
        """Read lines of which some may be no posts."""
        posts, unreadable = [], 0
        for line in filter(bytes.strip, lines):
            try:
                posts.append(self._reader.read_line(line))
            except DataError:
                unreadable += 1
        return Batch(posts, others, unreadable)

    def _read_some(self, data: Data) -> Batch:
        """Read the posts of the subreddits, and of the others their ids."""
        try:
            seen = _glance.decode_lines(data)
        except JSON_ERRORS:
            return self._read_all(data)
        others = [one.id for one in seen if one.subreddit.lower() not in self._subreddits]
        if len(others) == len(seen):
            return Batch([], others)
        ends = [end.end() for end in _LINE_ENDS(data)]
        if len(ends) != len(seen):  # a line is empty, or has no end
            return self._read_all(data)
        lines = zip(seen, (0, *ends), ends, strict=False)
        near = [
            bytes(data[begin:end])
            for one, begin, end in lines
            if one.subreddit.lower() in self._subreddits
        ]
        return self._read_each(near, others)

    def _refuse_half(self, data: Data) -> None:
        """Refuse a last line that was cut off; without its end it may be whole nevertheless."""
        try:
            self._reader.read_line(data)
        except DataError as error:
            raise DataError(
                f"a file without its end ({self._path}: its last line, after {self._total:,} "
                f"posts, stops after {len(data):,} bytes); fetch it again"
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
