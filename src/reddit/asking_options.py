"""Options that all commands have which ask Reddit, or what stands in for it."""

from typing import Annotated

import typer

Live = Annotated[
    bool, typer.Option("--live", help="Ask Reddit and hosts of pictures; else the stand-in.")
]
Site = Annotated[str, typer.Option(help="Ask a stand-in that runs already, at this address.")]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Take up again what may be had another time.")
]
Posts = Annotated[int, typer.Option(help="How many the built-in stand-in has.", min=0)]
