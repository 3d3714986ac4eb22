"""Stage: pictures -> which of them show one work, as text, JSON, CSV and sheets."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from ..data.near_duplicates import Cluster
from ..data.stage_options import JobsOption
from ..edges import EXIT_SOME_FAILED, FailureReports, command_edge, name_some, note
from ..errors import ArtlensError, ConfigError
from ..features.measuring import called
from ..features.paths_job import read_one
from ..features.picture_addresses import scheme_of
from ..features.picture_paths import PictureSearch
from ..features.works import Found, KnownWorks, find_repeated_works, find_work
from ..files import check_folder, write_whole

# What this command calls its sheets.
_SHEET: Final = re.compile(r"work-\d+\.png|works\.png")
# Under which the columns of CSV stand.
_CLUSTER_COLUMNS: Final = ("cluster", "path", "keep", "relation")
_WORK_COLUMNS: Final = ("path", "same", "similarity", "points", "agreement", "mirrored")


class Form(StrEnum):
    """How the command writes what it found."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


@command_edge
def duplicates(  # noqa: PLR0913 - one parameter for each option
    paths: Annotated[
        list[str], typer.Argument(metavar="FOLDER", help="Folders, files or quoted patterns.")
    ],
    of: Annotated[
        str | None,
        typer.Option(metavar="PICTURE", help="Which of them show the work in this picture?"),
    ] = None,
    count: Annotated[
        int, typer.Option("-n", min=1, help="With --of: of so many works is told.")
    ] = 12,
    output_format: Annotated[Form, typer.Option("--format", help="How it is written.")] = Form.TEXT,
    sheets: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for a sheet of each cluster, or with --of for one."
        ),
    ] = None,
    backbone: Annotated[
        str | None, typer.Option(help="Network that measures; `artlens backbone list` names them.")
    ] = None,
    jobs: JobsOption = None,
) -> None:
    """Find works that occur twice, in whatever version; nothing is deleted."""
    if sheets is not None:
        _check_sheets(sheets)
    files, report = find_files(paths), FailureReports()
    report.count += files.refused
    if of is None:
        found = find_repeated_works(files.paths, backbone, jobs)
        _report_all(found.failed, files.paths, report)
        if text := _render_clusters(found.clusters, files.paths, output_format):
            print(text)
        _draw_clusters(found.clusters, files.paths, sheets)
        note(_summarise(found.clusters, len(files.paths)))
    else:
        known = KnownWorks.measure([path for path in files.paths if path != of], backbone, jobs)
        _report_all(known.failed, known.paths, report)
        name, query = read_one(of)
        with called(name):
            works = find_work(query, known, count, jobs)
        print(_render_works(works, output_format))
        if sheets is not None:
            _draw_works(query, works, sheets)
    if report.count:
        sys.exit(EXIT_SOME_FAILED)


class Files(NamedTuple):
    """Paths of pictures that are compared, and how many arguments meant none."""

    paths: list[str]
    refused: int


def find_files(arguments: Sequence[str]) -> Files:
    """Return the files that arguments mean, each once."""
    search, report = PictureSearch(arguments), FailureReports()
    paths = dict[str, None]()
    for picture in search:
        if picture.fault:
            report(picture.fault)
        elif scheme_of(picture.place) or picture.place == "-":
            report(f"{picture.name} is no file; bring pictures here first, as with artlens import")
        else:
            paths[picture.place] = None
    if not paths:
        raise ConfigError(f"no pictures to compare in {', '.join(arguments)}; give folders of them")
    for line in search.describe_passed_over():
        note(line)
    return Files(list(paths), report.count)


def _report_all(
    failed: dict[int, ArtlensError], paths: Sequence[str], report: FailureReports
) -> None:
    for place, error in sorted(failed.items()):
        text = str(error)
        report(text if paths[place] in text else f"{paths[place]}: {text}")


def _render_clusters(clusters: Sequence[Cluster], paths: Sequence[str], form: Form) -> str:
    """Return clusters as text: the picture to keep comes first."""
    if form is Form.JSON:
        groups = [[paths[place] for place in (c.kept, *c.others)] for c in clusters]
        return json.dumps(groups, indent=2, ensure_ascii=False)
    if form is Form.CSV:
        rows = (
            (number, paths[place], "yes" if place == cluster.kept else "", relation)
            for number, cluster in enumerate(clusters, 1)
            for place, relation in _related(cluster)
        )
        return _to_csv(_CLUSTER_COLUMNS, rows)
    return "\n\n".join(
        "\n".join(
            f"{'keep' if place == cluster.kept else '    '}  {paths[place]}"
            + (f"  ({relation})" if relation else "")
            for place, relation in _related(cluster)
        )
        for cluster in clusters
    )


def _related(cluster: Cluster) -> Iterator[tuple[int, str]]:
    yield cluster.kept, ""
    yield from zip(cluster.others, cluster.relations, strict=True)


def _render_works(works: Sequence[Found], form: Form) -> str:
    """Return works as text, the likeliest first."""
    rows = [_describe(work) for work in works]
    if form is Form.JSON:
        described = [dict(zip(_WORK_COLUMNS, row, strict=True)) for row in rows]
        return json.dumps(described, indent=2, ensure_ascii=False)
    if form is Form.CSV:
        return _to_csv(_WORK_COLUMNS, rows)
    return "\n".join(
        f"{'same' if work.is_same else '    '}  {work.similarity:5.2f}  {work.path}"
        + (f"  ({work.match.points} points{', mirrored' if work.match.mirrored else ''})")
        * work.is_same
        for work in works
    )


def _describe(work: Found) -> tuple[str, bool, float, int, float, bool]:
    match = work.match
    similarity, agreement = round(work.similarity, 4), round(match.agreement, 4)
    return work.path, work.is_same, similarity, match.points, agreement, match.mirrored


def _to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def _summarise(clusters: Sequence[Cluster], count: int) -> str:
    """Say how many works occur more than once.

    Examples
    --------
    >>> _summarise([Cluster(0, (3,), ("smaller",))], 5)
    '1 of 4 works occurs more than once; of 5 pictures, 1 could go'
    """
    spare = sum(len(cluster.others) for cluster in clusters)
    verb = "occurs" if len(clusters) == 1 else "occur"
    return (
        f"{len(clusters):,} of {count - spare:,} works {verb} more than once; of {count:,} "
        f"pictures, {spare:,} could go"
    )


def _draw_clusters(clusters: Sequence[Cluster], paths: Sequence[str], folder: Path | None) -> None:
    if folder is None:
        return
    from .version_sheets import draw_versions

    width = len(str(len(clusters)))
    sheets = {}
    for number, cluster in enumerate(clusters, 1):
        shown = [(paths[place], relation or "keep") for place, relation in _related(cluster)]
        sheets[f"work-{number:0{width}}.png"] = draw_versions(shown)
    _write_sheets(folder, sheets)
    note(f"{len(sheets):,} {'sheet' if len(sheets) == 1 else 'sheets'}: {folder}")


def _draw_works(query: str | bytes, works: Sequence[Found], folder: Path) -> None:
    from .version_sheets import draw_versions

    shown: list[tuple[str | bytes, str]] = [(query, "which work is it?")]
    shown += [
        (work.path, "the same" if work.is_same else f"{work.similarity:.2f}") for work in works
    ]
    _write_sheets(folder, {"works.png": draw_versions(shown)})
    note(f"1 sheet: {folder}")


def _check_sheets(folder: Path) -> None:
    """Refuse, before any work is done, a folder that holds anything but sheets of another run."""
    check_folder(folder)
    others = [path.name for path in folder.glob("*") if not _SHEET.fullmatch(path.name)]
    if others:
        raise ConfigError(
            f"{folder} holds other files ({name_some(sorted(others), 3)}); choose a new or an "
            "empty folder for the sheets"
        )


def _write_sheets(folder: Path, sheets: Mapping[str, bytes]) -> None:
    """Write sheets in place of those of another run."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("work*.png"):
        if path.name not in sheets and _SHEET.fullmatch(path.name):
            path.unlink()
    for name, content in sheets.items():
        write_whole(folder / name, content)


if __name__ == "__main__":
    typer.run(duplicates)
