"""Which score tells two works of one artist from two works of different ones.

    python -m benchmarks.study_same_artist rows.npz

The file holds the arrays ``rows`` (n, d), ``artist`` and ``part`` (those of
`networks.art_table`). First the artists of ``train`` are left out fold by fold: by this table kinds
and their parameters are chosen, though the network may have seen their works, so that its figures
flatter. Then all kinds are fitted to the whole of ``train`` and judged over all pairs of
``holdout``, other works of artists that are known, and of ``stranger``, artists of whom neither the
network nor a classifier saw a work; with intervals by bootstrap over artists.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import numpy as np
import typer

from benchmarks.hand_scores import KINDS, Fitted, Kind, Works
from benchmarks.networks.art_table import HOLDOUT, STRANGER, TRAIN
from src.edges import command_edge
from src.errors import DataError
from src.models.comparing.pair_figures import RESAMPLES, Interval, PairFigures, judge_pairs
from src.models.comparing.pairs import all_pairs, study_pairs

PARTS: Final = {HOLDOUT: "known artists, other works", STRANGER: "artists never seen"}
FOLDS: Final = 5
HEAD: Final = (
    "score",
    "ROC AUC",
    "95 %",
    "equal error",
    "true accepts at 1 % false",
    "precision, 1.3 % same",
    "AUC, the study's pairs",
)
FOLDS_HEAD: Final = ("score", "mean ROC AUC", "lowest", "highest", "mean equal error")


class Judged(NamedTuple):
    """What a score reached over all pairs, and its ROC AUC over the study's."""

    over_all: Interval
    study_auc: float


def judge(kind: Kind, fitted: Fitted, works: Works, resamples: int = RESAMPLES) -> Judged:
    """Judge a kind by all pairs of works."""
    scores = np.asarray(kind(fitted, works.rows), np.float64)
    every, drawn = all_pairs(works.artists), study_pairs(works.artists)
    over_all = judge_pairs(scores[every.first, every.second], every, works.artists, resamples)
    by_study = judge_pairs(scores[drawn.first, drawn.second], drawn, works.artists, 0)
    return Judged(over_all, by_study.figures.auc)


def judge_folds(works: Works, folds: int = FOLDS) -> dict[str, list[PairFigures]]:
    """Judge every kind by artists that it was not fitted to, fold by fold."""
    found: dict[str, list[PairFigures]] = {name: [] for name in KINDS}
    artists = np.random.default_rng(0).permutation(np.unique(works.artists))
    for fold in np.array_split(artists, folds):
        aside = np.isin(works.artists, fold)
        fitted, left_out = Fitted.to(works.at(~aside)), works.at(aside)
        for name, kind in KINDS.items():
            found[name].append(judge(kind, fitted, left_out, resamples=0).over_all.figures)
    return found


def render_judged(found: dict[str, Judged]) -> str:
    """Return a Markdown table with a row for each kind."""
    return _render_table(HEAD, {name: _judged_cells(judged) for name, judged in found.items()})


def render_folds(found: dict[str, list[PairFigures]]) -> str:
    """Return a Markdown table with a row for each kind, over the folds."""
    rows = dict[str, list[str]]()
    for name, folds in found.items():
        areas, errors = [fold.auc for fold in folds], [fold.equal_error for fold in folds]
        numbers = (np.mean(areas), min(areas), max(areas), np.mean(errors))
        rows[name] = [f"{number:.3f}" for number in numbers]
    return _render_table(FOLDS_HEAD, rows)


def _judged_cells(judged: Judged) -> list[str]:
    figures, low, high = judged.over_all.figures, judged.over_all.low, judged.over_all.high
    others = (figures.equal_error, figures.true_accepts, figures.precision, judged.study_auc)
    area = [f"{figures.auc:.3f}", f"{low.auc:.3f} to {high.auc:.3f}"]
    return area + [f"{number:.3f}" for number in others]


def _render_table(head: Sequence[str], rows: dict[str, list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join([name, *cells]) + " |" for name, cells in rows.items()]
    return "\n".join(lines)


def read_works(path: Path) -> dict[str, Works]:
    """Return the works of each part that have an artist.

    Raises
    ------
    DataError
        If the file has not what is needed.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            rows, artists, parts = (archive[name] for name in ("rows", "artist", "part"))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"not a file of measured works ({path}: {error}); give an .npz with rows, artist and "
            "part"
        ) from error
    named = artists != ""
    found = {part: named & (parts == part) for part in (TRAIN, *PARTS)}
    if empty := [part for part, chosen in found.items() if not chosen.any()]:
        raise DataError(f"no works of {', '.join(empty)} ({path}); give some of each part")
    return {part: Works(rows[at].astype(np.float32), artists[at]) for part, at in found.items()}


def main(path: Annotated[Path, typer.Argument(help="an .npz with rows, artist and part")]) -> None:
    """Fit every kind, judge it by works and artists that were left out, print the tables."""
    works = read_works(path)
    print(f"artists of training, {FOLDS} folds of them left out in turn")
    print(render_folds(judge_folds(works[TRAIN])))
    fitted = Fitted.to(works[TRAIN])
    for part, title in PARTS.items():
        aside = works[part]
        print(f"\n{title}: {len(aside.rows)} works of {len(np.unique(aside.artists))} artists")
        print(render_judged({name: judge(kind, fitted, aside) for name, kind in KINDS.items()}))


if __name__ == "__main__":
    typer.run(command_edge(main))
