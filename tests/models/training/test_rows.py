import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from src.errors import DataError
from src.features.extract_features import FEATURE_NAMES
from src.models.training.rows import (
    CHECK_ROWS,
    FOLDS,
    MIN_ROWS_PER_CLASS,
    LabelledRows,
    classes_present,
    distinct_rows,
    pick_check_rows,
    split_holdout,
)
from src.tasks import COLOR
from tests.models.training_tables import make_table


def test_classes_come_in_the_order_of_the_task_and_absent_ones_are_left_out() -> None:
    assert classes_present(["PINK"] * 8 + ["BLACK"] * 8, COLOR) == ("BLACK", "PINK")


def test_a_single_class_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"'color' holds a single class \(only RED in 20 rows\)"):
        classes_present(["RED"] * 20, COLOR)


def test_a_class_with_too_few_rows_is_refused_with_counts() -> None:
    with pytest.raises(DataError, match=r"\(PINK: 7\).*at least 8 different rows"):
        classes_present(["RED"] * 20 + ["PINK"] * 7, COLOR)


@given(st.lists(st.integers(MIN_ROWS_PER_CLASS, 40), min_size=2, max_size=11))
def test_the_least_class_reaches_every_fold_and_the_holdout(counts: list[int]) -> None:
    table = make_table(dict(zip(COLOR.classes, counts, strict=False)))
    split = split_holdout(table, FEATURE_NAMES, COLOR, seed=0)
    names = set(table.color)
    assert set(split.holdout.labels) == names
    assert min(np.unique(split.training.labels, return_counts=True)[1]) >= FOLDS
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for _, test in folds.split(split.training.features, split.training.labels):
        assert set(split.training.labels[test]) == names


def test_split_is_a_stratified_partition() -> None:
    table = make_table({"RED": 400, "BLUE": 100})
    split = split_holdout(table, FEATURE_NAMES, COLOR, seed=0)
    both = np.vstack([split.training.features, split.holdout.features])
    expected = table[list(FEATURE_NAMES)].to_numpy()
    assert sorted(map(tuple, both)) == sorted(map(tuple, expected))
    assert dict(zip(*np.unique(split.holdout.labels, return_counts=True), strict=True)) == {
        "BLUE": 25,
        "RED": 100,
    }


def test_order_of_rows_has_no_say() -> None:
    table = make_table()
    shuffled = table.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        distinct_rows(shuffled, FEATURE_NAMES), distinct_rows(table, FEATURE_NAMES)
    )


def test_twins_do_not_straddle_the_split() -> None:
    table = make_table()
    twins = pd.concat([table, table.assign(filename="copy-" + table.filename)])
    kept = distinct_rows(twins, FEATURE_NAMES)
    assert kept.filename.tolist() == table.filename.tolist()
    split = split_holdout(kept, FEATURE_NAMES, COLOR, seed=0)
    fitted = set(map(tuple, split.training.features))
    assert fitted.isdisjoint(map(tuple, split.holdout.features))


def test_check_rows_show_every_class_twice_and_repeat() -> None:
    counts = {"BLACK": 500, "GREEN": 8, "RED": 8, "PINK": 8}
    rows = split_holdout(make_table(counts), FEATURE_NAMES, COLOR, seed=0).training
    picked = pick_check_rows(rows, seed=5)
    assert picked.shape == (CHECK_ROWS, 18)
    assert np.array_equal(picked, pick_check_rows(rows, seed=5))
    label_of = dict(zip(map(tuple, rows.features), rows.labels, strict=True))
    shown = [label_of[row] for row in set(map(tuple, picked))]
    assert len(shown) == CHECK_ROWS
    assert all(shown.count(name) >= 2 for name in counts)


def test_check_rows_of_a_small_table_are_all_its_rows() -> None:
    few = LabelledRows(np.arange(12.0).reshape(6, 2), np.array(["a"] * 3 + ["b"] * 3))
    assert pick_check_rows(few, seed=0).shape == (6, 2)
