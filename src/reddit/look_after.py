"""``artlens collect status``, ``verify`` and ``rebuild``: looking after what was collected."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..config import data_folders
from ..edges import EXIT_SOME_FAILED, TextOrJson, command_edge, name_some
from ..errors import ConfigError
from ..fetching.collect_options import (
    Connections,
    Format,
    LogJson,
    Rate,
    check_site,
    choose_pace,
)
from ..fetching.damage import find_damage, mark_damage, write_findings
from ..fetching.reporting import carry_out, write_outcome
from .asking_options import Live, Posts, RetryFailed, Site
from .collected import CollectingProgress, summarise
from .post_store import PostStore
from .rebuilding import rebuild
from .run_parts import Effort, Place, PostsFolder

Dataset = Annotated[
    str | None, typer.Option(help="Data set; by default the only one that was collected.")
]


@command_edge
def show_status(dataset: Dataset = None, form: Format = TextOrJson.TEXT) -> None:
    """Say how far a collection has come; another run may be at it meanwhile."""
    with PostStore(_known_folder(dataset).database, read_only=True) as store:
        write_outcome(summarise(store), form)


@command_edge
def verify_pictures(dataset: Dataset = None, form: Format = TextOrJson.TEXT) -> None:
    """Hash all pictures again; --retry-failed takes up those that are missing or changed."""
    folder = _known_folder(dataset)
    with folder.locked(), PostStore(folder.database) as store:
        findings = list(find_damage(store, folder.images))
        checked = store.count_stored()
        mark_damage(store, findings)
    write_findings(checked, findings, form)
    if findings:
        sys.exit(EXIT_SOME_FAILED)


@command_edge
def rebuild_pictures(  # noqa: PLR0913 - one parameter for each option
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", exists=True, dir_okay=False)],
    dataset: Annotated[
        str, typer.Option(help="Data set to fetch into: a folder in data/raw.")
    ] = "rebuilt",
    live: Live = False,
    site: Site = "",
    posts: Posts = 0,
    connections: Connections = None,
    rate: Rate = None,
    retry_failed: RetryFailed = False,
    log_json: LogJson = False,
    form: Format = TextOrJson.TEXT,
) -> None:
    """Fetch again what MANIFEST, a pictures.csv, lists."""
    check_site(site, live=live)
    if not (live or site or posts):
        raise ConfigError(
            f"pictures of {manifest} are on other machines; add --live to fetch them, or --posts "
            "to fetch them from the stand-in of so many"
        )
    place = Place(live=live, site=site, posts=posts)
    effort = Effort(*choose_pace(connections, rate, live=live), retry_failed)
    folder = PostsFolder(data_folders(dataset).raw)
    run = partial(rebuild, manifest, place, effort, folder)
    carry_out(run, CollectingProgress, log_json=log_json, output_format=form)


def _known_folder(dataset: str | None) -> PostsFolder:
    """Return the folder of a collection.

    Raises
    ------
    ConfigError
        There is none, or more than one and nobody says which.
    """
    raw = data_folders().raw
    known = sorted(path.parent.parent.name for path in raw.glob("*/scrape/state.sqlite"))
    if dataset is None and len(known) > 1:
        raise ConfigError(f"several data sets were collected ({name_some(known)}); name --dataset")
    folder = PostsFolder(data_folders(dataset or "".join(known) or None).raw)
    if not folder.database.is_file():
        raise ConfigError(
            f"nothing was collected here ({folder.root}); run `artlens collect reddit` first"
        )
    return folder
