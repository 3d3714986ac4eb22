"""The average of families on rows of few numbers: what several say, averaged (soft voting).

Each family has the parameters that its search found, and its probabilities are calibrated before
they are averaged: of two that are as often right, the one that is surer of itself would else count
for more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder

from ..one_answer import Folds
from ..storage.metadata import LeaderboardRow
from .calibration import Scores, fit_calibrated, fit_calibrator, score_across
from .pipelines import CLASSIFY
from .plan import AVERAGE, SearchPlan
from .rows import LabelledRows, Split
from .search import SearchProgress, pipeline_of

# One number for each family, whose probabilities stay those of a softmax.
_METHOD: Final = "temperature"


@dataclass(frozen=True, slots=True)
class FamilyAverage:
    """The best average of families.

    Attributes
    ----------
    row : LeaderboardRow
        Its parameters are the families' shares.
    scores : Scores
        What it says across the folds.
    members : mapping of str to (Pipeline, Scores)
        The unfitted pipeline of each family in it, and what that says.
    folds : int
    """

    row: LeaderboardRow
    scores: Scores
    members: Mapping[str, tuple[Pipeline, Scores]]
    folds: int

    def fit(self, rows: LabelledRows) -> Pipeline:
        """Fit all families to rows; their calibration is the one across the folds.

        Returns
        -------
        Pipeline
            Steps ``scale`` and ``classify``, the latter a soft `VotingClassifier`.
        """
        scaler = clone(next(iter(self.members.values()))[0].steps[0][1])
        scaled = scaler.fit_transform(rows.features)
        voters = {
            family: fit_calibrated(
                clone(pipeline[-1]).fit(scaled, rows.labels), said, _METHOD, self.folds
            )
            for family, (pipeline, said) in self.members.items()
        }
        return Pipeline([("scale", scaler), (CLASSIFY, _vote(voters, self.row.params))])


def average_families(
    leaderboard: Sequence[LeaderboardRow], split: Split, plan: SearchPlan, progress: SearchProgress
) -> FamilyAverage | None:
    """Return the average of the best families that is right most often; none of a single family.

    On each fold a family is fitted to the other folds, and its temperature to what it says of them
    across the folds. As among the candidates of a family, which average is taken and by which
    parameters its families answer is decided by the folds that it is compared on.

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
    if len(leaderboard) < 2:
        return None
    began, rows, folds = monotonic(), split.training, split.sides.folds
    ranked = sorted(leaderboard, key=lambda row: -row.cv_mean)
    progress.started(AVERAGE, len(ranked) * len(folds))
    pipelines = {row.family: pipeline_of(row, plan) for row in ranked}
    members = {
        family: (pipeline, score_across(pipeline, rows, folds, plan))
        for family, pipeline in pipelines.items()
    }
    said = [_calibrate_across(scores, folds) for _, scores in members.values()]
    averages = []
    for count in range(2, len(ranked) + 1):
        values = np.mean(said[:count], axis=0)
        scores = Scores(values, rows.labels, decisions=False, balanced=plan.balanced)
        right = scores.accuracies(compared for _, compared in folds)
        averages.append((_row(ranked[:count], right), scores))
    row, scores = max(averages, key=lambda one: one[0].cv_mean)
    progress.finished(row, monotonic() - began)
    return FamilyAverage(
        row, scores, {family: members[family] for family in row.params}, len(folds)
    )


def _row(averaged: Sequence[LeaderboardRow], accuracies: Sequence[float]) -> LeaderboardRow:
    share = round(1 / len(averaged), 4)
    return LeaderboardRow(
        family=AVERAGE,
        params={row.family: share for row in averaged},
        cv_mean=float(np.mean(accuracies)),
        cv_std=float(np.std(accuracies)),
        fit_seconds=round(sum(row.fit_seconds for row in averaged), 3),
    )


def _calibrate_across(scores: Scores, folds: Folds) -> NDArray[np.float64]:
    """Return probabilities, each fold's by a calibrator that was fitted on the others."""
    found = np.full_like(scores.values, np.nan)
    for _, compared in folds:
        others = np.setdiff1d(scores.scored, compared)
        calibrator = fit_calibrator(scores, _METHOD, others)
        found[compared] = calibrator.predict_proba(scores.values[compared])
    return found


def _vote(voters: Mapping[str, Any], shares: Mapping[str, float]) -> VotingClassifier:
    """Return the vote of fitted classifiers, as if it had fitted them itself."""
    unfitted = [(family, clone(voter)) for family, voter in voters.items()]
    vote = VotingClassifier(unfitted, voting="soft", weights=[shares[name] for name in voters])
    vote.estimators_ = list(voters.values())
    vote.classes_ = vote.estimators_[0].classes_
    vote.le_ = LabelEncoder().fit(vote.classes_)
    return vote
