"""``artlens scrape status``, ``verify`` and ``rebuild``: looking after what was scraped."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..edges import EXIT_SOME_FAILED, TextOrJson, command_edge, printable
from ..errors import ConfigError, DownloadError
from ..files import file_sha256, remove_unfinished
from ..tasks.color import COLORS
from .manifest import export_tables
from .options import (
    Connections,
    DataDir,
    Format,
    Live,
    LogJson,
    Options,
    Rate,
    RetryFailed,
    SiteAddress,
    Works,
    check_site,
    choose_effort,
)
from .run import RawFolder, raw_folder
from .store import Store
from .summary import carry_out, summarise, write_summary


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that is not as it should be: ``missing``, ``changed``, or ``unknown`` to the state."""

    asset_id: str
    filename: str
    reason: str


@command_edge
def show_status(
    context: typer.Context, output_format: Format = TextOrJson.TEXT, data_dir: DataDir = None
) -> None:
    """Say how far each colour has come; another run may be at it meanwhile."""
    folder = _known_folder(context, data_dir)
    with Store(folder.database, read_only=True) as store:
        write_summary(summarise(store, COLORS), output_format)


@command_edge
def verify_pictures(
    context: typer.Context, output_format: Format = TextOrJson.TEXT, data_dir: DataDir = None
) -> None:
    """Hash all pictures again; --retry-failed takes up those that are missing or changed."""
    folder = _known_folder(context, data_dir)
    with folder.locked(), Store(folder.database) as store:
        findings = list(find_damage(store, folder))
        checked = store.count_stored()
        mark_damage(store, findings)
        export_tables(store, folder)
    _write_findings(checked, findings, output_format)
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
    carry_out(run, log_json=log_json, output_format=output_format)


def _known_folder(context: typer.Context, data_dir: Path | None) -> RawFolder:
    folder = raw_folder(data_dir or context.obj)
    if not folder.database.is_file():
        raise ConfigError(f"nothing was scraped here ({folder.root}); run `artlens scrape` first")
    return folder


def _write_findings(checked: int, findings: list[Finding], output_format: TextOrJson) -> None:
    if output_format is TextOrJson.JSON:
        found = [{"filename": finding.filename, "reason": finding.reason} for finding in findings]
        print(json.dumps({"checked": checked, "findings": found}, indent=2))
        return
    for finding in findings:
        print(f"{finding.reason}: {printable(finding.filename)}")
    print(f"{checked:,} pictures checked, {len(findings):,} not as they should be")


def find_damage(store: Store, folder: RawFolder) -> Iterator[Finding]:
    """Hash every stored picture again, and look for files that nobody knows."""
    remove_unfinished(folder.images)
    known = set()
    for asset_id, filename, sha256 in store.stored_images():
        known.add(filename)
        reason = _damage(folder.images / filename, sha256)
        if reason:
            yield Finding(asset_id, filename, reason)
    for path in sorted(folder.images.iterdir()):
        if path.name not in known:
            yield Finding("", path.name, "unknown")


def mark_damage(store: Store, findings: list[Finding]) -> None:
    """Let ``--retry-failed`` take damaged pictures up again."""
    store.record_images(
        (finding.asset_id, DownloadError(finding.reason, f"{finding.filename} {finding.reason}"))
        for finding in findings
        if finding.asset_id
    )


def _damage(path: Path, sha256: str) -> str:
    if not path.is_file():
        return "missing"
    return "" if file_sha256(path) == sha256 else "changed"
