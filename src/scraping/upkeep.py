"""``artlens scrape status``, ``verify`` and ``rebuild``: looking after what was scraped."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..edges import EXIT_SOME_FAILED, TextOrJson, command_edge
from ..errors import ConfigError
from ..fetching.collect_options import (
    Connections,
    DataDir,
    Format,
    LogJson,
    Rate,
    check_site,
)
from ..fetching.damage import find_damage, mark_damage, write_findings
from ..fetching.reporting import carry_out, write_outcome
from ..tasks.color import COLORS
from .manifest import export_tables
from .options import (
    Live,
    Options,
    RetryFailed,
    SiteAddress,
    Works,
    choose_effort,
)
from .run import RawFolder, raw_folder
from .store import Store
from .summary import TerminalProgress, summarise


@command_edge
def show_status(
    context: typer.Context, output_format: Format = TextOrJson.TEXT, data_dir: DataDir = None
) -> None:
    """Say how far each colour has come; another run may be at it meanwhile."""
    folder = _known_folder(context, data_dir)
    with Store(folder.database, read_only=True) as store:
        write_outcome(summarise(store, COLORS), output_format)


@command_edge
def verify_pictures(
    context: typer.Context, output_format: Format = TextOrJson.TEXT, data_dir: DataDir = None
) -> None:
    """Hash all pictures again; --retry-failed takes up those that are missing or changed."""
    folder = _known_folder(context, data_dir)
    with folder.locked(), Store(folder.database) as store:
        findings = list(find_damage(store, folder.images))
        checked = store.count_stored()
        mark_damage(store, findings)
        export_tables(store, folder)
    write_findings(checked, findings, output_format)
    if findings:
        sys.exit(EXIT_SOME_FAILED)


@command_edge
def rebuild_pictures(  # noqa: PLR0913  # one parameter per option
    context: typer.Context,
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", exists=True, dir_okay=False)],
    live: Live = False,
    site: SiteAddress = "",
    works: Works = "",
    connections: Connections = None,
    rate: Rate = None,
    retry_failed: RetryFailed = False,
    log_json: LogJson = False,
    output_format: Format = TextOrJson.TEXT,
    data_dir: DataDir = None,
) -> None:
    """Download again what MANIFEST lists, without a browser."""
    from .phases import rebuild

    check_site(site, live=live)
    effort = choose_effort(live=live, browsers=None, connections=connections, rate_per_s=rate)
    options = Options(site, live, works, (), None, effort, retry_failed=retry_failed)
    folder = raw_folder(data_dir or context.obj)
    run = partial(rebuild, manifest, options, folder)
    carry_out(run, TerminalProgress, log_json=log_json, output_format=output_format)


def _known_folder(context: typer.Context, data_dir: Path | None) -> RawFolder:
    folder = raw_folder(data_dir or context.obj)
    if not folder.database.is_file():
        raise ConfigError(f"nothing was scraped here ({folder.root}); run `artlens scrape` first")
    return folder
