"""Stage: Unsplash's data set -> ``data/raw``: photos with tags that are yes, no or not known.

Nothing of it comes with this package: its terms forbid to pass the data on.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from ..config import data_folders
from ..edges import TextOrJson, command_edge
from ..errors import Blocked, ConfigError
from ..fetching.collect_options import Connections, Format, LogJson, Rate, choose_pace
from ..fetching.downloads import Request, download, make_fetcher
from ..fetching.ledger import Ledger, locked
from ..fetching.outside import is_loopback, stand_in_address
from ..fetching.pauses import check_pause, note_pause
from ..fetching.reporting import Report, carry_out
from ..files import write_whole
from .import_pictures import refuse_others
from .trees import IMPORT_NOTE
from .unsplash_outcome import Imported, ImportProgress, TagRow
from .unsplash_photos import (
    TWICE,
    WORDS,
    Labelled,
    label_photos,
    sized,
    write_photos,
    write_pictures,
)
from .unsplash_tags import (
    ANY,
    BOTH,
    MIN_CONFIDENCE,
    NO,
    NO_BELOW,
    TAGS,
    KeywordRules,
    Verdicts,
    name_tags,
)

DATASET: Final = "tags"
PHOTOS: Final = "photos.csv"
_REDIRECTS: Final = 5


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
    rules = KeywordRules(
        name_tags(tags), min_confidence, no_below, service.lower(), suggested, absent == NO
    )
    pace = choose_pace(connections, rate, live=not site)
    wish = Pictures(pictures, site.rstrip("/"), *pace, retry_failed)
    run = partial(bring_photos, source.absolute(), data_folders(dataset).raw, rules, wish, limit)
    carry_out(run, ImportProgress, log_json=log_json, output_format=form)


def bring_photos(  # noqa: PLR0913 - what is asked, and who is told
    source: Path,
    raw_folder: Path,
    rules: KeywordRules,
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
    rules : KeywordRules
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
            rows = write_pictures(found, raw_folder, ledger, rules, bare=not wish.wanted)
        write_photos(found, raw_folder / PHOTOS, rules)
    reasons = Counter(reason for reason, _ in found.left_out.values())
    reasons[TWICE] += len(found.twice)
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


def _count(tags: Sequence[str], verdicts: Verdicts) -> Iterator[TagRow]:
    for tag, column in zip(tags, verdicts.T, strict=True):
        yield TagRow(tag, *(int((column == verdict).sum()) for verdict in WORDS))


if __name__ == "__main__":
    typer.run(import_unsplash)
