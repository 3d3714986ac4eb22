"""Stage: a picture and a model -> which features pushed it to its label, as text and a figure."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..edges import command_edge
from ..errors import ConfigError
from ..features.picture_paths import STDIN, open_stdin
from ..files import write_whole
from ..models.explain_model import explain
from ..models.predict_model import load_model
from ..models.reporting.explanation_text import ExplanationFormat, render_explanation
from ..records import FailedPrediction


@command_edge
def explain_picture(
    picture: Annotated[
        str, typer.Argument(metavar="PICTURE", help="A file, or - for standard input.")
    ],
    model: Annotated[
        Path | None,
        typer.Option(help="Model folder; by default this project's or the shipped one."),
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="PNG file to draw it into, too.")] = None,
    output_format: Annotated[
        ExplanationFormat, typer.Option("--format", help="How it is written.")
    ] = ExplanationFormat.TEXT,
    force: Annotated[bool, typer.Option("--force", help="Replace the figure's file.")] = False,
) -> None:
    """Say which features pushed a picture to its label, and to the runner-up."""
    if figure is not None:
        _check_target(figure, force)
    source = next(s for s in open_stdin([picture]) if not isinstance(s, FailedPrediction))
    explanation = explain(source, model=load_model(model))
    if picture == STDIN:
        explanation = replace(explanation, source=STDIN)
    if figure is not None:
        # matplotlib takes its time to load, and text alone does not need it.
        from ..images import load_image
        from .figures import draw_explanation
        from .rendering import draw_pixels, to_png

        drawn = draw_explanation(explanation, load_image(source)[..., ::-1])
        write_whole(figure, to_png(draw_pixels(drawn), photographic=True))
    print(render_explanation(explanation, output_format))


def _check_target(path: Path, force: bool) -> None:
    if path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder; give the name of a file")
    if path.exists() and not force:
        raise ConfigError(f"cannot write {path}: it is there already; add --force to replace it")
    if not path.parent.is_dir():
        raise ConfigError(f"cannot write {path}: no folder {path.parent}; make it first")


if __name__ == "__main__":
    typer.run(explain_picture)
