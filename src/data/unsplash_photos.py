"""Photos of Unsplash's data set with what is known of each, and the two tables that say it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..errors import DataError, DownloadError
from ..fetching.exports import write_rows
from ..fetching.ledger import Ledger, StoredImage
from ..fetching.outside import is_of_web, split_address
from ..fetching.reporting import Report
from .matching import OWN_COLUMNS
from .unsplash_tables import Photo, open_tables, read_keywords, read_photos
from .unsplash_tags import NO, UNKNOWN, YES, Evidence, KeywordRules, Verdicts, decide, gather

# By which splits can keep the photos of one person together: unlike the creator of a picture, a
# column of any other name comes along to the table that models are trained on.
GROUP: Final = "photographer"
TWICE: Final = "listed twice"
WORDS: Final = {1: YES, 0: NO, -1: UNKNOWN}
LISTED: Final = "tags"
_WIDTH: Final = "w=640"
_FORMAT: Final = "fm=jpg"
_SET: Final = ("", "w", "fm")
_WAITING: Final = "waiting"
_NOT_CHOSEN: Final = "over the limit"


@dataclass(slots=True)
class Labelled:
    """Photos and what is known of them; `left_out` says by place why one is no picture."""

    photos: list[Photo]
    evidence: Evidence
    verdicts: Verdicts
    keywords: int
    twice: list[str]
    left_out: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def kept(self) -> list[int]:
        """The places of photos of which there is to be a picture, by name."""
        places = (place for place in range(len(self.photos)) if place not in self.left_out)
        return sorted(places, key=lambda place: self.photos[place].asset_id)


def label_photos(
    source: Path, rules: KeywordRules, limit: int | None, report: Report, stop: threading.Event
) -> Labelled:
    """Read both tables and decide on every tag of every photo.

    Raises
    ------
    ConfigError, DataError
        As `bring_photos`.
    """
    tables = open_tables(source)
    rules.choose(tables.services)
    photos, twice = dict[str, Photo](), list[str]()
    for photo in read_photos(tables.photos):
        if photos.setdefault(photo.asset_id, photo) is not photo:
            twice.append(photo.asset_id)
    report.tell("read", table="photos", rows=len(photos) + len(twice))
    keywords = 0

    def tell(table: str, rows: int) -> None:
        nonlocal keywords
        keywords += rows
        report.tell("read", table=table, rows=rows)
        if stop.is_set():
            raise KeyboardInterrupt

    said = read_keywords(tables.keywords, rules.tags, tell)
    places = {name: place for place, name in enumerate(photos)}
    evidence = gather(said, places, len(rules.tags), len(tables.services))
    verdicts = decide(evidence, rules, tables.services)
    found = Labelled(list(photos.values()), evidence, verdicts, keywords, twice)
    _leave_out(found, limit)
    if not found.kept:
        raise DataError(
            f"no photo of {source} has a tag that is known ({', '.join(rules.tags)}; "
            f"{keywords:,} keywords looked at); give other --tags, or a lower --min-confidence"
        )
    return found


def _leave_out(found: Labelled, limit: int | None) -> None:
    """Note which photos are of no use, and which are too many."""
    for place, (photo, verdicts) in enumerate(zip(found.photos, found.verdicts, strict=True)):
        if (verdicts < 0).all():
            found.left_out[place] = ("no tag is known", "")
        elif not is_of_web(photo.image):
            found.left_out[place] = ("no address", photo.image)
    if limit is not None:
        drawn = sorted(found.kept, key=lambda place: _lot(found.photos[place].asset_id))
        found.left_out |= dict.fromkeys(drawn[limit:], (_NOT_CHOSEN, ""))


def _lot(name: str) -> bytes:
    return sha256(name.encode()).digest()


def sized(address: str) -> str:
    """Return the address of a picture as a JPEG of 640 pixels width, whatever it was asked for.

    Examples
    --------
    >>> sized("https://images.unsplash.com/photo-1")
    'https://images.unsplash.com/photo-1?w=640&fm=jpg'
    >>> sized("https://images.unsplash.com/photo-1?ixid=a%20b&w=9&fm=png#top")
    'https://images.unsplash.com/photo-1?ixid=a%20b&w=640&fm=jpg'
    """
    parts = split_address(address)
    if parts is None:
        return address
    others = [pair for pair in parts.query.split("&") if pair.partition("=")[0] not in _SET]
    return parts._replace(query="&".join([*others, _WIDTH, _FORMAT]), fragment="").geturl()


def write_pictures(
    found: Labelled, raw_folder: Path, ledger: Ledger, rules: KeywordRules, *, bare: bool
) -> list[int]:
    """Write a row for each photo that has a picture, or may go without; return their places."""
    rows, places = [], []
    for place in found.kept:
        photo, outcome = found.photos[place], ledger.outcome(found.photos[place].asset_id)
        if isinstance(outcome, DownloadError):
            found.left_out[place] = (outcome.reason, str(outcome))
        elif outcome is None and not bare:
            found.left_out[place] = (_WAITING, "run the same command again")
        else:
            rows.append(_row(photo, outcome, found.verdicts[place].tolist(), rules.tags))
            places.append(place)
    columns = (*Photo._fields, *OWN_COLUMNS, *rules.tags, LISTED, GROUP)
    write_rows(raw_folder / "pictures.csv", columns, rows)
    return places


def _row(
    photo: Photo, stored: StoredImage | None, verdicts: Sequence[int], tags: Sequence[str]
) -> tuple[object, ...]:
    facts: Sequence[object] = [""] * len(OWN_COLUMNS)
    if stored is not None:
        facts = (stored.filename, stored.sha256, stored.bytes, stored.width, stored.height)
    cells = [WORDS[verdict] for verdict in verdicts]
    listed = list_tags(dict(zip(tags, cells, strict=True)))
    return (*photo._replace(image=sized(photo.image)), *facts, *cells, listed, photo.creator)


def list_tags(cells: Mapping[str, str]) -> str:
    """Return all that is said of a photo's tags in one cell: it has these and, after a dash, lacks.

    A dash alone stands where nothing is lacking: a list without any would say that there are no
    other tags, and of these nothing is known.

    Examples
    --------
    >>> list_tags({"fog": "no", "sea": "yes", "tree": ""}), list_tags({"sea": "yes", "tree": ""})
    ('sea|-fog', 'sea|-')
    """
    has = sorted(tag for tag, cell in cells.items() if cell == YES)
    lacks = sorted(f"-{tag}" for tag, cell in cells.items() if cell == NO)
    return "|".join([*has, *(lacks or ["-"] * bool(has))])


def write_photos(found: Labelled, path: Path, rules: KeywordRules) -> None:
    """Write a row for each photo: whether it is kept, why not, and what was said of each tag."""
    by_name = sorted(range(len(found.photos)), key=lambda place: found.photos[place].asset_id)
    tags = range(len(rules.tags))
    rows = [
        (
            found.photos[place].asset_id,
            "false" if place in found.left_out else "true",
            *found.left_out.get(place, ("", "")),
            *(found.evidence.text(place, tag) for tag in tags),
        )
        for place in by_name
    ]
    rows += [(name, "false", TWICE, "", *[""] * len(tags)) for name in sorted(found.twice)]
    write_rows(path, ("asset_id", "kept", "reason", "found", *rules.tags), rows)
