"""Command-line options that say what is measured, for whichever stage asks for it."""

from typing import Annotated

import typer

from .specs import Features

FeaturesOption = Annotated[
    Features | None,
    typer.Option(
        help="v1: 18 means and deviations of colours; v2: these and 46 more; embedding: what a "
        "network measures. By default what the task asks for.",
        show_default=False,
    ),
]
BackboneOption = Annotated[
    str | None,
    typer.Option(help="Network that measures an embedding, of `artlens backbone list`."),
]
