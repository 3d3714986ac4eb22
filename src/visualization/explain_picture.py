"""Stage: a picture and a model -> which features pushed it to its label, as text and a figure."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from ..data.stage_options import ModelOption, TaskOption
from ..decoding.borders import crop_borders
from ..edges import TextOrJson, command_edge, note
from ..errors import ConfigError
from ..features.measuring import called
from ..features.paths_job import read_one
from ..files import check_output, write_whole
from ..images import load_shown, load_uncut
from ..models.classifier import introductions
from ..models.explain_model import Explanation, check_classes, explain
from ..models.registry import choose_models
from ..models.reporting.explanation_text import render_explanation


@command_edge
def explain_picture(  # noqa: PLR0913 - one parameter for each option
    picture: Annotated[
        str, typer.Argument(metavar="PICTURE", help="A file, an address, or - for standard input.")
    ],
    model: ModelOption = None,
    figure: Annotated[Path | None, typer.Option(help="PNG file to draw it into, too.")] = None,
    output_format: Annotated[
        TextOrJson, typer.Option("--format", help="How it is written.")
    ] = TextOrJson.TEXT,
    force: Annotated[bool, typer.Option("--force", help="Replace the figure's file.")] = False,
    task: TaskOption = None,
    about: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL",
            help="What to tell of, in place of the likeliest; it may be given twice.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say which features pushed a picture to its label, and to the runner-up."""
    if figure is not None:
        check_output(figure, force=force)
        if figure.suffix.lower() != ".png":
            raise ConfigError(f"figures are PNG ({figure}); give a name that ends with .png")
    (classifier,) = choose_models([task] if task else None, model)
    check_classes(about or (), classifier)
    name, source = read_one(picture)
    with called(name):
        explanation = replace(explain(source, model=classifier, about=about or ()), source=name)
    if figure is not None:
        # matplotlib takes its time to load, and text alone does not need it.
        from .figures import draw_explanation
        from .image_files import draw_pixels, to_png

        pixels = _seen(source, explanation)[..., ::-1]
        drawn = draw_explanation(explanation, pixels, task=classifier.task)
        write_whole(figure, to_png(draw_pixels(drawn), photographic=True))
    for line in introductions([classifier]):
        note(line)
    for warning in explanation.warnings:
        note(f"[{warning.code}] {warning.message}")
    print(render_explanation(explanation, output_format))


def _seen(source: str | bytes, explanation: Explanation) -> NDArray[np.uint8]:
    """Return the BGR pixels that an explanation is about."""
    if explanation.of_regions:
        return crop_borders(load_uncut(source).bgr)
    return load_shown(source).bgr


if __name__ == "__main__":
    typer.run(explain_picture)
