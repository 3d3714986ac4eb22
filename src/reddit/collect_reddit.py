"""Stage: posts of Reddit that a recipe wants -> ``data/raw``."""

from pathlib import Path
from typing import Annotated

import typer

from ..edges import EXIT_SOME_FAILED, TextOrJson, command_edge, report_error
from ..errors import ConfigError
from .dry_run import describe, look_only
from .judging import Reason
from .recipe_file import read_recipe


@command_edge
def collect_reddit(  # noqa: PLR0913 - one parameter for each option
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILES",
            help="Dumps of posts (.zst, .ndjson, .jsonl), or lists of posts as JSON.",
        ),
    ] = None,
    recipe: Annotated[
        str, typer.Option(metavar="FILE|NAME", help="What is wanted, in TOML; or a shipped recipe.")
    ] = "rart-medium",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken; fetch no picture.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="With --dry-run: a table of all posts looked at, CSV."),
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace a table that is there already.")] = False,
    form: Annotated[
        TextOrJson, typer.Option("--format", help="How the result is written.")
    ] = TextOrJson.TEXT,
) -> None:
    """Build a labelled data set of Reddit's posts by a recipe, from dumps or the API."""
    wanted = read_recipe(recipe)
    if not sources:
        raise ConfigError("no posts to look at; give files of them, as dump.zst")
    if not dry_run:
        raise ConfigError("collecting is not there yet; add --dry-run")
    tally = look_only(sources, wanted, output, force=force)
    print(describe(tally, wanted, form))
    if unreadable := tally.refused[Reason.UNREADABLE]:
        report_error(f"{unreadable:,} lines are no posts; all others were looked at")
        raise SystemExit(EXIT_SOME_FAILED)


if __name__ == "__main__":
    typer.run(collect_reddit)
