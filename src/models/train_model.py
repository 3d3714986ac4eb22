"""Stage: a table of features, or the built-in gallery -> ``models/<task>/``."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..config import settings
from ..edges import command_edge
from ..errors import ConfigError
from ..features.specs import Features
from ..jobs.engines import Engine, working_on
from ..tasks import COLOR, TASKS, Task
from .training.plan import ALL_CORES, FAMILIES, Preset, SearchPlan, parse_families

Data = Annotated[
    Path | None, typer.Option(help="Processed table; else this project's, if there is one.")
]
TaskName = Annotated[str, typer.Option("--task", help="What is learned; any name of your own.")]
Target = Annotated[
    str | None, typer.Option(help="Column of the answers; by default as the task is called.")
]
Group = Annotated[
    str | None,
    typer.Option(help="Column whose equal values never stand on both sides of a split."),
]
MinCount = Annotated[
    int | None,
    typer.Option(
        min=4, help="Leave classes of fewer rows out; by default 8, or what a split needs."
    ),
]
GalleryCount = Annotated[
    int, typer.Option(min=1, help="Pictures to paint where there is no table.")
]
Out = Annotated[Path | None, typer.Option(help="Model folder to write; a model in it is replaced.")]
Search = Annotated[Preset, typer.Option(help="How much is tried of each family.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes; by default one per core.")]
Seed = Annotated[int, typer.Option(min=0, help="Decides all that is random.")]
Families = Annotated[
    str | None,
    typer.Option(help=f"Which ones compete, of {', '.join(FAMILIES)}; by default all that suit."),
]
Version = Annotated[
    Features, typer.Option(help="v1: 18 means and deviations; v2: these and 46 more.")
]
On = Annotated[Engine, typer.Option(help="This machine's cores, or a dask cluster's.")]
Scheduler = Annotated[
    str | None, typer.Option(help="Address of the dask scheduler, as tcp://10.0.0.5:8786.")
]


@command_edge
def train_model(  # noqa: PLR0913  # one parameter per option
    data: Data = None,
    gallery_count: GalleryCount = 12_000,
    out: Out = None,
    search: Search = Preset.FAST,
    jobs: Jobs = None,
    seed: Seed = 0,
    families: Families = None,
    features: Version = Features.V1,
    engine: On = Engine.LOCAL,
    scheduler: Scheduler = None,
    task: TaskName = COLOR.name,
    target: Target = None,
    group: Group = None,
    min_count: MinCount = None,
) -> None:
    """Let five families of models compete; calibrate, judge and keep the best."""
    # All commands are registered together, and only this one has a use for these.
    from .artifact import save_model
    from .reporting.training_report import ConsoleProgress, describe_rows, note, render_results
    from .training.best_model import fit_best_model
    from .training.table import find_table, paint_training_table, read_training_table

    asked, spec = asked_task(task, target, group), features.spec
    named = parse_families(families) if families is not None else ()
    plan = SearchPlan(named, search, seed, jobs or ALL_CORES, min_count)
    path, folder = data or find_table(asked), out or settings().models_dir / asked.name
    # scikit-learn's bars count what happens on this machine.
    progress = ConsoleProgress(sys.stderr.isatty() and engine is Engine.LOCAL)
    with working_on(engine, scheduler, jobs):
        if path:
            note(f"training on {path}")
            table = read_training_table(path, spec, asked)
        else:
            note(f"no table here: painting {gallery_count} pictures of the built-in gallery")
            table = paint_training_table(gallery_count, seed, jobs, spec)
        model = fit_best_model(table, spec, asked, plan, progress)
    save_model(model, folder)
    note(describe_rows(model.metadata))
    print(render_results(model.metadata))
    print(f"\nmodel written to {folder}")


def asked_task(name: str, target: str | None = None, group: str | None = None) -> Task:
    """Return the task of a name: one that comes with the package, or a question of the user's own.

    Parameters
    ----------
    name : str
        Also that of the model folder.
    target : str, optional
        Column of the answers; by default the task's own, which for a new one is its name.
    group : str, optional
        Column of the groups.

    Raises
    ------
    ConfigError
        If a folder cannot have that name.

    Examples
    --------
    >>> asked_task("shape", group="series") == Task("shape", "shape", group="series")
    True
    """
    if name != Path(name).name or name.startswith(".") or not name.isprintable():
        raise ConfigError(
            f"no such name for a task ({name!r}); give one that a folder can have, without "
            "slashes and a dot before it"
        )
    task = TASKS.get(name) or Task(name, column=name)
    return replace(task, column=target or task.column, group=group or task.group)


if __name__ == "__main__":
    typer.run(train_model)
