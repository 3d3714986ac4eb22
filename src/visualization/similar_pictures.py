"""Stage: a picture and folders -> the nearest works in them, as text, JSON and a sheet."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..data.stage_options import JobsOption
from ..edges import EXIT_SOME_FAILED, FailureReports, TextOrJson, command_edge, note, printable
from ..features.measuring import called
from ..features.paths_job import read_one
from ..files import check_output, write_whole
from ..models.comparing.compare_pictures import PairModelOption
from ..models.comparing.comparer import load_comparer
from ..models.comparing.similar import By, Collection, SimilarWork
from .duplicates import find_files


@command_edge
def similar_pictures(  # noqa: PLR0913 - one parameter for each option
    picture: Annotated[
        str, typer.Argument(metavar="PICTURE", help="A file, an address, or - for standard input.")
    ],
    folders: Annotated[
        list[str],
        typer.Option("--in", metavar="FOLDER", help="Where to look: folders, files or patterns."),
    ],
    count: Annotated[int, typer.Option("-n", min=1, help="Of so many works is told.")] = 12,
    by: Annotated[By, typer.Option(help="Who made them, or how they look.")] = By.HAND,
    output_format: Annotated[
        TextOrJson, typer.Option("--format", help="How they are written.")
    ] = TextOrJson.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A sheet of them, too: .jpg, .png or .html."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the sheet's file.")] = False,
    model: PairModelOption = None,
    jobs: JobsOption = None,
) -> None:
    """Find the works in folders that are nearest to a picture, by hand or by look."""
    if output is not None:
        # matplotlib takes its time to load, and text alone does not need it.
        from .similar_sheets import require_suffix

        require_suffix(output.suffix)
        check_output(output, force=force)
    comparer, report = load_comparer(model), FailureReports()
    name, query = read_one(picture)
    files = find_files(folders)
    paths, report.count = files.paths, files.refused
    collection = Collection.measure(paths, by, comparer, jobs)
    for place, error in sorted(collection.failed.items()):
        report(str(error) if paths[place] in str(error) else f"{paths[place]}: {error}")
    with called(name):
        works = collection.find(query, count)
    if works or output_format is TextOrJson.JSON:
        print(_render(works, by, output_format))
    if output is not None:
        from .similar_sheets import render_sheet

        write_whole(output, render_sheet(output.suffix, Path(name).name, query, works, by))
        note(f"1 sheet: {output}")
    if report.count:
        sys.exit(EXIT_SOME_FAILED)


def _render(works: Sequence[SimilarWork], by: By, form: TextOrJson) -> str:
    if form is TextOrJson.JSON:
        described = [
            {"path": work.path, "score": round(work.score, 4), "copies": work.copies}
            for work in works
        ]
        return json.dumps({"by": by, "works": described}, indent=2, ensure_ascii=False)
    lines = (
        f"{work.score:5.2f}  {printable(work.path)}" + (f"  ({work.copies})" if work.copies else "")
        for work in works
    )
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(similar_pictures)
