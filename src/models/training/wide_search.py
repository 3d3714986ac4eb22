"""The competition on the rows of a network, which have thousands of numbers each.

Scaling and components, which take longer than many a fit, are found once for a fold and shared by
all families; along a grid each fit begins where the one before it ended. What the best of a family
says across the folds is kept: the calibration learns from it, and the average of several families
is judged by it, without another fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice
from time import monotonic
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.parallel import Parallel, delayed

from ..components import Components
from ..one_answer import Labels, Places
from ..storage.metadata import LeaderboardRow
from .calibration import Scores, fit_calibrator, score_rows
from .folding import LINEAR, blend, fold
from .pipelines import CLASSIFY, Candidates, build_pipeline, candidates_of
from .plan import AVERAGE, SearchPlan
from .race import Competition
from .rows import LabelledRows, Split
from .search import SearchProgress, pipeline_of

# How many families are averaged at the most.
_MEMBERS: Final = 3

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Space:
    """A fold in the components of the rows that are fitted on.

    Attributes
    ----------
    rows, labels : ndarray
        To fit on.
    compared : ndarray of float32
        To compare by.
    places : ndarray of int
        Where these stand among the training rows.
    """

    rows: Rows
    labels: Labels
    compared: Rows
    places: Places


class Tried(NamedTuple):
    """What came of a candidate on a fold."""

    values: NDArray[np.float64]
    decisions: bool
    seconds: float


def search_wide(split: Split, plan: SearchPlan, progress: SearchProgress) -> Competition:
    """Let all families compete, and then the average of the best.

    Parameters
    ----------
    split : Split
        Of which only the training rows are looked at.
    plan : SearchPlan
    progress : SearchProgress
        Told of each family.
    """
    rows = split.training
    width = rows.features.shape[1]
    families = plan.families_for(len(split.sides.classes), width)
    tried = {
        family: candidates_of(family, plan.preset, width, balanced=plan.balanced)
        for family in families
    }
    most = max(candidates.components or width for candidates in tried.values())
    spaces = Parallel(n_jobs=plan.jobs)(
        delayed(find_space)(rows, *places, most, plan.blocks) for places in split.sides.folds
    )
    found, scores = [], {}
    for family, candidates in tried.items():
        grid = list(ParameterGrid(dict(candidates.grid)))
        progress.started(family, len(grid) * len(spaces))
        began = monotonic()
        results = Parallel(n_jobs=plan.jobs)(
            delayed(_try_grid)(candidates, grid, plan.seed, space) for space in spaces
        )
        row, scores[family] = _best(family, grid, results, spaces, rows.labels, plan.balanced)
        progress.finished(row, monotonic() - began)
        found.append(row)
    averaged = _average(found, scores, spaces) if plan.averages(width) else None
    if averaged is not None:
        row, scores[AVERAGE] = averaged
        progress.finished(row, 0)
        found.append(row)
    return Competition(tuple(found), scores)


def fit_wide(
    winner: LeaderboardRow,
    leaderboard: Sequence[LeaderboardRow],
    plan: SearchPlan,
    rows: LabelledRows,
) -> Pipeline:
    """Fit the winner, or all that it is the average of, to all training rows.

    Parameters
    ----------
    winner : LeaderboardRow
    leaderboard : sequence of LeaderboardRow
        All families.
    plan : SearchPlan
    rows : LabelledRows

    Returns
    -------
    Pipeline
        Without the step ``reduce`` where it can do without.
    """
    if winner.family != AVERAGE:
        return _fit(winner, plan, rows)
    by_name = {row.family: row for row in leaderboard}
    members = [_fit(by_name[family], plan, rows) for family in winner.params]
    return blend(members, list(winner.params.values()))


def _fit(row: LeaderboardRow, plan: SearchPlan, rows: LabelledRows) -> Pipeline:
    features, labels = rows.to_fit_on(np.arange(len(rows.labels)))
    pipeline = pipeline_of(row, plan, features.shape[1])
    return fold(pipeline.fit(features.astype(np.float32), labels))


def find_space(
    rows: LabelledRows, kept: Places, compared: Places, most: int, blocks: Sequence[int] = ()
) -> Space:
    """Scale a fold and find the components of the rows that are fitted on, and of these alone."""
    features, labels = rows.to_fit_on(kept)
    axes = make_pipeline(StandardScaler(), Components(most, blocks))
    fitted = axes.fit_transform(features.astype(np.float32))
    return Space(
        fitted, labels, axes.transform(rows.features[compared].astype(np.float32)), compared
    )


def _try_grid(
    candidates: Candidates, grid: Sequence[Mapping[str, Any]], seed: int, space: Space
) -> list[Tried]:
    """Fit all candidates of a family to a fold, one after the other."""
    classifier = build_pipeline(candidates, seed).named_steps[CLASSIFY]
    first = np.s_[:, : candidates.components]
    rows, compared = np.ascontiguousarray(space.rows[first]), space.compared[first]
    found = []
    for params in grid:
        began = monotonic()
        classifier.set_params(**params).fit(rows, space.labels)
        values = score_rows(classifier, compared)
        decisions = hasattr(classifier, "decision_function")
        found.append(Tried(values, decisions, monotonic() - began))
    return found


def _best(  # noqa: PLR0913  # the last says how they are compared
    family: str,
    grid: Sequence[Mapping[str, Any]],
    results: Sequence[Sequence[Tried]],
    spaces: Sequence[Space],
    labels: Labels,
    balanced: bool,
) -> tuple[LeaderboardRow, Scores]:
    """Return the candidate of a family with the highest mean accuracy, and what it says."""
    said = []
    for place in range(len(grid)):
        values = np.full((len(labels), len(np.unique(labels))), np.nan)
        for space, tried in zip(spaces, results, strict=True):
            values[space.places] = tried[place].values
        said.append(Scores(values, labels, results[0][place].decisions, balanced))
    parts = [space.places for space in spaces]
    right = [scores.accuracies(parts) for scores in said]
    best = int(np.argmax([np.mean(each) for each in right]))
    seconds = float(np.mean([tried[best].seconds for tried in results]))
    return _row(family, dict(grid[best]), right[best], seconds), said[best]


def _row(
    family: str, params: dict[str, Any], accuracies: Sequence[float], seconds: float
) -> LeaderboardRow:
    mean, std = float(np.mean(accuracies)), float(np.std(accuracies))
    return LeaderboardRow(family, params, mean, std, round(seconds, 3))


def _average(
    found: Sequence[LeaderboardRow], scores: Mapping[str, Scores], spaces: Sequence[Space]
) -> tuple[LeaderboardRow, Scores] | None:
    """Return the best average of two linear families or more; none where there is only one.

    Decision values are averaged, each family's by its own temperature: that is one linear model.
    """
    linear = sorted((row for row in found if row.family in LINEAR), key=lambda row: -row.cv_mean)
    members = [(row.family, _sharpness(scores[row.family])) for row in islice(linear, _MEMBERS)]
    blends = []
    for chosen in _several(members):
        shares = {family: sharpness / len(chosen) for family, sharpness in chosen}
        values = sum(share * scores[family].values for family, share in shares.items())
        first = scores[members[0][0]]
        said = Scores(np.asarray(values), first.labels, decisions=True, balanced=first.balanced)
        right = said.accuracies(space.places for space in spaces)
        blends.append((_row(AVERAGE, shares, right, 0), said))
    return max(blends, key=lambda one: one[0].cv_mean, default=None)


def _several(members: Sequence[tuple[str, float]]) -> Iterator[tuple[tuple[str, float], ...]]:
    """Yield every choice of two members or more."""
    return chain.from_iterable(combinations(members, n) for n in range(2, len(members) + 1))


def _sharpness(scores: Scores) -> float:
    """Return the inverse temperature at which decision values mean what they say."""
    calibrated = fit_calibrator(scores, "temperature").calibrated_classifiers_[0]
    return float(calibrated.calibrators[0].beta_)
