"""Stage: the networks that measure pictures -> a list of them; or a file -> one more."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ..edges import TextOrJson, align, command_edge, printable, report_error
from .backbones import DEFAULT, SHIPPED, Backbone, list_backbones
from .new_backbone import Levels, Wish, add_backbone

_HEAD: Final = ("", "network", "numbers", "input", "MB", "licence", "sha256", "file")
# Before the one that measures where none is named.
_MARK: Final = "*"
# As much of a sum as tells networks apart.
_DIGITS: Final = 12

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def manage_backbones() -> None:
    """List the networks that measure pictures, or add one of your own."""


def parse_levels(text: str) -> Levels:
    """Return three levels, from one for all or from one for each of red, green and blue.

    Examples
    --------
    >>> parse_levels("127"), parse_levels("123.7,116.3,103.5")
    ((127.0, 127.0, 127.0), (123.7, 116.3, 103.5))
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in (1, 3) or not all(abs(value) < float("inf") for value in values):
        raise typer.BadParameter(f"{text!r} is neither a number nor three with commas between")
    red, green, blue = values * 3 if len(values) == 1 else values
    return red, green, blue


def parse_scale(text: str) -> Levels:
    """Return three levels, none of which is 0: it is divided by these."""
    levels = parse_levels(text)
    if not all(levels):
        raise typer.BadParameter(f"{text!r} holds a 0, and levels are divided by it")
    return levels


@app.command("list")
@command_edge
def show_backbones(
    list_format: Annotated[
        TextOrJson, typer.Option("--format", help="How the list is written.")
    ] = TextOrJson.TEXT,
) -> None:
    """List the networks that measure pictures, shipped ones and your own."""
    print(render_backbones(list_backbones(report_error), list_format))


@app.command("add")
@command_edge
def add(  # noqa: PLR0913 - one parameter for each option
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="The network.")],
    name: Annotated[
        str | None, typer.Option(help="What it is called; by default as the file.")
    ] = None,
    input_size: Annotated[
        int | None, typer.Option(help="Side of its input in pixels, if the file leaves that open.")
    ] = None,
    mean: Annotated[
        Any,
        typer.Option(
            parser=parse_levels,
            metavar="LEVELS",
            help="Taken from levels of 0 to 255: one number, or three for red, green, blue.",
        ),
    ] = "127",
    scale: Annotated[
        Any,
        typer.Option(parser=parse_scale, metavar="LEVELS", help="What they are divided by then."),
    ] = "128",
    license_: Annotated[
        str, typer.Option("--license", help="Under which terms it may be passed on.")
    ] = "not said",
    source: Annotated[str, typer.Option(help="Where it comes from.")] = "not said",
) -> None:
    """Copy a network of your own to where models can use it, after trying it on a picture."""
    backbone = add_backbone(file, Wish(name, input_size, mean, scale, license_, source))
    outputs = len(backbone.outputs)
    print(
        f"{backbone.name} gives {backbone.width:,} numbers for a picture, of {outputs} "
        f"output{'s' if outputs > 1 else ''} ({backbone.path}); train with "
        f"`artlens train --features embedding --backbone {backbone.name}`"
    )


def render_backbones(backbones: Sequence[Backbone], list_format: TextOrJson) -> str:
    """Return the list, ready to print: a table, or JSON that holds all that is known.

    In the table, the one that measures where none is named has a mark.
    """
    facts = list(map(_facts, backbones))
    if list_format is TextOrJson.JSON:
        return json.dumps(facts, indent=2)
    return align([_HEAD, *map(_cells, facts)])


def _facts(backbone: Backbone) -> dict[str, Any]:
    path = backbone.path
    return {
        "network": backbone.name,
        "default": backbone.name == DEFAULT,
        "shipped": path.parent == SHIPPED,
        "width": backbone.width,
        "input_size": backbone.input_size,
        "mean": backbone.mean,
        "scale": backbone.scale,
        "outputs": [output._asdict() for output in backbone.outputs],
        "bytes": path.stat().st_size if path.is_file() else None,
        "license": backbone.license,
        "source": backbone.source,
        "sha256": backbone.sha256,
        "file": str(path),
    }


def _cells(fact: dict[str, Any]) -> list[str]:
    cells = [
        _MARK if fact["default"] else "",
        fact["network"],
        str(fact["width"]),
        str(fact["input_size"]),
        "missing" if fact["bytes"] is None else f"{fact['bytes'] / 1e6:.1f}",
        fact["license"],
        fact["sha256"][:_DIGITS],
        "shipped" if fact["shipped"] else fact["file"],
    ]
    return list(map(printable, cells))


if __name__ == "__main__":
    app(prog_name="artlens backbone")
