"""``artlens scrape status``, ``verify`` and ``rebuild``: looking after what was scraped."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..edges import EXIT_SOME_FAILED, command_edge, printable
from ..errors import ConfigError
from ..tasks.color import COLORS
from .folder import RawFolder
from .option_types import DataDir, Format, OutputFormat, raw_folder
from .store import Store
from .summary import leave, summarise, write_summary
from .verify import Finding, find_damage, mark_damage


@command_edge
def show_status(
    context: typer.Context, output_format: Format = OutputFormat.TEXT, data_dir: DataDir = None
) -> None:
    """Say how far each colour has come; another run may be at it meanwhile."""
    folder = _known_folder(context, data_dir)
    with Store(folder.database, read_only=True) as store:
        write_summary(summarise(store, COLORS), output_format)


@command_edge
def verify_pictures(
    context: typer.Context, output_format: Format = OutputFormat.TEXT, data_dir: DataDir = None
) -> None:
    """Hash all pictures again; --retry-failed takes up those that are missing or changed."""
    from .manifest import export_tables

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
    manifest: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    live: Annotated[bool, typer.Option("--live", help="Contact the real site.")] = False,
    site: Annotated[
        str, typer.Option(help="Ask a museum that runs already, at this address.")
    ] = "",
    works: Annotated[str, typer.Option(help="Works per colour of the built-in museum.")] = "",
    connections: Annotated[
        int | None, typer.Option(help="Pictures fetched at a time.", min=1)
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Requests per second and host at most.", min=0.01)
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Take up again what failed.")
    ] = False,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Write events as JSON lines on standard error.")
    ] = False,
    output_format: Format = OutputFormat.TEXT,
    data_dir: DataDir = None,
) -> None:
    """Download again what MANIFEST lists, without a browser."""
    from .interrupts import stop_on_interrupt
    from .options import Options, check_site, choose_effort
    from .pipeline import rebuild
    from .reporting import choose_report

    check_site(site, live=live)
    options = Options(
        site=site,
        live=live,
        works=works,
        colors=(),
        cap=None,
        effort=choose_effort(live=live, browsers=None, connections=connections, rate_per_s=rate),
        retry_failed=retry_failed,
    )
    report = choose_report(sys.stderr, log_json=log_json)
    folder = raw_folder(data_dir or context.obj)
    summary = rebuild(manifest, options, folder, report, stop_on_interrupt())
    write_summary(summary, output_format)
    leave(summary.exit_code)


def _known_folder(context: typer.Context, data_dir: Path | None) -> RawFolder:
    folder = raw_folder(data_dir or context.obj)
    if not folder.database.is_file():
        raise ConfigError(f"nothing was scraped here ({folder.root}); run `artlens scrape` first")
    return folder


def _write_findings(checked: int, findings: list[Finding], output_format: OutputFormat) -> None:
    if output_format is OutputFormat.JSON:
        found = [{"filename": finding.filename, "reason": finding.reason} for finding in findings]
        print(json.dumps({"checked": checked, "findings": found}, indent=2))
        return
    for finding in findings:
        print(f"{finding.reason}: {printable(finding.filename)}")
    print(f"{checked:,} pictures checked, {len(findings):,} not as they should be")
