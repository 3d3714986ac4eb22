"""From a table of tags to a fitted model: a calibrated classifier and a threshold for each tag.

The families compete by the mean average precision of all tags on rows that they were not fitted on.
Each tag is fitted, calibrated and given its threshold by the rows in which it is known, and none of
it by the hold-out. Pictures that the network was trained on have no say in which family wins; in
the calibration they have, since the few others would tell worse of it than these. What was measured
of all this stands in docs/tags.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from time import monotonic
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.parallel import Parallel, delayed

from ...features.extract_features import FeatureSpec
from ...tasks import Task
from ..components import Components
from ..kinds import rules_of
from ..one_answer import Places
from ..scorer import Scorer
from ..storage.metadata import FittedModel, LeaderboardRow
from ..tag_classifier import NO, YES, TagClassifier
from ..tag_combinations import combine, find_combinations
from ..tag_rules import EVEN, Truth, average_precision, judged_truth, read_truth
from .best_model import TrainingProgress, describe_fit
from .calibration import Scores, fit_calibrated, fit_calibrator, score_rows
from .folding import LINEAR, blend, fold
from .pipelines import CLASSIFY, REDUCE, Candidates, build_pipeline, candidates_of
from .plan import AVERAGE, WIDE, SearchPlan
from .processes import training_processes
from .rows import LabelledRows, Split, mark_seen, pick_check_rows, split_holdout
from .search import pick_winner
from .table import TrainingTable

METHOD: Final = "sigmoid"
# How many families are averaged at the most.
_MEMBERS: Final = 3
# On rows of a network they take most of the time, and win nothing; who wants them names them.
_SLOW: Final = ("neural_network", "gradient_boosting")
# On rows of a network it is better than linear families on pictures that are new to the network.
# Where there are few of these, it wins unless another is better by more than one standard error.
_SMOOTH: Final = "svm"
# Rows this near to a threshold, in log-odds, count in part on either side: F1 over thresholds is
# jagged, and its highest peak is often luck.
_BLUR: Final = 0.5
_CANDIDATES: Final = np.linspace(0.05, 0.95, 91)
# What is least likely to be no 0 or 1.
_LEAST: Final = 1e-9

Values = NDArray[np.float64]
Rows = NDArray[np.float32]
# Of tags that few rows have, all others together would count more than these.
_WEIGHTS: Final = {"class_weight": [None, "balanced"]}


class _Space(NamedTuple):
    """Rows of a fold to fit on, with what is known of them, and rows to compare by."""

    fitted: Rows
    truth: Truth
    compared: Rows


@dataclass(frozen=True, slots=True)
class _Tried:
    """What candidates of a family say across the folds.

    ``values`` are decision values, or probabilities where it has none, shape (n, k), not-a-number
    where there was nothing to fit a tag to; ``truth`` is what they are compared by.
    """

    values: Values
    truth: Truth
    decisions: bool
    seconds: float = 0.0

    def precisions(self, places: Places) -> Values:
        """Return the average precision of each tag in some rows; not-a-number where none has it."""
        truth, values = self.truth[places], self.values[places]
        found = np.full(truth.shape[1], np.nan)
        for tag in range(truth.shape[1]):
            known = ~(np.isnan(truth[:, tag]) | np.isnan(values[:, tag]))
            if (truth[known, tag] == 1).any():
                found[tag] = average_precision(truth[known, tag] == 1, values[known, tag])
        return found

    def of_tag(self, tag: int) -> Scores:
        """Return what is said of one tag, as calibration takes it."""
        said = self.values[:, tag]
        both = np.column_stack([-said, said] if self.decisions else [1 - said, said])
        unknown = np.isnan(self.truth[:, tag])
        both[unknown] = np.nan
        return Scores(both, np.where(self.truth[:, tag] == 1, YES, NO), self.decisions)


def fit_tags(
    data: TrainingTable, spec: FeatureSpec, task: Task, plan: SearchPlan, progress: TrainingProgress
) -> FittedModel:
    """Search all families, calibrate and fit the winner for each tag, and judge it on the hold-out.

    Parameters
    ----------
    data : TrainingTable
        Checked; the order of its rows does not matter.
    spec : FeatureSpec
        How the features were made.
    task : Task
        What is learned; its tags too, unless it has some.
    plan : SearchPlan
        What is searched.
    progress : TrainingProgress
        Told of each step.

    Raises
    ------
    DataError
        If no tag has enough rows.
    """
    table = mark_seen(data.table, spec)
    split = split_holdout(table, spec.names, task, plan.seed, plan.min_count, data.mirrored)
    sides, rows = split.sides, split.training
    progress.prepared(split, plan)
    with training_processes():
        search = _Search(split, plan)
        leaderboard, tried = search.compete(progress)
        winner = pick_winner(leaderboard)
        if rows.features.shape[1] >= WIDE:
            winner = prefer_smooth(leaderboard, winner, len(sides.folds))
        progress.calibrating(winner)
        said = replace(tried[winner.family], truth=search.truth)
        alone = _calibrate_across(said, sides.folds)
        combined = _combine_across(alone, search.truth, sides.folds)
        thresholds = _choose_thresholds(
            alone if combined is None else combined, said.truth, sides.classes, plan.precision
        )
        estimator = TagClassifier.of(
            np.array(sides.classes, np.str_),
            [
                fit_calibrated(pipeline, said.of_tag(tag), METHOD, len(sides.folds))
                for tag, pipeline in enumerate(search.fit(winner, leaderboard))
            ],
            [] if combined is None else find_combinations(search.truth),
        )
        # The hold-out is opened.
        scores = Scorer.plain(estimator, sides.classes)(split.holdout.features)
        holdout = rules_of(task).judge(split.holdout.labels, scores, sides.classes, thresholds)
    metadata = describe_fit(
        data,
        spec,
        task,
        plan,
        split,
        family=winner.family,
        parameters=winner.params,
        calibration=METHOD,
        leaderboard=leaderboard,
        holdout=holdout,
        thresholds=thresholds,
    )
    return FittedModel(estimator, metadata, pick_check_rows(rows, plan.seed))


def prefer_smooth(
    leaderboard: Sequence[LeaderboardRow], best: LeaderboardRow, folds: int
) -> LeaderboardRow:
    """Return the row of `_SMOOTH` if no more than luck is between it and the best, else the best.

    Luck is one standard error of the best mean over the folds.
    """
    least = best.cv_mean - best.cv_std / folds**0.5
    smooth = (row for row in leaderboard if row.family == _SMOOTH and row.cv_mean >= least)
    return next(smooth, best)


class _Search:
    """The competition of the families over the folds of the training rows.

    Scaling and components are found once for a fold and shared by all tags and families.
    """

    def __init__(self, split: Split, plan: SearchPlan) -> None:
        self._plan, self._tags = plan, split.sides.classes
        self._rows = split.training
        self._folds = split.sides.folds
        self._width = self._rows.features.shape[1]
        self.truth = read_truth(split.training.labels, self._tags)
        cells = split.training.cells
        self._judged = self.truth if cells is None else judged_truth(cells, self.truth)

    def compete(
        self, progress: TrainingProgress
    ) -> tuple[tuple[LeaderboardRow, ...], dict[str, _Tried]]:
        """Return the best candidate of each family and of their averages, and what they say."""
        suited = self._plan.families_for(len(self._tags), self._width)
        quick = [name for name in suited if self._width < WIDE or name not in _SLOW]
        families = suited if self._plan.families else quick
        grids = {family: self._grid(family) for family in families}
        most = max((found.components or self._width) for found, _ in grids.values())
        spaces = Parallel(n_jobs=self._plan.jobs)(
            delayed(_find_space)(self._rows, *fold, self._tags, self._components(most))
            for fold in self._folds
        )
        leaderboard, tried = [], dict[str, _Tried]()
        for family, (candidates, grid) in grids.items():
            progress.started(family, len(grid) * len(spaces) * len(self._tags))
            began = monotonic()
            row, tried[family] = self._try_family(family, candidates, grid, spaces)
            progress.finished(row, monotonic() - began)
            leaderboard.append(row)
        wanted = self._plan.averages(self._width)
        averaged = self._average(leaderboard, tried) if wanted else None
        if averaged is not None:
            row, tried[AVERAGE] = averaged
            progress.finished(row, 0)
            leaderboard.append(row)
        return tuple(leaderboard), tried

    def fit(self, winner: LeaderboardRow, leaderboard: Sequence[LeaderboardRow]) -> list[Pipeline]:
        """Fit the winner, or all that it is the average of, to all training rows; one per tag."""
        if winner.family != AVERAGE:
            return self._fit(winner)
        rows = {row.family: row for row in leaderboard}
        members = [self._fit(rows[family]) for family in winner.params]
        shares = list(winner.params.values())
        return [blend(own, shares) for own in zip(*members, strict=True)]

    def _fit(self, row: LeaderboardRow) -> list[Pipeline]:
        candidates, _ = self._grid(row.family)
        pipeline = build_pipeline(candidates, self._plan.seed)
        *before, (_, classifier) = pipeline.steps
        classifier.set_params(**row.params)
        axes = Pipeline(before) if before else None
        features, truth = _to_fit_on(self._rows, np.arange(len(self.truth)), self._tags)
        inner = features if axes is None else axes.fit_transform(features)
        fitted = Parallel(n_jobs=self._plan.jobs)(
            delayed(_fit_tag)(classifier, inner, truth[:, tag]) for tag in range(len(self._tags))
        )
        return [fold(Pipeline([*before, (CLASSIFY, one)])) for one in fitted]

    def _grid(self, family: str) -> tuple[Candidates, list[Mapping[str, Any]]]:
        candidates = candidates_of(family, self._plan.preset, self._width)
        weighed = "class_weight" in candidates.classifier().get_params()
        grid = dict(candidates.grid) | (_WEIGHTS if weighed else {})
        return candidates, list(ParameterGrid(grid))

    def _components(self, most: int) -> int | None:
        return most if self._width >= WIDE else None

    def _try_family(
        self,
        family: str,
        candidates: Candidates,
        grid: Sequence[Mapping[str, Any]],
        spaces: Sequence[_Space],
    ) -> tuple[LeaderboardRow, _Tried]:
        classifier = build_pipeline(candidates, self._plan.seed).named_steps[CLASSIFY]
        found = Parallel(n_jobs=self._plan.jobs)(
            delayed(_try_grid)(classifier, grid, space, candidates.components) for space in spaces
        )
        decisions, best = hasattr(classifier, "decision_function"), None
        for place, params in enumerate(grid):
            values = np.full(self.truth.shape, np.nan)
            for (_, compared), said in zip(self._folds, found, strict=True):
                values[compared] = said[place][0]
            seconds = float(np.mean([said[place][1] for said in found]))
            one = _Tried(values, self._judged, decisions, round(seconds, 3))
            row = self._row(family, dict(params), one)
            if best is None or row.cv_mean > best[0].cv_mean:
                best = row, one
        assert best is not None
        return best

    def _row(self, family: str, params: dict[str, Any], tried: _Tried) -> LeaderboardRow:
        """Return the mean average precision of all folds together, and how folds differ."""
        every = np.arange(len(tried.truth))
        mean = float(np.nanmean(tried.precisions(every)))
        folds = [tried.precisions(compared) for _, compared in self._folds]
        means = [float(np.nanmean(each)) for each in folds if not np.isnan(each).all()]
        return LeaderboardRow(family, params, mean, float(np.std(means)), tried.seconds)

    def _average(
        self, found: Sequence[LeaderboardRow], tried: Mapping[str, _Tried]
    ) -> tuple[LeaderboardRow, _Tried] | None:
        """Return the best average of two linear families or more; none where there is only one.

        Decision values are averaged, each family's by their spread: that is one linear model.
        """
        linear = sorted(
            (row for row in found if row.family in LINEAR), key=lambda row: -row.cv_mean
        )
        names = [row.family for row in islice(linear, _MEMBERS)]
        blends = [self._blend(chosen, tried) for chosen in _several(names)]
        return max(blends, key=lambda one: one[0].cv_mean, default=None)

    def _blend(
        self, chosen: Sequence[str], tried: Mapping[str, _Tried]
    ) -> tuple[LeaderboardRow, _Tried]:
        spreads = [float(np.nanstd(tried[name].values)) for name in chosen]
        shares = {
            name: 1 / (spread * len(chosen)) for name, spread in zip(chosen, spreads, strict=True)
        }
        values = sum(share * tried[name].values for name, share in shares.items())
        one = _Tried(np.asarray(values), self._judged, decisions=True)
        return self._row(AVERAGE, shares, one), one


def _several(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield every choice of two names or more."""
    for count in range(2, len(names) + 1):
        yield from combinations(names, count)


def _to_fit_on(rows: LabelledRows, places: Places, tags: Sequence[str]) -> tuple[Rows, Truth]:
    """Return some rows, and those of their mirrored pictures, with what is known of them."""
    features, labels = rows.to_fit_on(places)
    return features.astype(np.float32), read_truth(labels, tags)


def _find_space(
    rows: LabelledRows,
    kept: Places,
    compared: Places,
    tags: Sequence[str],
    components: int | None,
) -> _Space:
    """Scale a fold by the rows that are fitted on, and find the components of these alone."""
    steps = [("scale", StandardScaler())]
    steps += [(REDUCE, Components(components))] if components else []
    axes, (features, truth) = Pipeline(steps), _to_fit_on(rows, kept, tags)
    fitted = axes.fit_transform(features)
    return _Space(fitted, truth, axes.transform(rows.features[compared].astype(np.float32)))


def _try_grid(
    classifier: Any,
    grid: Sequence[Mapping[str, Any]],
    space: _Space,
    components: int | None,
) -> list[tuple[Values, float]]:
    """Return what each candidate of a family says of each tag on a fold, and how long that took."""
    truth = space.truth
    fitted, compared = (
        np.ascontiguousarray(rows[:, :components]) for rows in (space.fitted, space.compared)
    )
    found = [(np.full((len(compared), truth.shape[1]), np.nan), [0.0]) for _ in grid]
    for tag in range(truth.shape[1]):
        one = clone(classifier)  # which begins where the candidate before it ended, if it can
        for (values, seconds), params in zip(found, grid, strict=True):
            began = monotonic()
            one.set_params(**params)
            if (own := _fit_tag(one, fitted, truth[:, tag], copy=False)) is not None:
                values[:, tag] = score_rows(own, compared)[:, 1]
            seconds[0] += monotonic() - began
    return [(values, seconds) for values, (seconds,) in found]


def _fit_tag(
    classifier: Any, rows: NDArray[np.float32], truth: NDArray[np.float64], *, copy: bool = True
) -> Any:
    """Fit a classifier to the rows in which a tag is known; None if all of these say the same."""
    known = ~np.isnan(truth)
    labels = np.where(truth[known] == 1, YES, NO)
    if len(np.unique(labels)) < 2:
        return None
    return (clone(classifier) if copy else classifier).fit(rows[known], labels)


def _calibrate_across(said: _Tried, folds: Sequence[tuple[Places, Places]]) -> Values:
    """Return the probability of each tag by calibrators that were fitted to the other folds."""
    found = np.full_like(said.values, np.nan)
    for tag in range(found.shape[1]):
        scores, raw = said.of_tag(tag), said.values[:, tag]
        both = np.column_stack([-raw, raw] if said.decisions else [1 - raw, raw])
        for _, compared in folds:
            own = compared[~np.isnan(raw[compared])]
            others = np.setdiff1d(scores.scored, compared)
            if own.size and len(np.unique(scores.labels[others])) == 2:
                calibrator = fit_calibrator(scores, METHOD, others)
                found[own, tag] = calibrator.predict_proba(both[own])[:, 1]
    return found


def _combine_across(
    alone: Values, truth: Truth, folds: Sequence[tuple[Places, Places]]
) -> Values | None:
    """Return the same by combinations that the other folds have; None if that is no better.

    It is as good where at least as many rows are all right.
    """
    combined = alone.copy()
    for kept, compared in folds:
        whole = compared[~np.isnan(alone[compared]).any(axis=1)]
        combined[whole] = combine(alone[whole], find_combinations(truth[kept]))
    return combined if _count_right(combined, truth) >= _count_right(alone, truth) else None


def _count_right(scores: Values, truth: Truth) -> int:
    """Return of how many rows all that is known is said, at even thresholds."""
    wrong = (scores >= EVEN) != (truth == 1)
    return int((~(wrong & ~np.isnan(truth) & ~np.isnan(scores)).any(axis=1)).sum())


def _choose_thresholds(
    scores: Values, truth: Truth, tags: Sequence[str], precision: float | None
) -> dict[str, float]:
    """Return from which probability on each tag is said: at best F1, or at a precision."""
    found = {}
    for tag, name in enumerate(tags):
        known = ~(np.isnan(scores[:, tag]) | np.isnan(truth[:, tag]))
        own, has = scores[known, tag], truth[known, tag] == 1
        found[name] = best_f1(own, has) if precision is None else at_precision(own, has, precision)
    return found


def best_f1(scores: NDArray[np.float64], has: NDArray[np.bool_]) -> float:
    """Return the threshold of the highest F1, or the one nearest to even that is as good.

    As good is what is less than one standard error of that F1 below it, and rows near a threshold
    count in part on either side of it: of few rows, the very highest peak is luck.

    Examples
    --------
    >>> scores = np.linspace(0, 1, 1000)
    >>> best_f1(scores, scores > 0.5), best_f1(scores / 4, scores > 0.5) < 0.2
    (0.5, True)
    """
    scores = scores.clip(_LEAST, 1 - _LEAST)
    odds, limits = (np.log(p / (1 - p)) for p in (scores, _CANDIDATES))
    said = 1 / (1 + np.exp(-(odds[:, np.newaxis] - limits) / _BLUR))
    f1 = 2 * (said * has[:, np.newaxis]).sum(axis=0) / (said.sum(axis=0) + has.sum())
    error = np.sqrt(f1.max() * (1 - f1.max()) / has.sum())
    good = _CANDIDATES[f1 >= f1.max() - error]
    return float(round(good[np.abs(good - EVEN).argmin()], 2))


def at_precision(scores: NDArray[np.float64], has: NDArray[np.bool_], precision: float) -> float:
    """Return the lowest threshold from which on so many of the rows have a tag that are said to.

    Where no threshold is so precise, it is the most precise one.

    Examples
    --------
    >>> scores, has = np.array([0.9, 0.8, 0.6, 0.4]), np.array([True, True, False, True])
    >>> at_precision(scores, has, 0.9), at_precision(scores, has, 0.7)
    (0.8, 0.4)
    """
    order = np.argsort(-scores, kind="stable")
    precise = np.cumsum(has[order]) / np.arange(1, len(order) + 1)
    # Of equal scores all are said or none.
    last = np.append(np.diff(scores[order]) != 0, [True])
    enough = np.flatnonzero(last & (precise >= precision))
    place = enough[-1] if enough.size else np.where(last, precise, -1).argmax()
    return float(scores[order[place]])
