from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from src.errors import ConfigError, DataError
from src.models.kinds import rules_of
from src.models.one_answer import (
    FOLDS,
    MIN_ROWS_PER_CLASS,
    Cells,
    OneAnswer,
    Sides,
    evaluate_model,
    expected_calibration_error,
)
from src.tasks import COLOR, Kind, Task

CLASSES = ("BLACK", "RED", "PINK")


def one_hot(answers: list[str]) -> NDArray[np.float64]:
    return np.array([[float(answer == name) for name in CLASSES] for answer in answers])


def test_figures_by_hand() -> None:
    truth = np.array(["BLACK", "BLACK", "RED", "RED", "PINK"])
    metrics = evaluate_model(truth, one_hot(["BLACK", "RED", "RED", "RED", "BLACK"]), CLASSES)
    assert metrics.rows == 5
    assert metrics.accuracy == pytest.approx(3 / 5)
    assert metrics.balanced_accuracy == pytest.approx((1 / 2 + 1 + 0) / 3)
    # F1: BLACK 1/2 and 1/2; RED 2/3 and 1; PINK 0.
    assert metrics.macro_f1 == pytest.approx((1 / 2 + 4 / 5 + 0) / 3)
    assert metrics.confusion_matrix == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]


def test_a_class_absent_from_truth_and_answers_counts_nowhere_but_keeps_its_place() -> None:
    metrics = evaluate_model(np.array(["BLACK", "RED"]), one_hot(["BLACK", "RED"]), CLASSES)
    assert (metrics.accuracy, metrics.balanced_accuracy, metrics.macro_f1) == (1, 1, 1)
    assert metrics.confusion_matrix == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_an_answer_that_is_never_true_lowers_f1_without_a_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    metrics = evaluate_model(np.array(["BLACK", "RED"]), one_hot(["BLACK", "PINK"]), CLASSES)
    assert metrics.balanced_accuracy == 1 / 2
    assert metrics.macro_f1 == pytest.approx(1 / 3)
    assert not recwarn.list


def test_the_likeliest_five_of_many_classes() -> None:
    names = [f"no {place:02}" for place in range(11)]
    falling = np.arange(11, 0, -1) / 66
    truth = np.array(["no 00", "no 04", "no 05", "no 10"])
    metrics = evaluate_model(truth, np.tile(falling, (4, 1)), names)
    assert (metrics.accuracy, metrics.top_5) == (1 / 4, 2 / 4)
    equal = evaluate_model(truth, np.full((4, 11), 1 / 11), names)
    assert equal.top_5 == 2 / 4
    assert evaluate_model(truth[:2], np.full((2, 10), 0.1), names[:10]).top_5 is None


def test_calibration_error_by_hand() -> None:
    # Of 15 bins, (0.533, 0.6] holds two answers, one right, and (0.933, 1] two, both right.
    confidences = np.array([0.6, 0.6, 0.95, 0.97])
    correct = np.array([True, False, True, True])
    expected = (2 * abs(0.5 - 0.6) + 2 * abs(1 - 0.96)) / 4
    assert expected_calibration_error(confidences, correct) == pytest.approx(expected)


def test_a_confidence_on_a_border_belongs_to_the_lower_bin() -> None:
    error = expected_calibration_error(np.array([0.2, 0.15]), np.array([False, True]))
    assert error == pytest.approx(abs(0.5 - 0.175))


@pytest.mark.parametrize(("confidence", "error"), [(0.0, 0.0), (1.0, 1.0)])
def test_calibration_error_at_the_ends_of_the_scale(confidence: float, error: float) -> None:
    assert expected_calibration_error(np.array([confidence]), np.array([False])) == error


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_lies_between_the_mean_gap_and_one(
    pairs: list[tuple[float, bool]],
) -> None:
    confidences, correct = map(np.array, zip(*pairs, strict=True))
    error = expected_calibration_error(confidences, correct)
    assert abs(confidences.mean() - correct.mean()) - 1e-9 <= error <= 1


SHAPE = Task("shape", "shape")
RULES = OneAnswer()


def repeat(**counts: int) -> NDArray[np.str_]:
    return np.repeat(list(counts), list(counts.values()))


def choose(labels: NDArray[np.str_], task: Task = SHAPE, min_count: int | None = None) -> Sides:
    return RULES.choose_sides(Cells(labels), task, 0, min_count)


def test_another_kind_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match=r"task hand .*\(same; known: one, many\)"):
        rules_of(Task("hand", "hand", kind=Kind.SAME))


def test_classes_come_in_the_order_of_the_task_or_of_the_alphabet() -> None:
    labels = repeat(RED=20, PINK=20, BLACK=20)
    assert choose(labels, COLOR).classes == ("BLACK", "RED", "PINK")
    assert choose(labels).classes == ("BLACK", "PINK", "RED")


def test_a_single_class_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"'color' holds a single class \(only RED in 20 rows\)"):
        choose(repeat(RED=20), COLOR)
    with pytest.raises(DataError, match=r"\(only nothing in 0 rows\)"):
        choose(np.array(["", ""]))


@pytest.mark.parametrize(("min_count", "left_out"), [(None, {"b": 7}), (4, {}), (21, {"b": 7})])
def test_rare_classes_are_left_out_and_counted(
    min_count: int | None, left_out: dict[str, int]
) -> None:
    sides = choose(repeat(a=21, b=7, c=30), min_count=min_count)
    assert sides.left_out == left_out
    assert set(sides.classes) == {"a", "b", "c"} - left_out.keys()
    assert sides.min_count == (min_count or MIN_ROWS_PER_CLASS)


def test_less_than_two_classes_with_enough_rows_are_refused_with_counts() -> None:
    with pytest.raises(DataError, match=r"less than two classes .*\(a: 21, b: 7\).*--min-count 4"):
        choose(repeat(a=21, b=7))


def test_more_than_a_thousand_classes_are_refused() -> None:
    labels = np.repeat([f"no {i}" for i in range(1001)], 8)
    with pytest.raises(DataError, match=r"'shape' holds 1001 classes; up to 1000"):
        choose(labels)


@given(st.lists(st.integers(MIN_ROWS_PER_CLASS, 40), min_size=2, max_size=11))
def test_the_least_class_reaches_every_fold_and_the_holdout(counts: list[int]) -> None:
    labels = np.repeat([f"class {i}" for i in range(len(counts))], counts)
    sides = choose(labels)
    fitted = labels[sides.training]
    assert set(labels[sides.holdout]) == set(labels)
    assert len(sides.folds) == FOLDS
    assert min(np.unique(fitted, return_counts=True)[1]) >= FOLDS
    for kept, compared in sides.folds:
        assert set(fitted[compared]) == set(labels)
        assert sorted([*kept, *compared]) == list(range(len(fitted)))


@given(st.lists(st.integers(4, 9), min_size=2, max_size=6), st.integers(0, 3))
def test_no_fold_is_fitted_without_a_class_however_rare(counts: list[int], seed: int) -> None:
    labels = np.repeat([f"class {i}" for i in range(len(counts))], counts)
    try:
        sides = RULES.choose_sides(Cells(labels), SHAPE, seed, min_count=4)
    except DataError:
        assert max(counts) < 7
        return
    fitted = labels[sides.training]
    assert all(set(fitted[kept]) == set(sides.classes) for kept, _ in sides.folds)


@given(st.integers(0, 5), st.sampled_from([3, 7, 20]))
def test_no_group_stands_on_both_sides_of_any_split(seed: int, per_group: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.repeat([f"page {i}" for i in range(60)], per_group)
    labels = np.repeat(rng.choice(["a", "b", "c"], 60), per_group)
    sides = RULES.choose_sides(Cells(labels, groups), SHAPE, seed)
    assert set(groups[sides.training]).isdisjoint(groups[sides.holdout])
    assert 0.15 < len(sides.holdout) / len(labels) < 0.35
    fitted = groups[sides.training]
    for kept, compared in sides.folds:
        assert set(fitted[kept]).isdisjoint(fitted[compared])


def test_a_class_of_a_single_group_cannot_be_learned_and_is_left_out() -> None:
    labels = np.concatenate([repeat(a=60, b=60), np.repeat("lonely", 30)])
    groups = np.array([f"page {i // 5}" for i in range(120)] + ["one page"] * 30)
    sides = RULES.choose_sides(Cells(labels, groups), SHAPE, seed=0)
    assert (sides.classes, sides.left_out) == (("a", "b"), {"lonely": 30})


def test_too_few_groups_are_refused_with_their_number() -> None:
    labels, groups = np.tile(["a", "b"], 30), np.repeat(["p", "q", "r"], 20)
    with pytest.raises(DataError, match=r"'page' holds too few groups \(3\)"):
        RULES.choose_sides(Cells(labels, groups), Task("shape", "shape", group="page"), 0)


def test_of_a_given_holdout_the_other_rows_must_be_enough() -> None:
    labels = np.concatenate([repeat(a=20, b=20), np.repeat("new", 9)])
    test = np.array(
        [False] * 10 + [True] * 10 + [False] * 10 + [True] * 10 + [True] * 5 + [False] * 4
    )
    sides = RULES.choose_sides(Cells(labels, test=test), SHAPE, 0)
    assert (sides.classes, sides.left_out, sides.min_count) == (("a", "b"), {"new": 9}, FOLDS)
    assert sides.holdout.tolist() == [*range(10, 20), *range(30, 40)]


def test_a_given_holdout_of_left_out_classes_only_is_none() -> None:
    labels = np.concatenate([repeat(a=20, b=20), np.repeat("new", 5)])
    sides = RULES.choose_sides(Cells(labels, test=labels == "new"), SHAPE, 0)
    assert (sides.given, len(sides.holdout), sides.left_out) == (False, 10, {"new": 5})


def test_of_a_group_in_a_given_holdout_nothing_is_learned() -> None:
    labels, groups = np.tile(["a", "b"], 30), np.repeat([f"page {i}" for i in range(10)], 6)
    test = np.arange(60) < 15  # the third page is half of it
    sides = RULES.choose_sides(Cells(labels, groups, test), SHAPE, 0)
    assert sides.holdout.tolist() == list(range(15))
    assert sides.training.tolist() == list(range(18, 60))
    assert sides.straddling == 3


def test_the_answer_is_the_first_of_the_most_probable_classes_that_is_probable_enough() -> None:
    scores = np.array([[0.1, 0.6, 0.3], [0.4, 0.2, 0.4], [0.3, 0.3, 0.4]])
    assert RULES.decide(scores).tolist() == [1, 0, 2]
    assert RULES.decide(scores, min_score=0.5).tolist() == [1, -1, -1]
    assert RULES.decide(scores, min_score=0.6).tolist() == [1, -1, -1]


@pytest.mark.parametrize("label", ["NA", "None", "1", "nan", "two words", "γάτα", "a|b"])
def test_any_text_is_a_label(label: str) -> None:
    assert RULES.encode([f"  {label}\t", label]).tolist() == [label, label]


def seen_cells(grouped: bool) -> Cells:
    labels = np.array([name for name in CLASSES for _ in range(200)])
    groups = np.array([str(place // 2) for place in range(600)]) if grouped else None
    seen = np.random.default_rng(0).random(600) < 0.7
    return Cells(labels, groups, seen=seen)


@pytest.mark.parametrize("grouped", [False, True])
def test_only_rows_that_were_not_seen_judge_and_compare(grouped: bool) -> None:
    cells = seen_cells(grouped)
    task = Task("shape", "shape", group="work" if grouped else "")
    sides = rules_of(task).choose_sides(cells, task, seed=0)
    fresh = cells.fresh
    assert cells.seen is not None
    assert fresh[sides.holdout].all()
    assert 0.4 * fresh.sum() < len(sides.holdout) < 0.6 * fresh.sum()
    assert len(sides.folds) == FOLDS
    kept_by = [sides.training[compared] for _, compared in sides.folds]
    assert all(fresh[places].all() for places in kept_by)
    # All that is fresh and not held out is compared by once, and all else only fitted on.
    compared = np.sort(np.concatenate(kept_by))
    np.testing.assert_array_equal(compared, np.setdiff1d(np.flatnonzero(fresh), sides.holdout))
    assert sides.seen == cells.seen.sum()
    for kept, _ in sides.folds:
        assert (~fresh[sides.training[kept]]).sum() > 300


@pytest.mark.parametrize("grouped", [False, True])
def test_generated_rows_are_learned_and_judge_nothing(grouped: bool) -> None:
    seen = seen_cells(grouped)
    cells = replace(seen, seen=None, painted=seen.seen)
    task = Task("shape", "shape", group="work" if grouped else "")
    sides = rules_of(task).choose_sides(cells, task, seed=0)
    assert cells.painted is not None
    real = np.flatnonzero(~cells.painted)
    assert set(sides.holdout) <= set(real)
    assert 0.2 * len(real) < len(sides.holdout) < 0.3 * len(real)
    compared = np.concatenate([sides.training[places] for _, places in sides.folds])
    assert set(compared) == set(real) - set(sides.holdout)
    assert set(sides.training) == set(range(600)) - set(sides.holdout)
    assert (sides.painted, sides.seen, sides.unseen) == (cells.painted.sum(), 0, True)


def test_a_class_needs_real_rows_however_many_are_generated() -> None:
    place = np.arange(600)
    painted = place % 200 >= np.where(place < 200, 5, 12)
    cells = replace(seen_cells(grouped=False), seen=None, painted=painted)
    task = Task("shape", "shape")
    sides = rules_of(task).choose_sides(cells, task, seed=0)
    assert sides.left_out == {CLASSES[0]: 5}
    assert (sides.painted, len(sides.holdout), sides.unseen) == (376, 6, True)
    for _, compared in sides.folds:
        assert not painted[sides.training[compared]].any()
    painted[:] = place >= 10  # of the others there are none
    with pytest.raises(DataError, match="a single class"):
        rules_of(task).choose_sides(cells, task, seed=0)


def test_real_rows_of_too_few_groups_are_refused_beside_generated_ones() -> None:
    cells = seen_cells(grouped=False)
    groups = np.array([f"{place % 4 if place % 200 < 20 else place}" for place in range(600)])
    cells = replace(cells, seen=None, painted=np.arange(600) % 200 >= 20, groups=groups)
    task = Task("shape", "shape", group="work")
    with pytest.raises(DataError, match=r"too few groups \(4\)"):
        rules_of(task).choose_sides(cells, task, seed=0)


def test_a_class_that_was_seen_but_for_a_few_is_compared_by_all_of_its_rows() -> None:
    cells = seen_cells(grouped=False)
    assert cells.seen is not None
    cells.seen[:199] = True
    sides = rules_of(Task("shape", "shape")).choose_sides(cells, Task("shape", "shape"), seed=0)
    compared = [set(cells.labels[sides.training[places]]) for _, places in sides.folds]
    assert compared == [set(CLASSES)] * FOLDS
    others = np.concatenate([sides.training[places] for _, places in sides.folds])
    others = others[cells.labels[others] != CLASSES[0]]
    assert not cells.seen[others].any()
    assert not cells.seen[sides.holdout].any()


def test_a_group_that_was_seen_in_part_judges_nothing() -> None:
    cells = seen_cells(grouped=True)
    assert cells.groups is not None
    assert cells.seen is not None
    assert not np.isin(cells.groups[cells.fresh], cells.groups[cells.seen]).any()


def test_next_to_no_unseen_rows_are_no_reason_to_judge_by_them() -> None:
    labels = np.array([name for name in CLASSES for _ in range(200)])
    cells = Cells(labels, seen=np.arange(600) > 20)
    sides = rules_of(Task("shape", "shape")).choose_sides(cells, Task("shape", "shape"), seed=0)
    assert len(sides.holdout) == 150
    assert sides.seen == 579
