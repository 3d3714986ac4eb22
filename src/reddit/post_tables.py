"""The tables that a collection of posts leaves behind: a pure, sorted export of what is known."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ..dialects import find_dialect, read_rows
from ..errors import DataError
from ..fetching.exports import write_or_remove, write_rows
from ..fetching.ledger import StoredImage
from ..files import whole_file
from .choosing import WantedPicture, pictures_of
from .gathering_pictures import Gathering
from .post_store import DUPLICATE, PostStore
from .recipe import Recipe
from .selection import Candidate

_FILE_COLUMNS: Final = ("filename", "sha256", "bytes", "width", "height")
_NEEDED: Final = ("asset_id", "image", *_FILE_COLUMNS)
_REDDIT: Final = "https://www.reddit.com"
_NOT_NEEDED: Final = "not needed"
_WAITING: Final = "waiting"


def export_posts(gathering: Gathering, *, keep_authors: bool) -> None:
    """Write ``pictures.csv``, ``posts.csv``, and ``failed.csv`` if there is anything to tell."""
    folder, recipe, chosen = gathering.run.folder, gathering.recipe, gathering.chosen()
    stored = gathering.store.stored()
    pictures = sorted(
        (picture for posts in chosen.values() for post in posts for picture in pictures_of(post)),
        key=lambda picture: (picture.candidate.verdict.label, picture.key),
    )
    rows = [
        _row(picture, stored[picture.key], recipe, keep_authors=keep_authors)
        for picture in pictures
        if picture.key in stored
    ]
    write_rows(folder.manifest, picture_columns(recipe, keep_authors=keep_authors), rows)
    label = recipe.label.column
    write_or_remove(
        folder.failures, ("asset_id", label, "page", "image", "reason", "found"), _failed(gathering)
    )
    kept = {picture.candidate.post.id for picture in pictures if picture.key in stored}
    _write_posts(folder.posts, gathering, kept)


def picture_columns(recipe: Recipe, *, keep_authors: bool) -> tuple[str, ...]:
    """Return the columns of ``pictures.csv``.

    Examples
    --------
    >>> from .recipe_file import read_recipe
    >>> picture_columns(read_recipe("rart-medium"), keep_authors=False)[-6:]
    ('post', 'split', 'title_title', 'title_artist', 'title_medium', 'title_year')
    """
    parts = recipe.title.parts if recipe.title else ()
    return (
        *("asset_id", "page", "image", recipe.label.column, "title", "creator", *_FILE_COLUMNS),
        "post",
        *(("split",) if recipe.splits else ()),
        *(f"title_{part}" for part in parts),
        *(("author",) if keep_authors else ()),
    )


def _row(
    picture: WantedPicture, stored: StoredImage, recipe: Recipe, *, keep_authors: bool
) -> tuple[object, ...]:
    post, verdict = picture.candidate.post, picture.candidate.verdict
    parts = [verdict.parts.get(part, "") for part in (recipe.title.parts if recipe.title else ())]
    return (
        *(picture.key, _page(picture.candidate), picture.url, verdict.label),
        verdict.parts.get("title", post.title),
        verdict.parts.get("artist", ""),
        *(stored.filename, stored.sha256, stored.bytes, stored.width, stored.height),
        post.id,
        *((picture.candidate.split,) if recipe.splits else ()),
        *parts,
        *((post.author,) if keep_authors else ()),
    )


def _page(candidate: Candidate) -> str:
    post = candidate.post
    return _REDDIT + (post.permalink or f"/comments/{post.id}/")


def _failed(gathering: Gathering) -> Iterator[tuple[str, ...]]:
    """Yield what is missing of the posts that were chosen, or whose places others took."""
    failed = gathering.store.failure_texts()
    for candidate in gathering.considered():
        for key, url, _ in pictures_of(candidate):
            if key in failed:
                yield (key, candidate.verdict.label, _page(candidate), url, *failed[key])


def _write_posts(path: Path, gathering: Gathering, kept: set[str]) -> None:
    """Write a row for each post that was looked at; many go by without being held in memory."""
    reasons = _reasons(gathering)
    with whole_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("id", "accepted", "reason", gathering.recipe.label.column))
        for name, label, refused in gathering.store.posts():
            why = refused or ("" if name in kept else reasons.get(name, _NOT_NEEDED))
            writer.writerow((name, "false" if refused else "true", why, label))
        text.detach()


def _reasons(gathering: Gathering) -> dict[str, str]:
    """Return by id why posts have no picture here, of all that were considered."""
    failed, asked = gathering.store.failure_texts(), gathering.store.asked_again()
    reasons = dict[str, str]()
    for candidate in gathering.considered():
        losses = (failed[p.key] for p in pictures_of(candidate) if p.key in failed)
        reason, found = next(losses, (_WAITING, ""))
        told = f"{DUPLICATE} of {found}" if reason == DUPLICATE else reason
        reasons[candidate.post.id] = asked.get(candidate.post.id) or told
    return reasons


def read_collected(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield asset id, sha256 and all cells, as JSON, of the rows of a ``pictures.csv``.

    Raises
    ------
    DataError
        It is none, or a row cannot be used.
    """
    rows = read_rows(path, find_dialect(path, _NEEDED))
    columns = [name.strip() for name in next(rows).cells]
    missing = set(_NEEDED) - set(columns)
    if missing:
        raise DataError(
            f"not a table of collected pictures ({path} lacks {', '.join(sorted(missing))}); give "
            "a pictures.csv that `artlens collect` wrote"
        )
    for row in rows:
        cells = dict(zip(columns, row.cells, strict=True))
        if fault := _fault(cells):
            raise DataError(
                f"a row that cannot be used ({path}:{row.line}: {fault}); give a pictures.csv "
                "that `artlens collect` wrote"
            )
        yield cells["asset_id"], cells["sha256"].strip().lower(), json.dumps(cells)


def _fault(cells: Mapping[str, str]) -> str:
    # The key becomes a file name: one with a slash in it would leave the folder.
    if not cells["asset_id"].replace("-", "").replace("_", "").isalnum():
        return f"the asset_id is {cells['asset_id']!r:.60}, expected letters, digits, - and _"
    if len(cells["sha256"].strip()) != 64:
        return f"the sha256 is {cells['sha256']!r:.80}, expected 64 hexadecimal digits"
    return "" if cells["image"] else "the image is empty, expected an address"


def export_rebuilt(store: PostStore, manifest: Path, failures: Path) -> None:
    """Write the rows of a manifest whose pictures are there again, as they were."""
    stored, failed = store.stored(), store.failure_texts()
    rows = [json.loads(row) for _, _, row in store.expected()]
    columns = list(rows[0]) if rows else list(_NEEDED)
    there = [_with_file(row, stored[row["asset_id"]]) for row in rows if row["asset_id"] in stored]
    write_rows(manifest, columns, [[row[name] for name in columns] for row in there])
    lost = [row for row in rows if row["asset_id"] in failed]
    write_or_remove(
        failures,
        ("asset_id", "image", "reason", "found"),
        [(row["asset_id"], row["image"], *failed[row["asset_id"]]) for row in lost],
    )


def _with_file(row: dict[str, str], stored: StoredImage) -> dict[str, object]:
    facts = (stored.filename, stored.sha256, stored.bytes, stored.width, stored.height)
    return row | dict(zip(_FILE_COLUMNS, facts, strict=True))
