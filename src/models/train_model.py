"""Stage: a table of features, or the built-in gallery -> ``models/<task>/``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..config import settings
from ..edges import command_edge
from ..features.specs import Features
from ..jobs.engines import Engine, working_on
from ..tasks import COLOR
from .training.plan import ALL_CORES, FAMILIES, Preset, SearchPlan, parse_families


@command_edge
def train_model(  # noqa: PLR0913  # one parameter per option
    data: Annotated[
        Path | None, typer.Option(help="Processed table; else this project's, if there is one.")
    ] = None,
    gallery_count: Annotated[
        int, typer.Option(min=1, help="Pictures to paint where there is no table.")
    ] = 12_000,
    out: Annotated[
        Path | None, typer.Option(help="Model folder to write; a model in it is replaced.")
    ] = None,
    search: Annotated[Preset, typer.Option(help="How much is tried of each family.")] = Preset.FAST,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one per core.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides all that is random.")] = 0,
    families: Annotated[str, typer.Option(help="Which ones compete.")] = ",".join(FAMILIES),
    features: Annotated[
        Features, typer.Option(help="v1: 18 means and deviations; v2: these and 46 more.")
    ] = Features.V1,
    engine: Annotated[
        Engine, typer.Option(help="This machine's cores, or a dask cluster's.")
    ] = Engine.LOCAL,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of the dask scheduler, as tcp://10.0.0.5:8786.")
    ] = None,
) -> None:
    """Let five families of models compete; calibrate, judge and keep the best."""
    # All commands are registered together, and only this one has a use for these.
    from .artifact import save_model
    from .reporting.training_report import (
        ConsoleProgress,
        describe_rows,
        note,
        render_results,
    )
    from .training.best_model import fit_best_model
    from .training.table import default_path, paint_training_table, read_training_table

    plan = SearchPlan(parse_families(families), search, seed, jobs or ALL_CORES)
    folder = out or settings().models_dir / COLOR.name
    path, spec = data or default_path(), features.spec
    # scikit-learn's bars count what happens on this machine.
    progress = ConsoleProgress(sys.stderr.isatty() and engine is Engine.LOCAL)
    with working_on(engine, scheduler, jobs):
        if path:
            note(f"training on {path}")
            table = read_training_table(path, spec, COLOR)
        else:
            note(f"no table here: painting {gallery_count} pictures of the built-in gallery")
            table = paint_training_table(gallery_count, seed, jobs, spec)
        model = fit_best_model(table, spec, COLOR, plan, progress)
    save_model(model, folder)
    note(describe_rows(len(table.table), model.metadata))
    print(render_results(model.metadata))
    print(f"\nmodel written to {folder}")


if __name__ == "__main__":
    typer.run(train_model)
