"""Stage: the models that are there -> a list of them, on standard output."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ..edges import TextOrJson, align, command_edge, printable, report_error
from .classifier import FoundModel, find_models

_HEAD = ("model", "classes", "accuracy", "rows", "made", "from", "folder")


@command_edge
def list_models(
    list_format: Annotated[
        TextOrJson, typer.Option("--format", help="How the list is written.")
    ] = TextOrJson.TEXT,
) -> None:
    """List the models that are there: trained here, and shipped."""
    print(render_models(find_models(report_error), list_format))


def render_models(models: Sequence[FoundModel], list_format: TextOrJson) -> str:
    """Return the list, ready to print: a table, or JSON that holds the names of all classes too."""
    facts = [_facts(model) for model in models]
    if list_format is TextOrJson.JSON:
        return json.dumps(facts, indent=2)
    if not facts:
        return "no models; train one with `artlens train`"
    return align([_HEAD, *(_cells(fact) for fact in facts)])


def _facts(model: FoundModel) -> dict[str, Any]:
    known = model.metadata
    return {
        "model": model.name,
        "task": known.task.name,
        "classes": list(known.classes),
        "accuracy": known.holdout.accuracy,
        "holdout_rows": known.holdout.rows,
        "training_rows": known.training_rows,
        "made": model.made.isoformat(timespec="seconds"),
        "source": known.data_source,
        "folder": str(model.folder),
    }


def _cells(fact: dict[str, Any]) -> list[str]:
    cells = [
        fact["model"] if fact["model"] == fact["task"] else f"{fact['model']} ({fact['task']})",
        str(len(fact["classes"])),
        f"{fact['accuracy']:.4f}",
        str(fact["training_rows"] + fact["holdout_rows"]),
        fact["made"][:16].replace("T", " "),
        fact["source"],
        fact["folder"],
    ]
    return list(map(printable, cells))


if __name__ == "__main__":
    typer.run(list_models)
