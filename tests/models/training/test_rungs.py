import numpy as np
import pytest

from src.models.training.rows import FOLDS, LabelledRows
from src.models.training.rungs import MIN_RUNG_ROWS, halving_rungs

COUNTS = {"BLUE": 6000, "PINK": 6, "RED": 2994}


def make_rows(counts: dict[str, int]) -> LabelledRows:
    labels = np.repeat(list(counts), list(counts.values()))
    return LabelledRows(np.arange(len(labels), dtype=float)[:, np.newaxis], labels)


def test_fewer_candidates_meet_more_rows_and_at_last_all() -> None:
    rows = make_rows(COUNTS)
    rungs = halving_rungs(rows, 35, seed=0)
    assert [rung.candidates for rung in rungs] == [35, 12, 4]
    sizes = [len(rung.rows.labels) for rung in rungs]
    assert sizes == [667 + FOLDS + 333, 2000 + FOLDS + 998, 9000]
    assert rungs[-1].rows is rows


def test_rows_stay_with_their_labels_and_the_next_rung_keeps_them() -> None:
    rows = make_rows(COUNTS)
    first, second, _ = halving_rungs(rows, 35, seed=0)
    for rung in (first, second):
        picked = rung.rows.features[:, 0].astype(int)
        assert (rows.labels[picked] == rung.rows.labels).all()
    assert set(first.rows.features[:, 0]) < set(second.rows.features[:, 0])


def test_the_seed_decides_who_takes_part() -> None:
    rows = make_rows(COUNTS)
    picked = [halving_rungs(rows, 9, seed)[0].rows.features.tolist() for seed in (0, 0, 1)]
    assert picked[0] == picked[1] != picked[2]


def test_every_class_has_a_row_for_each_fold() -> None:
    first = halving_rungs(make_rows(COUNTS), 9, seed=0)[0]
    assert (first.rows.labels == "PINK").sum() == FOLDS


@pytest.mark.parametrize(
    ("count", "candidates"), [(MIN_RUNG_ROWS, [9]), (3 * MIN_RUNG_ROWS, [9, 3])]
)
def test_few_rows_are_not_divided(count: int, candidates: list[int]) -> None:
    rungs = halving_rungs(make_rows({"BLUE": count // 2, "RED": count - count // 2}), 9, seed=0)
    assert [rung.candidates for rung in rungs] == candidates


@pytest.mark.parametrize(("candidates", "last"), [(1, 1), (2, 2), (3, 2), (18, 2), (20, 3)])
def test_at_least_two_are_compared_on_all_rows(candidates: int, last: int) -> None:
    assert halving_rungs(make_rows(COUNTS), candidates, seed=0)[-1].candidates == last
