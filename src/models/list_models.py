"""Stage: the models that are there -> a list of them; or which of them answers its task."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ..edges import TextOrJson, align, command_edge, printable, report_error
from .registry import FoundModel, answers_already, find_models, use_model

_HEAD = ("", "model", "classes", "accuracy", "rows", "made", "from", "folder")
# Before the models that answer their tasks.
_MARK = "*"
# What was trained on is told at length by the model's card, and in JSON.
_SOURCE_CHARACTERS: Final = 40

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
@command_edge
def list_models(
    context: typer.Context,
    list_format: Annotated[
        TextOrJson, typer.Option("--format", help="How the list is written.")
    ] = TextOrJson.TEXT,
) -> None:
    """List the models that are there, your own and shipped ones, or choose which one answers."""
    if context.invoked_subcommand is None:
        print(render_models(find_models(report_error), list_format))


@app.command("use")
@command_edge
def use(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model, as the list has it.")],
) -> None:
    """Let a model answer its task from now on, wherever nobody names another one."""
    found = use_model(name)
    print(f"{name} answers {found.metadata.task.name} from now on ({found.folder})")


def render_models(models: Sequence[FoundModel], list_format: TextOrJson) -> str:
    """Return the list, ready to print: a table, or JSON that holds the names of all classes too.

    In the table, those that answer their tasks have a mark.
    """
    facts = [_facts(model) for model in models]
    if list_format is TextOrJson.JSON:
        return json.dumps(facts, indent=2)
    if not facts:
        return "no models; train one with `artlens train`"
    return align([_HEAD, *(_cells(fact) for fact in facts)])


def _facts(model: FoundModel) -> dict[str, Any]:
    known, many = model.metadata, model.metadata.holdout.many
    return {
        "model": model.name,
        "task": known.task.name,
        "answers": answers_already(known.task.name) == model.folder,
        "shipped": model.shipped,
        "classes": list(known.classes),
        "accuracy": known.holdout.accuracy,
        "mean_average_precision": many.mean_average_precision if many else None,
        "holdout_rows": known.holdout.rows,
        "training_rows": known.training_rows,
        "network": known.feature_spec.network.partition(" ")[0] or None,
        "made": model.made.isoformat(timespec="seconds"),
        "source": known.data_source,
        "folder": str(model.folder),
    }


def _cells(fact: dict[str, Any]) -> list[str]:
    cells = [
        _MARK if fact["answers"] else "",
        fact["model"] if fact["model"] == fact["task"] else f"{fact['model']} ({fact['task']})",
        str(len(fact["classes"])),
        _figure(fact),
        str(fact["training_rows"] + fact["holdout_rows"]),
        fact["made"][:16].replace("T", " "),
        _cut(fact["source"]),
        "shipped" if fact["shipped"] else _from_here(fact["folder"]),
    ]
    return list(map(printable, cells))


def _cut(source: str) -> str:
    return source if len(source) <= _SOURCE_CHARACTERS else f"{source[: _SOURCE_CHARACTERS - 3]}..."


def _from_here(folder: str) -> str:
    """Return a folder below the working one as a person would type it."""
    # The working one may have been deleted.
    with suppress(FileNotFoundError):
        if Path(folder).is_relative_to(Path.cwd()):
            return os.path.relpath(folder)
    return folder


def _figure(fact: dict[str, Any]) -> str:
    if (precision := fact["mean_average_precision"]) is not None:
        return f"mAP {precision:.4f}"
    return f"{fact['accuracy']:.4f}"


if __name__ == "__main__":
    app(prog_name="artlens models")
