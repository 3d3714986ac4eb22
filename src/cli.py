"""The command ``artlens``: a map of the stages' own commands, and nothing else.

A stage is imported when its command is called, so that ``artlens --help`` answers at once.
"""

import re
import sys
from importlib import import_module
from os.path import lexists
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from . import __version__
from .edges import collect_garbage_rarely, command_edge

# command -> where it or its app is, and the first line of its docstring
STAGES: Final = {
    "scrape": (
        ".scraping.scrape_pictures:app",
        "Collect the works of each colour and download their pictures; goes on where it stopped.",
    ),
    "collect reddit": (
        ".reddit.collect_reddit:collect_reddit",
        "Build a labelled data set of Reddit's posts by a recipe, from dumps or the API.",
    ),
    "collect status": (
        ".reddit.look_after:show_status",
        "Say how far a collection has come; another run may be at it meanwhile.",
    ),
    "collect verify": (
        ".reddit.look_after:verify_pictures",
        "Hash all pictures again; --retry-failed takes up those that are missing or changed.",
    ),
    "collect rebuild": (
        ".reddit.look_after:rebuild_pictures",
        "Fetch again what MANIFEST, a pictures.csv, lists.",
    ),
    "import": (
        ".data.import_pictures:import_pictures",
        "Bring in labelled pictures of your own: a folder per class, a table, an archive.",
    ),
    "import unsplash": (
        ".data.import_unsplash:import_unsplash",
        "Bring in photos of Unsplash's data set, their keywords as tags; goes on where it stopped.",
    ),
    "make-dataset": (
        ".data.make_dataset:make_dataset",
        "Keep each sound picture once; dropped.csv says which were left out, and why.",
    ),
    "build-features": (
        ".features.build_features:build_features",
        "Measure every picture: its colour, or what a network says; goes on where it stopped.",
    ),
    "train": (
        ".models.train_model:train_model",
        "Let families of models compete; calibrate, judge and keep the best.",
    ),
    "models": (
        ".models.list_models:app",
        "List the models that are there, your own and shipped ones, or choose which one answers.",
    ),
    "backbone": (
        ".features.manage_backbones:app",
        "List the networks that measure pictures, or add one of your own.",
    ),
    "measured": (
        ".features.manage_rows:manage_rows",
        "Say what is kept of what networks measured of pictures, and where; or empty it.",
    ),
    "predict": (
        ".models.predict_pictures:predict_pictures",
        "Name the class of pictures: files, folders, patterns, addresses or standard input.",
    ),
    "analyse": (
        ".models.analyse_pictures:analyse_pictures",
        "Say all that the models know of pictures, each measured once: every task side by side.",
    ),
    "export": (
        ".data.export_pictures:export_pictures",
        "Write a data set as pictures and a metadata.csv: file_name, labels and all else.",
    ),
    "duplicates": (
        ".visualization.duplicates:duplicates",
        "Find works that occur twice, in whatever version; nothing is deleted.",
    ),
    "explain": (
        ".visualization.explain_picture:explain_picture",
        "Say which features pushed a picture to its label, and to the runner-up.",
    ),
    "compare": (
        ".models.comparing.compare_pictures:compare_pictures",
        "Say whether two pictures are by one artist, how sure that is, and why.",
    ),
    "similar": (
        ".visualization.similar_pictures:similar_pictures",
        "Find the works in folders that are nearest to a picture, by hand or by look.",
    ),
    "browse": (
        ".browse.browse_pictures:browse_pictures",
        "Make a web site to browse pictures by colour, medium, artist and likeness, on disk.",
    ),
    "report": (
        ".visualization.report:report",
        "Draw and write down how good a model is: one HTML file, and its figures as PNG.",
    ),
    "evaluate": (
        ".visualization.evaluate_model:evaluate_model",
        "Say how good a model is on labelled pictures of your own, and where it is wrong.",
    ),
    "serve": (
        ".service.serve:serve",
        "Serve predictions and the web page; the address is the first line on standard output.",
    ),
    "bot": (
        ".bot.run_bot:run_bot",
        "Answer pictures in a chat of Telegram, over the Bot API; goes on where it stopped.",
    ),
    "gallery paint": (
        ".gallery.paint_gallery:paint_gallery",
        "Paint pictures with known colours, and a table that says which.",
    ),
    "gallery serve": (
        ".gallery.serve_gallery:serve",
        "Serve the built-in museum; its address is the first line on standard output.",
    ),
    "gallery forum": (
        ".gallery.serve_forum:serve",
        "Serve a stand-in for Reddit; its address is the first line on standard output.",
    ),
    "gallery chat": (
        ".gallery.serve_chat:serve",
        "Serve a stand-in for Telegram; its address is the first line on standard output.",
    ),
}

# What commands of two words begin with, and what these have in common.
_GROUPS: Final = {
    "collect": "Data sets out of what people post.",
    "gallery": "The built-in gallery of painted pictures.",
}

# What is spelled otherwise is no mistyped command, but names pictures.
_COMMAND: Final = re.compile(r"[A-Za-z][A-Za-z_-]*")


class _Commands(TyperGroup):
    """Takes what names pictures, in the place of a command, for those of ``predict``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that arguments begin with."""
        first, *others = args
        if first == "help":
            args = [*others, "--help"]
        if (both := " ".join(args[:2])) in self.commands:
            args = [both, *args[2:]]
        elif first not in self.commands and (not _COMMAND.fullmatch(first) or lexists(first)):
            args = ["predict", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def artlens(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            is_eager=True,
            callback=lambda wanted: _print_version() if wanted else None,
            help="Show the version and leave.",
        ),
    ] = False,
) -> None:
    """Say what pictures of artworks tell, and train the models that do it."""


def main() -> None:
    """Run the command line of this process."""
    collect_garbage_rarely()
    try:
        app(prog_name="artlens")
    except ModuleNotFoundError as error:
        _explain_missing(error)
        raise


def load_stage(target: str) -> Any:
    """Import a stage's command, or its app of several, given as ``module:name``."""
    module, function = target.split(":")
    return getattr(import_module(module, __package__), function)


@command_edge
def _explain_missing(error: ModuleNotFoundError) -> None:
    """Say which extra of this package brings a library that a command needs, if one does."""
    from .extras import name_missing

    command = "".join(sys.argv[1:2])
    if missing := name_missing(error, f"artlens {command}", extra=command):
        raise missing from error


def _print_version() -> None:
    typer.echo(f"artlens {__version__}")
    raise typer.Exit


def _register(group: typer.Typer, name: str, target: str, summary: str) -> None:
    """Add a stage to a group under its name and summary; its options come when it is called."""

    class Stage(TyperCommand):
        @command_edge
        def make_context(self, *args: Any, **kwargs: Any) -> Any:
            stage = load_stage(target)
            if not isinstance(stage, typer.Typer):
                stage = _make_app(name, stage)
            try:
                return typer.main.get_command(stage).make_context(*args, **kwargs)
            except typer.BadParameter as error:
                error.message = error.message.removeprefix("Value error, ")
                raise

    group.command(name, cls=Stage, short_help=summary)(lambda: None)


def _make_app(name: str, stage: Any) -> typer.Typer:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name)(stage)
    return alone


def _register_all() -> None:
    groups = {
        name: typer.Typer(no_args_is_help=True, help=about) for name, about in _GROUPS.items()
    }
    for name, group in groups.items():
        app.add_typer(group, name=name)
    for name, (target, summary) in STAGES.items():
        first, _, command = name.partition(" ")
        if first in groups:
            _register(groups[first], command, target, summary)
        else:
            _register(app, name, target, summary)


_register_all()

if __name__ == "__main__":
    main()
