"""Options that several stages have, so that they are called and explained alike."""

from typing import Annotated

import typer

from ..jobs.engines import Engine
from ..tasks import COLOR

TargetOption = Annotated[
    str | None, typer.Option(help="Column of the answers; by default named as the task.")
]
DatasetOption = Annotated[
    str | None,
    typer.Option(help="Data set: a folder in each part of data/; by default named as the task."),
]
PathColumnOption = Annotated[
    str | None, typer.Option(help="Column of paths or URLs; by default the one that fits.")
]
CopyOption = Annotated[bool, typer.Option("--copy", help="Copy files, instead of linking to them.")]
ManyOption = Annotated[
    bool, typer.Option("--many", help="A picture may have any number of answers: tags.")
]
JobsOption = Annotated[int | None, typer.Option(min=1, help="Processes; by default one per core.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FOLDER", help="A model, as `artlens models` lists it, or its folder."
    ),
]
TaskOption = Annotated[
    str | None,
    typer.Option("--task", metavar="NAME", help=f"Whose model answers; by default {COLOR.name}."),
]
EngineOption = Annotated[Engine, typer.Option(help="This machine's cores, or a dask cluster's.")]
SchedulerOption = Annotated[
    str | None, typer.Option(help="Address of the dask scheduler, as tcp://10.0.0.5:8786.")
]
