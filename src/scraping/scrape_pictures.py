"""Stage: the museum's colour pages -> pictures and their table in ``data/raw``.

Each worker process imports this file again, so what only the command needs is imported there.
"""

from dataclasses import replace
from functools import partial

import typer

from ..edges import TextOrJson, command_edge
from ..fetching.collect_options import (
    Connections,
    DataDir,
    Format,
    LogJson,
    Rate,
    check_site,
)
from ..fetching.reporting import carry_out
from .addresses import parse_colors
from .options import (
    Browsers,
    ColorNames,
    Details,
    Grids,
    Images,
    Limit,
    Live,
    Options,
    RetryFailed,
    SiteAddress,
    Works,
    choose_effort,
)
from .run import raw_folder
from .summary import TerminalProgress
from .upkeep import rebuild_pictures, show_status, verify_pictures

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
@command_edge
def scrape_pictures(  # noqa: PLR0913  # one parameter per option
    context: typer.Context,
    live: Live = False,
    site: SiteAddress = "",
    works: Works = "",
    color: ColorNames = None,
    limit: Limit = None,
    browsers: Browsers = None,
    connections: Connections = None,
    rate: Rate = None,
    grid: Grids = None,
    images: Images = True,
    details: Details = False,
    retry_failed: RetryFailed = False,
    log_json: LogJson = False,
    output_format: Format = TextOrJson.TEXT,
    data_dir: DataDir = None,
) -> None:
    """Collect the works of each colour and download their pictures; goes on where it stopped."""
    context.obj = data_dir
    if context.invoked_subcommand is not None:
        return
    from .phases import scrape

    check_site(site, live=live)
    effort = choose_effort(live=live, browsers=browsers, connections=connections, rate_per_s=rate)
    asked = Options(site, live, works, parse_colors(color or ()), limit, effort, tuple(grid or ()))
    options = replace(asked, images=images, details=details, retry_failed=retry_failed)
    run = partial(scrape, options, raw_folder(data_dir))
    carry_out(run, TerminalProgress, log_json=log_json, output_format=output_format)


app.command("status")(show_status)
app.command("verify")(verify_pictures)
app.command("rebuild")(rebuild_pictures)

if __name__ == "__main__":
    app(prog_name="artlens scrape")
