"""Stage: two pictures and a model -> whether they are by one artist, as text or JSON."""

import json
from typing import Annotated, Any, Final

import typer

from ...edges import TextOrJson, command_edge, printable
from ...features.measuring import called
from ...features.paths_job import read_one
from ...images import Shown, load_uncut
from .compare import Comparison, compare_shown
from .comparer import load_comparer
from .pair_model import Verdicts
from .reasons import Reasons

Picture = Annotated[
    str,
    typer.Argument(
        metavar="PICTURE", show_default=False, help="A file, an address, or - for standard input."
    ),
]
PairModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME|FOLDER", help="What compares, in place of same_artist's model."
    ),
]

# Less than this rounds to nothing.
_TOLD: Final = 0.005


@command_edge
def compare_pictures(
    first: Picture,
    second: Picture,
    model: PairModelOption = None,
    same_share: Annotated[
        float,
        typer.Option(
            help="How many of the pairs that you might ask about are by one artist, from 0 to 1."
        ),
    ] = 0.5,
    output_format: Annotated[
        TextOrJson, typer.Option("--format", help="How it is written.")
    ] = TextOrJson.TEXT,
) -> None:
    """Say whether two pictures are by one artist, how sure that is, and why."""
    comparer = load_comparer(model)
    found = compare_shown(_show(first), _show(second), comparer, same_share)
    if output_format is TextOrJson.JSON:
        print(json.dumps(describe_comparison(found), indent=2, ensure_ascii=False))
    else:
        print(render_comparison(found, comparer.verdicts))


def _show(argument: str) -> tuple[str, Shown]:
    name, source = read_one(argument)
    with called(name):
        return name, load_uncut(source)


def describe_comparison(found: Comparison) -> dict[str, Any]:
    """Return a comparison as it stands in JSON."""
    return {
        "first": found.first,
        "second": found.second,
        "score": round(found.score, 6),
        "verdict": found.verdict,
        "wrong": found.wrong,
        "copies": found.copies,
        "unusual": found.unusual,
        "truncated": found.truncated,
        "same_share": found.same_share,
        "reasons": [
            {
                "artists": dict(reasons.artists),
                "none_of_these": reasons.stranger,
                "known": [work._asdict() for work in reasons.known],
            }
            for reasons in found.reasons
        ],
        "model": {"name": found.model.name, "version": found.model.version},
    }


def render_comparison(found: Comparison, limits: Verdicts) -> str:
    """Return a comparison as lines of text."""
    lines = [f"{found.verdict}  {found.score:.2f}  {explain_verdict(found, limits)}"]
    if not (found.copies or any(found.unusual)):
        lines += [
            f"{found.score:.2f} is how probable one artist is, where {found.same_share:.1%} of the "
            "pairs that might be asked about are by one"
        ]
    for name, cut in zip((found.first, found.second), found.truncated, strict=True):
        lines += [f"{printable(name)} ends too early: the part that is there was compared"] * cut
    for name, reasons in zip((found.first, found.second), found.reasons, strict=False):
        lines += ["", printable(name), *_render_reasons(reasons)]
    return "\n".join(lines)


def explain_verdict(found: Comparison, limits: Verdicts) -> str:
    """Say what a verdict means."""
    if found.copies:
        what = "are the same picture" if found.copies == "identical" else "show the same work"
        return f"both {what}"
    if any(found.unusual):
        both = zip((found.first, found.second), found.unusual, strict=True)
        odd = " and ".join(printable(name) for name, unusual in both if unusual)
        return f"nothing tells a hand in what is as unlike all known works as {odd}"
    if found.verdict == "same":
        return (
            f"so alike are {limits.same_found:.0%} of the pairs by one artist, and "
            f"{limits.same_wrong:.0%} of those by two"
        )
    if found.verdict == "different":
        return (
            f"so unlike are {limits.different_found:.0%} of the pairs by two artists, and "
            f"{limits.different_wrong:.0%} of those by one"
        )
    return "neither alike nor unlike enough to tell"


def _render_reasons(reasons: Reasons) -> list[str]:
    works = [
        f"  near: {printable(work.name)}, {printable(work.artist)} ({work.score:.2f})"
        for work in reasons.known
    ]
    return [f"  {line}" for line in name_artists(reasons)] + works


def name_artists(reasons: Reasons) -> list[str]:
    """Say in a line who is likely to have made a picture; in none, if no model can tell."""
    likely = [f"{printable(name)} {score:.2f}" for name, score in reasons.artists if score >= _TOLD]
    artists = ", ".join(likely)
    if reasons.stranger is not None:
        artists = f"none of the known artists {reasons.stranger:.2f}; of these {artists}"
    return [f"likely by {artists}"] * bool(artists)


if __name__ == "__main__":
    typer.run(compare_pictures)
