"""From a table of measured works to a model that compares hands."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import PurePath
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataError
from ...features.extract_features import FeatureSpec
from ...features.measured_rows import EMBEDDING
from ...tasks import Task
from ..one_answer import LEAST_MIN_COUNT, evaluate_model
from ..storage.metadata import FittedModel, HoldoutMetrics, ModelMetadata, library_versions
from ..training.plan import SearchPlan
from ..training.rows import SEEN_COLUMN, distinct_rows, mark_seen
from ..training.table import TrainingTable
from .fit_space import fit_space
from .judging_hands import (
    Scored,
    Works,
    calibrate,
    calibrate_space,
    find_verdicts,
    new_artists,
    score_known_artists,
    score_new_artists,
)
from .known_works import KnownWorks
from .pair_figures import Interval, judge_pairs
from .pair_model import CLASSES, PairModel
from .pair_space import sigmoid

FAMILY: Final = "hands"
# With fewer there is nothing to leave out and to learn from.
_FEWEST_ARTISTS: Final = 4
_CHECK_ROWS: Final = 8
_NO_NAMES: Final = ("", "nan", "None")


def fit_same_artist(
    data: TrainingTable,
    spec: FeatureSpec,
    task: Task,
    plan: SearchPlan,
    note: Callable[[str], None],
) -> FittedModel:
    """Fit a model that compares hands, and judge it by artists that it never saw.

    Parameters
    ----------
    data : TrainingTable
        Of a network's rows.
    spec : FeatureSpec
    task : Task
        Its column names the artists.
    plan : SearchPlan
        Its seed decides all that is random.
    note : callable
        Is told of each step.

    Raises
    ------
    DataError
        If there are too few artists with several works.
    """
    if spec.name != EMBEDDING:
        raise DataError(
            f"hands are compared by what a network says of pictures, not by {spec.name}; leave "
            "--features out"
        )
    least = plan.min_count or LEAST_MIN_COUNT
    table, left_out = _choose_rows(data.table, spec, task, least)
    works = _works(table, spec, task)
    note(f"comparing works of {len(new_artists(works))} artists, each left out of a fit")
    new, known = score_new_artists(works, plan.seed), score_known_artists(works, plan.seed)
    slope, offset = calibrate(new)
    new, known = new.calibrated(slope, offset), known.calibrated(slope, offset)
    note("fitting on all works")
    space = calibrate_space(fit_space(works.rows, works.artists, plan.seed), slope, offset)
    names = [PurePath(name).name for name in table["filename"].astype(str)]
    model = PairModel(space, KnownWorks.of(space.place(works.rows), names, works.artists))
    metadata = ModelMetadata(
        task=task,
        classes=CLASSES,
        feature_spec=spec,
        family=FAMILY,
        parameters=_parameters(works, new, known),
        calibration="logistic",
        leaderboard=(),
        holdout=_judge(new, plan.seed),
        training_rows=len(table),
        search=plan.preset.value,
        seed=plan.seed,
        data_source=data.source,
        data_sha256=data.sha256,
        library_versions=library_versions(),
        min_count=least,
        left_out=left_out,
        seen_rows=int(works.seen.sum()),
        judged_unseen=not works.seen[np.isin(works.artists, new.artists)].any(),
    )
    return FittedModel(model, metadata, _check_rows(works, plan.seed))


def _choose_rows(
    table: pd.DataFrame, spec: FeatureSpec, task: Task, least: int
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the different rows of artists with enough works, and who has too few."""
    rows = distinct_rows(mark_seen(table, spec), spec.names)
    rows = rows.assign(**{task.column: rows[task.column].astype(str).str.strip()})
    rows = rows[~rows[task.column].isin(_NO_NAMES)]
    counts = {str(name): int(n) for name, n in rows[task.column].value_counts().items()}
    enough = [name for name, count in counts.items() if count >= least]
    if len(enough) < _FEWEST_ARTISTS:
        raise DataError(
            f"too few artists to learn from ({len(enough)} in column {task.column!r} with "
            f"{least} works or more); give at least {_FEWEST_ARTISTS}, better fifty"
        )
    left_out = {name: count for name, count in sorted(counts.items()) if count < least}
    return rows[rows[task.column].isin(enough)].reset_index(drop=True), left_out


def _works(table: pd.DataFrame, spec: FeatureSpec, task: Task) -> Works:
    has_seen = SEEN_COLUMN in table
    seen = table[SEEN_COLUMN].to_numpy() if has_seen else np.zeros(len(table))
    return Works(
        table[list(spec.names)].to_numpy(np.float32),
        table[task.column].to_numpy(np.str_),
        seen.astype(bool),
        _groups(table, task.group or "cluster"),
    )


def _groups(table: pd.DataFrame, column: str) -> NDArray[np.str_]:
    """Return which work each picture shows; what is in no cluster is a work of its own."""
    alone = np.array([f"row {k}" for k in range(len(table))])
    if column not in table:
        return alone
    told = table[column].astype(str).to_numpy(np.str_)
    return np.where(np.isin(told, _NO_NAMES), alone, told)


def _parameters(works: Works, new: Scored, known: Scored) -> dict[str, Any]:
    """Return what the card and every answer tell: limits, errors, figures with their intervals."""
    told: dict[str, Any] = {
        "artists": len(np.unique(works.artists)),
        "new_artists": len(np.unique(new.artists)),
        "share_of_same": 0.5,
        "verdicts": _rounded(asdict(find_verdicts(new))),
    }
    for name, scored in (("new", new), ("known", known)):
        told[name] = _tell(judge_pairs(scored.scores, scored.pairs, scored.artists))
    return told


def _tell(interval: Interval) -> dict[str, list[float]]:
    """Return each figure with the ends of its interval."""
    parts = [_rounded(asdict(part)) for part in (interval.figures, interval.low, interval.high)]
    return {name: [part[name] for part in parts] for name in parts[0]}


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in figures.items()}


def _judge(scored: Scored, seed: int) -> HoldoutMetrics:
    """Judge as many pairs of different artists as there are of one."""
    same = np.flatnonzero(scored.pairs.same)
    others = np.flatnonzero(~scored.pairs.same)
    drawn = np.random.default_rng(seed).choice(others, min(len(same), len(others)), replace=False)
    places = np.concatenate([same, drawn])
    labels = np.where(scored.pairs.same[places], CLASSES[1], CLASSES[0])
    scores = sigmoid(scored.scores[places])
    return evaluate_model(labels, np.column_stack([1 - scores, scores]), CLASSES)


def _check_rows(works: Works, seed: int) -> NDArray[np.float64]:
    count = min(_CHECK_ROWS, len(works.rows))
    places = np.random.default_rng(seed).choice(len(works.rows), count, replace=False)
    return works.rows[places].astype(np.float64)
