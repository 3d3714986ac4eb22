"""The average of families on rows of few numbers: what several say, averaged (soft voting).

Each family has the parameters that its search found, and its probabilities are calibrated before
they are averaged. A family's share is what makes the training rows likeliest: one that adds nothing
gets none. A neural network depends on the random weights at which it begins, so that it counts as
the mean of several.

References
----------
Smyth and Wolpert (1999), "Linearly combining density estimators via stacking", Machine Learning 36.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder

from ...tasks import Kind
from ..one_answer import Folds, Places
from ..storage.metadata import LeaderboardRow, ModelMetadata
from .calibration import Scores, fit_calibrated, fit_calibrator, score_across
from .pipelines import CLASSIFY
from .plan import AVERAGE, BEGINNINGS, WIDE, SearchPlan
from .rows import LabelledRows, Split
from .search import SearchProgress, pipeline_of

# One number for each family, whose probabilities stay those of a softmax.
_METHOD: Final = "temperature"
# Shares settle to three digits long before.
_STEPS: Final = 500
# Where all say that a label cannot be, none is to blame more than another.
_LEAST: Final = 1e-12
# A family that counts for less changes next to no answer, and takes its time for every row.
_LEAST_SHARE: Final = 0.02

Probabilities = NDArray[np.float64]


class Voter(NamedTuple):
    """A family from one beginning: its unfitted pipeline, and what that says across the folds."""

    family: str
    pipeline: Pipeline
    said: Scores


@dataclass(frozen=True, slots=True)
class FamilyAverage:
    """The best average of families.

    Attributes
    ----------
    row : LeaderboardRow
        Its parameters are the families' shares.
    scores : Scores
        What it says across the folds.
    voters : sequence of Voter
        Of the families that have a share.
    folds : int
    """

    row: LeaderboardRow
    scores: Scores
    voters: Sequence[Voter]
    folds: int

    def fit(self, rows: LabelledRows) -> Pipeline:
        """Fit all families to rows; their calibration is the one across the folds.

        Returns
        -------
        Pipeline
            Steps ``scale`` and ``classify``, the latter a soft `VotingClassifier`.
        """
        scaler = clone(self.voters[0].pipeline[0])
        scaled = scaler.fit_transform(rows.features)
        fitted = [
            fit_calibrated(
                clone(voter.pipeline[-1]).fit(scaled, rows.labels), voter.said, _METHOD, self.folds
            )
            for voter in self.voters
        ]
        families = [voter.family for voter in self.voters]
        weights = [self.row.params[name] / families.count(name) for name in families]
        return Pipeline([("scale", scaler), (CLASSIFY, _vote(families, fitted, weights))])


def average_families(
    leaderboard: Sequence[LeaderboardRow], split: Split, plan: SearchPlan, progress: SearchProgress
) -> FamilyAverage | None:
    """Return the average that is right more often; none where a single fit would be all of it.

    That is the one of all families, or of the networks that differ by their beginning alone. What
    is said of a fold is fitted to the others, and so are temperatures and shares; the parameters of
    the families were chosen on all folds.

    Parameters
    ----------
    leaderboard : sequence of LeaderboardRow
        The best candidate of each family.
    split : Split
        Of which only the training rows are looked at.
    plan : SearchPlan
    progress : SearchProgress
        Told of the result.
    """
    began, rows, folds = monotonic(), split.training, split.sides.folds
    pipelines = [
        (row.family, pipeline_of(row, replace(plan, seed=plan.seed + beginning)))
        for row in leaderboard
        for beginning in range(BEGINNINGS.get(row.family, 1))
    ]
    progress.started(AVERAGE, len(pipelines) * len(folds))
    voters = [
        Voter(family, pipeline, score_across(pipeline, rows, folds, plan))
        for family, pipeline in pipelines
    ]
    found = []
    for some in (voters, *_several_of_one(voters)):
        shares, scores = weigh(some, folds)
        kept = [voter for voter in some if voter.family in shares]
        row = _row(shares, scores.accuracies(compared for _, compared in folds), leaderboard)
        if len(kept) > 1:
            found.append(FamilyAverage(row, scores, kept, len(folds)))
    best = max(found, key=lambda one: one.row.cv_mean, default=None)
    if best is not None:
        progress.finished(best.row, monotonic() - began)
    return best


def missing_average(metadata: ModelMetadata, plan: SearchPlan) -> str | None:
    """Say why there is no average where it was to compete; None where nothing is to be said."""
    width = len(metadata.feature_spec.names)
    there = any(row.family == AVERAGE for row in metadata.leaderboard)
    if there or not plan.averages(width):
        return None
    if width >= WIDE or metadata.task.kind is Kind.MANY:
        return "no average: it takes two families that are linear"
    return "no average: one family would be all of it"


def _several_of_one(voters: Sequence[Voter]) -> list[list[Voter]]:
    alone = [[one for one in voters if one.family == family] for family in BEGINNINGS]
    return [found for found in alone if found]


def weigh(voters: Sequence[Voter], folds: Folds) -> tuple[dict[str, float], Scores]:
    """Return the shares of families, and what their average says of each fold without it."""
    known = voters[0].said
    values = np.full_like(known.values, np.nan)
    for _, compared in folds:
        names, said = _calibrate(voters, others := np.setdiff1d(known.scored, compared))
        values[compared] = np.tensordot(_shares(said, known, others), said[:, compared], axes=1)
    names, said = _calibrate(voters, known.scored)
    shares = zip(names, _shares(said, known, known.scored).tolist(), strict=True)
    kept = {name: round(share, 3) for name, share in shares if share}
    return kept, replace(known, values=values, decisions=False)


def _calibrate(voters: Sequence[Voter], places: Places) -> tuple[list[str], Probabilities]:
    """Return each family and the probabilities it gives, calibrated by some rows, to all."""
    said: dict[str, list[Probabilities]] = {}
    for family, _, known in voters:
        found = np.full_like(known.values, np.nan)
        calibrator = fit_calibrator(known, _METHOD, places)
        found[known.scored] = calibrator.predict_proba(known.values[known.scored])
        said.setdefault(family, []).append(found)
    return list(said), np.array([np.mean(several, axis=0) for several in said.values()])


def _shares(said: Probabilities, known: Scores, places: Places) -> Probabilities:
    """Return the shares, which add up to 1, under which the labels of some rows are likeliest.

    That is the maximum which expectation and maximisation approach in turns.
    """
    columns = np.searchsorted(np.unique(known.labels), known.labels[places])
    right, weights = said[:, places, columns].clip(_LEAST), known.weights(places)
    shares = np.full(len(said), 1 / len(said))
    for _ in range(_STEPS):
        shares *= np.average(right / (shares @ right), axis=1, weights=weights)
    shares[shares < _LEAST_SHARE] = 0
    found: Probabilities = shares / shares.sum()
    return found


def _row(
    shares: dict[str, float], accuracies: Sequence[float], leaderboard: Sequence[LeaderboardRow]
) -> LeaderboardRow:
    seconds = sum(
        row.fit_seconds * BEGINNINGS.get(row.family, 1)
        for row in leaderboard
        if row.family in shares
    )
    mean, std = float(np.mean(accuracies)), float(np.std(accuracies))
    return LeaderboardRow(AVERAGE, dict(shares), mean, std, round(seconds, 3))


def _vote(
    families: Sequence[str], fitted: Sequence[Any], weights: Sequence[float]
) -> VotingClassifier:
    """Return the vote of fitted classifiers, as if it had fitted them itself."""
    unfitted = [
        (f"{family} {place}", clone(one))
        for place, (family, one) in enumerate(zip(families, fitted, strict=True), 1)
    ]
    vote = VotingClassifier(unfitted, voting="soft", weights=list(weights))
    vote.estimators_ = list(fitted)
    vote.classes_ = fitted[0].classes_
    vote.le_ = LabelEncoder().fit(vote.classes_)
    return vote
