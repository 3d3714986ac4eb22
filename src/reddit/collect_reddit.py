"""Stage: posts of Reddit that a recipe wants -> ``data/raw``."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..config import data_folders
from ..edges import EXIT_SOME_FAILED, TextOrJson, command_edge, report_error
from ..errors import ConfigError
from ..fetching.collect_options import (
    Connections,
    Format,
    LogJson,
    Rate,
    check_site,
    choose_pace,
)
from ..fetching.reporting import carry_out
from .api import ORDERS, Listing
from .asking_options import Live, Posts, RetryFailed, Site
from .collected import CollectingProgress
from .collecting import collect
from .dry_run import describe, look_only
from .judging import Reason
from .recipe import Recipe
from .recipe_file import read_recipe
from .run_parts import CollectOptions, Effort, Place, PostsFolder, Sources


@command_edge
def collect_reddit(  # noqa: PLR0913 - one parameter for each option
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILES",
            help="Dumps of posts (.zst, .ndjson, .jsonl), or lists of posts as JSON; else the API.",
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
    ids: Annotated[
        Path | None,
        typer.Option(help="A text with the ids of the only posts that are wanted."),
    ] = None,
    listing: Annotated[
        list[str] | None,
        typer.Option(help=f"What the API lists: {', '.join(ORDERS)}; may be repeated."),
    ] = None,
    query: Annotated[str, typer.Option(help="Words to search for: with --listing search.")] = "",
    live: Live = False,
    site: Site = "",
    posts: Posts = 1000,
    connections: Connections = None,
    rate: Rate = None,
    keep_authors: Annotated[
        bool, typer.Option("--keep-authors", help="Write who posted what into the tables.")
    ] = False,
    ask_again: Annotated[
        bool,
        typer.Option("--ask-again", help="Ask the API which posts of FILES were deleted since."),
    ] = False,
    retry_failed: RetryFailed = False,
    replace_failed: Annotated[
        bool,
        typer.Option("--replace-failed", help="Let the next posts take the place of what failed."),
    ] = False,
    dataset: Annotated[
        str | None, typer.Option(help="Data set; by default named as the recipe's label.")
    ] = None,
    log_json: LogJson = False,
    form: Format = TextOrJson.TEXT,
) -> None:
    """Build a labelled data set of Reddit's posts by a recipe, from dumps or the API."""
    wanted = read_recipe(recipe)
    if dry_run:
        return _look_only(sources or (), wanted, output, form, force=force)
    check_site(site, live=live)
    if sources and not (live or site):
        raise ConfigError(
            f"pictures of these posts are on other machines ({sources[0]}); add --live to fetch "
            "them, or --dry-run to look only"
        )
    options = CollectOptions(
        recipe=wanted,
        sources=choose_sources(wanted, sources or (), ids, listing or (), query),
        place=Place(live=live, site=site, posts=posts),
        effort=Effort(*choose_pace(connections, rate, live=live), retry_failed, replace_failed),
        keep_authors=keep_authors,
        ask_again=ask_again,
    )
    folder = PostsFolder(data_folders(dataset or wanted.label.column).raw)
    carry_out(
        partial(collect, options, folder), CollectingProgress, log_json=log_json, output_format=form
    )


def _look_only(
    sources: Sequence[Path], wanted: Recipe, output: Path | None, form: TextOrJson, *, force: bool
) -> None:
    if not sources:
        raise ConfigError("no posts to look at; give files of them, as dump.zst")
    tally = look_only(sources, wanted, output, force=force)
    print(describe(tally, wanted, form))
    if unreadable := tally.refused[Reason.UNREADABLE]:
        report_error(f"{unreadable:,} lines are no posts; all others were looked at")
        raise SystemExit(EXIT_SOME_FAILED)


def choose_sources(
    recipe: Recipe, files: Sequence[Path], ids: Path | None, orders: Sequence[str], query: str
) -> Sources:
    """Return where posts come from: from the API, newest first, where nothing else is said.

    Raises
    ------
    ConfigError
        An order is unknown, a search has no words, or nobody says which subreddits.
    """
    unknown = [order for order in orders if order not in ORDERS]
    if unknown:
        raise ConfigError(f"no such listing ({unknown[0]!r}); give {', '.join(ORDERS)}")
    if ("search" in orders) != bool(query):
        raise ConfigError("--listing search and --query belong together; give both or neither")
    if not (files or ids or orders):
        orders = ("new",)
    if orders and not recipe.posts.subreddits:
        raise ConfigError(
            f"{recipe.name} names no subreddit, which the API has to be asked for; add them to its "
            "[posts], or give a dump"
        )
    listings = (
        Listing(name, order, query if order == "search" else "")
        for name in recipe.posts.subreddits
        for order in orders
    )
    return Sources(tuple(files), ids, tuple(listings))


if __name__ == "__main__":
    typer.run(collect_reddit)
