"""Stage: Unsplash's data set -> ``data/raw``: photos with tags that are yes, no or not known.

Nothing of it comes with this package: its terms forbid to pass the data on.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import typer

from ..config import data_folders
from ..edges import TextOrJson, command_edge
from ..errors import Blocked, ConfigError, DataError, DownloadError
from ..fetching.collect_options import Connections, Format, LogJson, Rate, choose_pace
from ..fetching.downloads import Request, download, make_fetcher
from ..fetching.exports import write_rows
from ..fetching.ledger import Ledger, StoredImage, locked
from ..fetching.outside import is_loopback, is_of_web, split_address, stand_in_address
from ..fetching.pauses import check_pause, note_pause
from ..fetching.reporting import Report, carry_out
from ..files import write_whole
from .import_pictures import refuse_others
from .matching import OWN_COLUMNS
from .trees import IMPORT_NOTE
from .unsplash_outcome import Imported, ImportProgress, TagRow
from .unsplash_tables import Photo, open_tables, read_keywords, read_photos
from .unsplash_tags import (
    ANY,
    BOTH,
    MIN_CONFIDENCE,
    NO,
    NO_BELOW,
    TAGS,
    UNKNOWN,
    YES,
    Evidence,
    TagRules,
    Verdicts,
    decide,
    gather,
    parse_tags,
)

DATASET: Final = "tags"
PHOTOS: Final = "photos.csv"
# By which splits can keep the photos of one person together: unlike the creator of a picture, a
# column of any other name comes along to the table that models are trained on.
GROUP: Final = "photographer"
_WIDTH: Final = "w=640"
_FORMAT: Final = "fm=jpg"
_REDIRECTS: Final = 5
_WAITING: Final = "waiting"
_NOT_CHOSEN: Final = "over the limit"
_TWICE: Final = "listed twice"
_WORDS: Final = {1: YES, 0: NO, -1: UNKNOWN}


@dataclass(frozen=True, slots=True)
class Pictures:
    """Whether and how pictures are fetched.

    Attributes
    ----------
    wanted : bool
    site : str
        What stands in for their host; empty for itself.
    connections : int
        How many are fetched at a time.
    rate_per_s : float or None
        Requests per second; None for no limit.
    retry_failed : bool
        Whether those that failed are asked for again.
    """

    wanted: bool = True
    site: str = ""
    connections: int = 4
    rate_per_s: float | None = None
    retry_failed: bool = False


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


@command_edge
def import_unsplash(  # noqa: PLR0913 - one parameter for each option
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="The folder of photos.tsv000 and keywords.tsv000.",
            show_default=False,
        ),
    ],
    tags: Annotated[
        str, typer.Option(help="Keywords that are tags, separated by commas.")
    ] = ",".join(TAGS),
    min_confidence: Annotated[
        float, typer.Option(min=0, max=100, help="From which on a keyword is a yes.")
    ] = MIN_CONFIDENCE,
    no_below: Annotated[
        float,
        typer.Option(min=0, max=100, help="Up to which it is a no; between is not known."),
    ] = NO_BELOW,
    service: Annotated[
        str,
        typer.Option(
            metavar=f"{ANY}|{BOTH}|1|2|…",
            help="Whose confidences count: any service's, those of all that agree, or one's.",
        ),
    ] = ANY,
    suggested: Annotated[
        bool, typer.Option(help="Take what the photographer suggested for a yes.")
    ] = False,
    absent: Annotated[
        str,
        typer.Option(metavar="unknown|no", help="What a keyword means that is not there."),
    ] = "unknown",
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Keep so many photos at most: drawn by lot, always the same."),
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Fetch the pictures, too.")] = True,
    site: Annotated[str, typer.Option(help="Ask a stand-in for their host, at this address.")] = "",
    connections: Connections = None,
    rate: Rate = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask again for pictures that failed.")
    ] = False,
    dataset: Annotated[
        str, typer.Option(help="Data set: a folder in each part of data/.")
    ] = DATASET,
    log_json: LogJson = False,
    form: Format = TextOrJson.TEXT,
) -> None:
    """Bring in photos of Unsplash's data set, their keywords as tags; goes on where it stopped."""
    if absent not in ("unknown", NO):
        raise ConfigError(f"no such meaning ({absent!r}); give --absent unknown or no")
    if site and not is_loopback(site):
        raise ConfigError(f"not on this machine ({site}); leave --site out to ask the real host")
    rules = TagRules(
        parse_tags(tags), min_confidence, no_below, service.lower(), suggested, absent == NO
    )
    pace = choose_pace(connections, rate, live=not site)
    wish = Pictures(pictures, site.rstrip("/"), *pace, retry_failed)
    run = partial(bring_photos, source.absolute(), data_folders(dataset).raw, rules, wish, limit)
    carry_out(run, ImportProgress, log_json=log_json, output_format=form)


def bring_photos(  # noqa: PLR0913 - what is asked, and who is told
    source: Path,
    raw_folder: Path,
    rules: TagRules,
    wish: Pictures,
    limit: int | None,
    report: Report,
    stop: threading.Event,
) -> Imported:
    """Read the tables, fetch pictures, and write ``pictures.csv`` and ``photos.csv``.

    Parameters
    ----------
    source : Path
        The folder of the tables.
    raw_folder : Path
        Gets the tables and ``images/``.
    rules : TagRules
    wish : Pictures
    limit : int, optional
        How many photos are kept at most.
    report : Report
        Takes the events ``read``, ``fetching``, ``image`` and ``blocked``.
    stop : threading.Event
        When set, what is in flight is finished and the run ends.

    Raises
    ------
    ConfigError
        If the source is no such data set, or the raw folder holds another one.
    DataError
        If a table is damaged, or no photo has a tag that is known.
    """
    with locked(raw_folder / ".import"):
        refuse_others(raw_folder, source)
        found = label_photos(source, rules, limit, report, stop)
        write_whole(raw_folder / IMPORT_NOTE, f"{source}\n")
        with Ledger(raw_folder / ".import" / "fetched.sqlite") as ledger:
            blocked = ""
            if wish.wanted:
                blocked = _fetch(found, raw_folder / "images", ledger, wish, report, stop)
            rows = _write_pictures(found, raw_folder, ledger, rules, bare=not wish.wanted)
        _write_photos(found, raw_folder / PHOTOS, rules)
    reasons = Counter(reason for reason, _ in found.left_out.values())
    reasons[_TWICE] += len(found.twice)
    return Imported(
        raw_folder / "pictures.csv",
        raw_folder / PHOTOS,
        len(found.photos) + len(found.twice),
        found.keywords,
        found.evidence.strangers,
        len(rows),
        wish.wanted,
        tuple(_count(rules.tags, found.verdicts[rows])),
        dict((+reasons).most_common()),
        blocked,
        stop.is_set(),
    )


def label_photos(
    source: Path, rules: TagRules, limit: int | None, report: Report, stop: threading.Event
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


_SET: Final = ("", "w", "fm")


def _fetch(  # noqa: PLR0913 - what is fetched, how, and who is told
    found: Labelled,
    images: Path,
    ledger: Ledger,
    wish: Pictures,
    report: Report,
    stop: threading.Event,
) -> str:
    """Fetch what is not there yet; return which host is left alone, if one is."""
    if wish.retry_failed:
        ledger.forget_failures()
    fetcher = make_fetcher(
        wish.connections, wish.rate_per_s, stop, redirects=_REDIRECTS, local=bool(wish.site)
    )
    report.tell("fetching", pictures=len(found.kept), there=ledger.count_stored())
    try:
        check_pause(ledger)
        for result in download(_requests(found, wish.site), images, ledger, fetcher):
            if isinstance(result.outcome, Blocked):
                raise result.outcome
            report.tell("image", reason=result.reason)
    except Blocked as error:
        note_pause(ledger, error)
        report.tell("blocked", why=str(error))
        return str(error)
    return ""


def _requests(found: Labelled, site: str) -> Iterator[Request]:
    for photo in (found.photos[place] for place in found.kept):
        url = stand_in_address(site, sized(photo.image))
        # A name that begins with a dash, as some do, would be taken for an option.
        yield Request(photo.asset_id, url, stem=f"photo-{photo.asset_id}")


def _write_pictures(
    found: Labelled, raw_folder: Path, ledger: Ledger, rules: TagRules, *, bare: bool
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
    columns = (*Photo._fields, *OWN_COLUMNS, *rules.tags, DATASET, GROUP)
    write_rows(raw_folder / "pictures.csv", columns, rows)
    return places


def _row(
    photo: Photo, stored: StoredImage | None, verdicts: Sequence[int], tags: Sequence[str]
) -> tuple[object, ...]:
    facts: Sequence[object] = [""] * len(OWN_COLUMNS)
    if stored is not None:
        facts = (stored.filename, stored.sha256, stored.bytes, stored.width, stored.height)
    cells = [_WORDS[verdict] for verdict in verdicts]
    listed = "|".join(tag for tag, cell in zip(tags, cells, strict=True) if cell == YES)
    return (*photo._replace(image=sized(photo.image)), *facts, *cells, listed, photo.creator)


def _write_photos(found: Labelled, path: Path, rules: TagRules) -> None:
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
    rows += [(name, "false", _TWICE, "", *[""] * len(tags)) for name in sorted(found.twice)]
    write_rows(path, ("asset_id", "kept", "reason", "found", *rules.tags), rows)


def _count(tags: Sequence[str], verdicts: Verdicts) -> Iterator[TagRow]:
    for tag, column in zip(tags, verdicts.T, strict=True):
        yield TagRow(tag, *(int((column == verdict).sum()) for verdict in _WORDS))


if __name__ == "__main__":
    typer.run(import_unsplash)
