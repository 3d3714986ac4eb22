"""Stage: a picture and folders -> the nearest works in them, as text, JSON and a sheet."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..data.stage_options import JobsOption
from ..edges import EXIT_SOME_FAILED, FailureReports, TextOrJson, command_edge, note, printable
from ..errors import ConfigError
from ..features.measuring import called
from ..features.paths_job import read_one
from ..features.picture_addresses import scheme_of
from ..features.picture_paths import PictureSearch
from ..files import check_output, write_whole
from ..models.comparing.compare_pictures import PairModelOption
from ..models.comparing.comparer import load_comparer
from ..models.comparing.similar import By, Collection, SimilarWork


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
    paths = _find_files(folders, report)
    collection = Collection.measure(paths, by, comparer, jobs)
    for place, error in sorted(collection.failed.items()):
        report(str(error) if paths[place] in str(error) else f"{paths[place]}: {error}")
    with called(name):
        works = collection.find(query, count)
    print(_render(works, by, output_format))
    if output is not None:
        from .similar_sheets import render_sheet

        write_whole(output, render_sheet(output.suffix, Path(name).name, query, works, by))
        note(f"1 sheet: {output}")
    if report.count:
        sys.exit(EXIT_SOME_FAILED)


def _find_files(arguments: Sequence[str], report: FailureReports) -> list[str]:
    """Return the files that arguments mean, each once."""
    search, paths = PictureSearch(arguments), dict[str, None]()
    for found in search:
        if found.fault:
            report(found.fault)
        elif scheme_of(found.place) or found.place == "-":
            report(f"{found.name} is no file; bring pictures here first, as with artlens import")
        else:
            paths[found.place] = None
    if not paths:
        raise ConfigError(
            f"no pictures to look among in {', '.join(arguments)}; give folders of them"
        )
    for line in search.describe_passed_over():
        note(line)
    return list(paths)


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
