"""Stage: pictures, or a table of them -> a web site to browse them, on disk."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..data.stage_options import JobsOption, PathColumnOption
from ..edges import EXIT_SOME_FAILED, FailureReports, command_edge, note
from ..errors import DataError
from ..features.measuring import name_source
from ..features.path_lists import PathList
from ..models.classifier import introductions
from ..models.predict_pictures import PathsFrom
from .collection import choose_judges, gather_collection
from .glances import Errand
from .named_pictures import find_named, is_there
from .site_folder import stage_site
from .write_site import write_site


@command_edge
def browse_pictures(  # noqa: PLR0913 - one parameter for each option
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER|TABLE",
            show_default=False,
            help="One table, or folders, files, quoted patterns, addresses, @LIST, or - for "
            "standard input.",
        ),
    ] = None,
    paths_from: PathsFrom = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the site; one made before is renewed.")
    ] = Path("site"),
    title: Annotated[
        str | None, typer.Option(help="What the site is called; by default like the pictures.")
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="Questions or models, by name, with commas; by default all there are."),
    ] = None,
    path_column: PathColumnOption = None,
    closely: Annotated[
        bool,
        typer.Option(
            "--closely",
            help="Look at all pictures for points that they share, which finds works in frames "
            "and on walls, too; it takes about twice as long.",
        ),
    ] = False,
    jobs: JobsOption = None,
) -> None:
    """Make a web site to browse pictures by colour, medium, artist and likeness, on disk."""
    judges = choose_judges(task)
    arguments = [*(paths or ()), *map(PathList, paths_from or ())]
    report = FailureReports()
    with stage_site(output) as staging:
        named = find_named(arguments, staging.earlier, path_column)
        for reason in named.refused:
            report(reason)
        # Where nothing is there to be asked about, it matters more that this is so.
        asked = judges.panel.models if any(map(is_there, named.pictures)) else ()
        for line in [*introductions(asked), *named.remarks]:
            note(line)
        errand = Errand(judges.specs, str(staging.folder), staging.reusable)
        try:
            collection = gather_collection(named, judges, errand, jobs, closely=closely)
        except KeyboardInterrupt:
            note("what was seen is kept: the same command goes on from there")
            raise
        for picture, error in collection.failed:
            report(name_source(error, picture.place))
        if not collection.works:
            count = len(named.pictures)
            said = f"none of {count:,} pictures could be read" if count else "no picture is there"
            raise DataError(f"{said}; see above")
        write_site(staging, collection, named, judges.tasks, title or named.title)
    copies = sum(map(len, collection.copies.values()))
    note(f"{len(collection.works):,} works, {copies:,} copies folded into them")
    print(output / "index.html")
    if report.count:
        sys.exit(EXIT_SOME_FAILED)
