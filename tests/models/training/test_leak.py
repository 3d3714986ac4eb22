"""What a leak makes of accuracy: much where only versions of a work are alike, nothing without."""

import numpy as np
import pandas as pd
import pytest

from src.features.extract_features import FEATURES_V1
from src.models.reporting.training_report import ConsoleProgress
from src.models.storage.metadata import FittedModel
from src.models.training.best_model import fit_best_model
from src.models.training.leak import Dealt, deal_out, find_repeated
from src.models.training.plan import Preset, SearchPlan
from src.models.training.rows import Split, split_holdout
from src.models.training.table import TrainingTable
from src.tasks import Task

TASK = Task("shape", "shape", group="cluster")
NAMES = FEATURES_V1.names


def make_table(versions: int = 3, works: int = 60, single: int = 30) -> pd.DataFrame:
    """Return works, some in several versions, whose rows say nothing of their classes."""
    rng = np.random.default_rng(0)
    times = np.repeat([versions, 1], [works, single])
    centres = np.repeat(rng.normal(size=(works + single, len(NAMES))), times, axis=0)
    table = pd.DataFrame(centres + rng.normal(scale=1e-3, size=centres.shape), columns=list(NAMES))
    clusters = [f"work {k}" if versions > 1 and k < works else "" for k in range(len(times))]
    return table.assign(
        filename=[f"{i:04}.jpg" for i in range(len(table))],
        shape=np.repeat(np.array(["oval", "round", "star"])[np.arange(len(times)) % 3], times),
        cluster=np.repeat(clusters, times),
    )


def split_of(table: pd.DataFrame) -> Split:
    return split_holdout(table, NAMES, TASK, seed=0)


def deal(split: Split) -> Dealt:
    dealt = deal_out(split, TASK, seed=0)
    assert dealt is not None
    return dealt


def fit(table: pd.DataFrame, task: Task = TASK) -> FittedModel:
    data = TrainingTable(table, "test", "0" * 64)
    plan = SearchPlan(("svm",), Preset.SMOKE, seed=0, jobs=1)
    return fit_best_model(data, FEATURES_V1, task, plan, ConsoleProgress(terminal=False))


def test_versions_on_both_sides_look_like_knowledge() -> None:
    metadata = fit(make_table()).metadata
    assert metadata.holdout.accuracy < 0.6
    assert metadata.leak is not None
    assert metadata.leak.accuracy > metadata.holdout.accuracy + 0.2
    assert metadata.leak.repeated == 180


@pytest.mark.parametrize("group", ["cluster", ""])
def test_nothing_is_said_where_no_work_is_known_to_occur_twice(group: str) -> None:
    table = make_table(versions=1) if group else make_table()
    assert fit(table, Task("shape", "shape", group=group)).metadata.leak is None


def test_works_of_which_there_is_one_keep_their_sides_and_classes_their_rows() -> None:
    split = split_of(make_table())
    dealt = deal(split)
    alone = set(map(tuple, split.table.loc[split.table.cluster == "", list(NAMES)].to_numpy()))
    for before, after in ((split.training, dealt.training), (split.holdout, dealt.holdout)):
        rows, others = set(map(tuple, before.features)), set(map(tuple, after.features))
        assert rows & alone == others & alone
        assert rows != others
        assert sorted(before.labels) == sorted(after.labels)
    both = np.concatenate([dealt.training.features, dealt.holdout.features])
    assert set(map(tuple, both)) == set(map(tuple, split.table[list(NAMES)].to_numpy()))


def test_versions_are_dealt_to_both_sides() -> None:
    table = make_table()
    dealt = deal(split_of(table))
    work_of = dict(zip(map(tuple, table[list(NAMES)].to_numpy()), table.cluster, strict=True))
    known, new = ({work_of[tuple(row)] for row in side.features} - {""} for side in dealt[:2])
    assert len(known & new) > len(new) / 2


def test_no_picture_that_the_network_was_trained_on_is_judged_by() -> None:
    table = make_table(works=90)
    table["seen"] = table.cluster.isin([f"work {k}" for k in range(45)])
    split = split_of(table)
    assert split.sides.unseen
    seen = set(map(tuple, table.loc[table.seen, list(NAMES)].to_numpy()))
    assert seen.isdisjoint(map(tuple, deal(split).holdout.features))
    assert deal(split).repeated == 270


def test_rows_that_share_their_group_are_found() -> None:
    assert find_repeated(np.array(["b", "a", "b", "c"])).tolist() == [True, False, True, False]
