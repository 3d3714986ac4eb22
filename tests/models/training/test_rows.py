import numpy as np
import pandas as pd
import pytest

from src.features.backbones import Backbone, embedding_spec, find_backbone
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.models.training.rows import (
    CHECK_ROWS,
    LabelledRows,
    distinct_rows,
    mark_seen,
    pick_check_rows,
    split_holdout,
)
from src.tasks import COLOR, Task
from tests.models.training_tables import make_table


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


def test_check_rows_of_many_classes_are_no_more() -> None:
    labels = np.repeat([f"class {i:03d}" for i in range(40)], 20)
    rows = LabelledRows(np.arange(len(labels), dtype=float)[:, np.newaxis], labels)
    picked = pick_check_rows(rows, seed=0)
    assert picked.shape == (CHECK_ROWS, 1)
    assert len(np.unique(picked // 20)) > 15


def test_rows_without_a_label_and_of_rare_classes_are_on_neither_side() -> None:
    table = make_table({"BLACK": 30, "RED": 30, "PINK": 7}).rename(columns={"color": "tint"})
    table.loc[:4, "tint"] = ["", " ", " BLACK", "BLACK ", "BLACK"]
    split = split_holdout(table, FEATURE_NAMES, Task("tint", "tint"), seed=0)
    assert split.sides.classes == ("BLACK", "RED")
    assert split.sides.left_out == {"PINK": 7}
    assert (split.unlabelled, split.repeated) == (2, 0)
    assert len(split.training.labels) + len(split.holdout.labels) == 58
    assert set(split.training.labels) == set(split.holdout.labels) == {"BLACK", "RED"}


def test_rows_without_a_group_are_groups_by_themselves() -> None:
    table = make_table({"BLACK": 40, "RED": 40}).assign(series="")
    table.loc[:9, "series"] = "S"
    split = split_holdout(table, FEATURE_NAMES, Task("color", "color", group="series"), seed=0)
    held_out = split.table.loc[split.sides.holdout, "series"]
    assert (held_out == "S").sum() in (0, 10)
    assert 15 <= len(held_out) <= 25


def test_a_given_test_part_is_the_holdout_and_all_else_is_learned() -> None:
    table = make_table({"BLACK": 30, "RED": 30}).assign(split=["train", "val", " Test "] * 20)
    split = split_holdout(table, FEATURE_NAMES, COLOR, seed=0)
    assert split.sides.given
    assert (split.table.split[split.sides.holdout] == " Test ").all()
    assert (len(split.training.labels), len(split.holdout.labels)) == (40, 20)
    plain = split_holdout(table.assign(split="train"), FEATURE_NAMES, COLOR, seed=0)
    assert not plain.sides.given
    assert len(plain.holdout.labels) == 15


def test_pictures_that_the_network_was_trained_on_are_found_by_their_sums(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = embedding_spec(find_backbone())
    seen = {"ab" * 32}
    monkeypatch.setattr(Backbone, "has_seen", lambda _, sums: [digest in seen for digest in sums])
    table = pd.DataFrame({"filename": ["a", "b"], "sha256": ["ab" * 32, "cd" * 32]})
    assert mark_seen(table, spec)["seen"].tolist() == [True, False]
    assert mark_seen(table, FEATURES_V1) is table
    told = table.assign(seen=[False, False])
    assert mark_seen(told, spec) is told
    assert mark_seen(table[1:], spec).columns.tolist() == ["filename", "sha256"]
