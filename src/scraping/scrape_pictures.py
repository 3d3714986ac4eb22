"""Stage: the museum's colour pages -> pictures and their table in ``data/raw``.

Each worker process imports this file again, so what only the command needs is imported there.
"""

import sys
from typing import Annotated

import typer

from ..edges import command_edge
from .option_types import DataDir, Format, OutputFormat, raw_folder
from .upkeep import rebuild_pictures, show_status, verify_pictures

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
@command_edge
def scrape_pictures(  # noqa: PLR0913  # one parameter per option
    context: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Scrape the real site; else the built-in museum.")
    ] = False,
    site: Annotated[
        str, typer.Option(help="Scrape a museum that runs already, at this address.")
    ] = "",
    works: Annotated[
        str, typer.Option(help="Works per colour of the built-in museum: 60, or RED=60,BLUE=45.")
    ] = "",
    color: Annotated[
        list[str] | None, typer.Option(help="Only this colour; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Works per colour at most.", min=1)] = None,
    browsers: Annotated[int | None, typer.Option(help="How many at a time.", min=1)] = None,
    connections: Annotated[
        int | None, typer.Option(help="Pictures fetched at a time.", min=1)
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Requests per second and host at most.", min=0.01)
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(help="Selenium Grid or driver to run browsers on; may be repeated."),
    ] = None,
    images: Annotated[
        bool, typer.Option("--images/--no-images", help="Whether to download the pictures.")
    ] = True,
    details: Annotated[
        bool, typer.Option("--details", help="Visit each work's own page as well.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Take up again what failed.")
    ] = False,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Write events as JSON lines on standard error.")
    ] = False,
    output_format: Format = OutputFormat.TEXT,
    data_dir: DataDir = None,
) -> None:
    """Collect the works of each colour and download their pictures; goes on where it stopped."""
    context.obj = data_dir
    if context.invoked_subcommand is not None:
        return
    from .interrupts import stop_on_interrupt
    from .options import Options, check_site, choose_effort
    from .pipeline import scrape
    from .reporting import choose_report
    from .site import parse_colors
    from .summary import leave, write_summary

    check_site(site, live=live)
    options = Options(
        site=site,
        live=live,
        works=works,
        colors=parse_colors(color or ()),
        cap=limit,
        effort=choose_effort(
            live=live, browsers=browsers, connections=connections, rate_per_s=rate
        ),
        grid=tuple(grid or ()),
        images=images,
        details=details,
        retry_failed=retry_failed,
    )
    stop = stop_on_interrupt()
    report = choose_report(sys.stderr, log_json=log_json)
    summary = scrape(options, raw_folder(data_dir), report, stop)
    write_summary(summary, output_format)
    leave(summary.exit_code)


app.command("status")(show_status)
app.command("verify")(verify_pictures)
app.command("rebuild")(rebuild_pictures)

if __name__ == "__main__":
    app(prog_name="artlens scrape")
