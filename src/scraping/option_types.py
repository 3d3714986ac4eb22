"""Options that several commands of the scraper share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .folder import RawFolder


class OutputFormat(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"


DataDir = Annotated[
    Path | None, typer.Option(help="The data folder; by default this project's.", file_okay=False)
]
Format = Annotated[OutputFormat, typer.Option("--format", help="How the result is written.")]


def raw_folder(data_dir: Path | None) -> RawFolder:
    """Return where raw data is kept."""
    from ..config import settings

    return RawFolder((data_dir or settings().data_dir) / "raw")
