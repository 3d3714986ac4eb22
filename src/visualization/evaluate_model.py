"""Stage: labelled pictures of one's own and models -> how good these are, as text and a page."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..data.stage_options import JobsOption, PathColumnOption, TaskOption
from ..edges import EXIT_SOME_FAILED, FailureReports, TextOrJson, command_edge
from ..errors import ConfigError
from ..models.classifier import Classifier
from ..models.registry import choose_models, load_model, refuse_both
from ..tasks import Kind

Source = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE",
        help="Labelled pictures: a folder, archive or table; or a table of their features.",
        show_default=False,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME|FOLDER",
        help="What is judged, in place of the task's model; several are compared.",
    ),
]
Target = Annotated[
    str | None, typer.Option(help="Column of the labels; by default the one that fits.")
]
Split = Annotated[
    str | None,
    typer.Option(
        metavar="PART",
        help="Judge by the pictures that the source marks so; by default test, where there are "
        "any, else all.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder for a page, all answers and all numbers, too."),
]


@command_edge
def evaluate_model(  # noqa: PLR0913 - one parameter for each option
    source: Source,
    task: TaskOption = None,
    model: Models = None,
    target: Target = None,
    path_column: PathColumnOption = None,
    split: Split = None,
    out: Out = None,
    output_format: Annotated[
        TextOrJson, typer.Option("--format", help="How it is written.")
    ] = TextOrJson.TEXT,
    jobs: JobsOption = None,
) -> None:
    """Say how good a model is on labelled pictures of your own, and where it is wrong."""
    # All commands are registered together, and only this one has a use for these.
    from ..data.sources import Asked
    from ..models.answers import Panel
    from ..models.judging.evaluation import evaluate, require_one_kind
    from ..models.judging.exam import find_exam, workplace
    from ..models.reporting.evaluation_text import render_evaluation

    if out is not None and source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise ConfigError(
            f"{out} lies in {source}, whose labels the results would be taken for; write elsewhere"
        )
    panel = Panel.of(_choose(task, model))
    many = require_one_kind(panel.models) is Kind.MANY
    column = panel.models[0].task.column
    asked = Asked(target, path_column, task=column, least_classes=1, many=many)
    failures = FailureReports()
    with workplace(out) as work:
        exam = find_exam(source, asked, panel.specs, split, work)
        evaluation = evaluate(exam, panel, work, jobs, failures)
        if out is not None:
            from .evaluation_page import write_evaluation

            page = write_evaluation(evaluation, out)
    print(render_evaluation(evaluation, output_format))
    if out is not None:
        print(f"written: {page}", file=sys.stderr)
    if failures.count:
        sys.exit(EXIT_SOME_FAILED)


def _choose(task: str | None, names: Sequence[str] | None) -> list[Classifier]:
    """Return the models that are to be judged, each of which has a name of its own."""
    if not names:
        return choose_models([task] if task else None, None)
    refuse_both(task, names[0])
    models = dict[str, Classifier]()
    for name in dict.fromkeys(names):
        found = load_model(name)
        if found.name in models:
            raise ConfigError(f"two models are called {found.name}; judge one after the other")
        models[found.name] = found
    return list(models.values())


if __name__ == "__main__":
    typer.run(evaluate_model)
