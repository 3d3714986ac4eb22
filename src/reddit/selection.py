"""Which of the accepted posts are taken: balanced, in order, the next one where one is gone."""

import sqlite3
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import msgspec

from .judging import Verdict
from .posts import Post
from .recipe import Recipe

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS candidate (
    id TEXT PRIMARY KEY, label TEXT NOT NULL, created REAL NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_age ON candidate (label, created, id);
"""
_ORDERS: Final = {"newest": "created DESC, id DESC", "oldest": "created, id"}
_encode: Final = msgspec.msgpack.Encoder().encode


class Candidate(msgspec.Struct, frozen=True):
    """An accepted post, and in which split it is (empty if there are none)."""

    post: Post
    verdict: Verdict
    split: str = ""


_decode: Final = msgspec.msgpack.Decoder(Candidate).decode


class Candidates:
    """Accepted posts, each once, kept on the disk so that memory stays flat.

    Parameters
    ----------
    recipe : Recipe
    path : Path, optional
        A file of SQLite; by default one that is gone afterwards.
    keep_authors : bool
        Whether it is kept who posted them, once it is known in which split they are.
    """

    def __init__(
        self, recipe: Recipe, path: Path | None = None, *, keep_authors: bool = True
    ) -> None:
        self._recipe = recipe
        self._keep_authors = keep_authors
        self._db = sqlite3.connect(path or "")
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Keep what was added, if there is a file for it, and let go of it."""
        self._db.commit()
        self._db.close()

    def add(self, post: Post, verdict: Verdict) -> bool:
        """Keep an accepted post; false if it is there already."""
        split = split_of(post, self._recipe)
        kept = post if self._keep_authors else msgspec.structs.replace(post, author="")
        body = _encode(Candidate(kept, verdict, split))
        row = (post.id, verdict.label, post.created_utc or 0.0, body)
        return (
            self._db.execute("INSERT OR IGNORE INTO candidate VALUES (?, ?, ?, ?)", row).rowcount
            > 0
        )

    def counts(self) -> dict[str, int]:
        """Return how many there are of each class of the recipe, in its order."""
        found = dict(self._db.execute("SELECT label, count(*) FROM candidate GROUP BY label"))
        return {label: found.get(label, 0) for label in self._recipe.classes}

    def in_order(self, label: str) -> Iterator[Candidate]:
        """Give the posts of a class in the recipe's order: those to take, then their reserves."""
        order = _ORDERS[self._recipe.balance.order]
        query = f"SELECT body FROM candidate WHERE label = ? ORDER BY {order}"
        for (body,) in self._db.execute(query, (label,)):
            yield _decode(body)


def balanced(available: Mapping[str, int], recipe: Recipe) -> dict[str, int]:
    """Return how many posts of each class are taken, of as many as there are.

    Call it again where some turn out to be gone and their class has no reserves.

    Parameters
    ----------
    available : Mapping of str to int
        Of every class of the recipe.

    Examples
    --------
    >>> from .recipe_file import read_recipe
    >>> recipe = read_recipe("rart-medium")
    >>> balanced({"digital": 9000, "paint": 2000, "non_ink_drawing": 900, "ink": 700,
    ...           "sculpture": 850}, recipe)
    {'digital': 2800, 'paint': 700, 'non_ink_drawing': 700, 'ink': 700, 'sculpture': 700}
    """
    balance = recipe.balance
    most = balance.per_class if balance.per_class is not None else max(available.values())
    largest = balance.sum_of_others
    times = len(recipe.classes) - 1
    shares = {label: times if label == largest else 1 for label in recipe.classes}
    if not balance.even:
        return {label: min(available[label], most * share) for label, share in shares.items()}
    each = min(most, *(available[label] // share for label, share in shares.items()))
    return {label: each * share for label, share in shares.items()}


def split_of(post: Post, recipe: Recipe) -> str:
    """Return the split of a post; empty if the recipe has none.

    All posts of an author are in one, whatever else is taken: so no hand is on two sides, and who
    takes the place of a post that is gone moves no other.

    Examples
    --------
    >>> from .recipe_file import read_recipe
    >>> recipe = read_recipe("rart-medium")
    >>> [split_of(Post(id=name, author="someone"), recipe) for name in ("a", "b")]
    ['train', 'train']
    """
    known = post.author if post.author and post.author != "[deleted]" else f"/{post.id}"
    place = int.from_bytes(sha256(known.encode()).digest()[:8]) / 2**64
    for split, share in recipe.splits.items():
        place -= share
        if place < 0:
            return split
    return next(reversed(recipe.splits), "")
