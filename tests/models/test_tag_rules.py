from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, hamming_loss

from src.errors import DataError
from src.models.one_answer import Cells
from src.models.tag_rules import TagRules, judged_truth, read_truth, stratify
from tests.models.tag_models import MOTIF

RULES = TagRules()


def make_cells(count: int, seed: int = 0, groups: NDArray[np.str_] | None = None) -> Cells:
    """Return rows with a frequent tag and a rare one."""
    rng = np.random.default_rng(seed)
    said = [("sea", 0.5), ("fog", 0.1)]
    labels = ["|".join(tag for tag, share in said if rng.random() < share) for _ in range(count)]
    return Cells(np.array([label or "|" for label in labels]), groups)


@given(st.integers(0, 99), st.integers(1, 40), st.integers(2, 5))
def test_each_row_is_in_one_part_and_its_group_with_it(seed: int, groups: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.choice([0.0, 1.0, np.nan], (80, 3))
    names = rng.integers(0, groups, 80).astype(str)
    parts = stratify(truth, names, [1 / count] * count, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(80))
    sides = [set(names[part]) for part in parts]
    assert sum(map(len, sides)) == len(set(names))


def test_a_rare_tag_is_in_every_part() -> None:
    truth = np.zeros((200, 2))
    truth[:5, 0] = 1
    truth[3:103, 1] = 1
    parts = stratify(truth, None, [0.2] * 5, seed=0)
    assert [int(truth[part, 0].sum()) for part in parts] == [1] * 5
    assert all(abs(truth[part, 1].sum() - 20) <= 1 for part in parts)
    assert {len(part) for part in parts} <= {39, 40, 41}


def test_the_order_of_shares_and_the_seed_decide() -> None:
    truth = np.random.default_rng(0).choice([0.0, 1.0], (60, 2))
    first, again, other = (stratify(truth, None, [0.7, 0.3], seed) for seed in (1, 1, 2))
    assert [part.tolist() for part in first] == [part.tolist() for part in again]
    assert first[0].tolist() != other[0].tolist()
    assert len(first[0]) == 42


def test_sides_have_their_shares_of_every_tag() -> None:
    cells = make_cells(400)
    sides = RULES.choose_sides(cells, MOTIF, seed=0)
    assert sides.classes == ("fog", "sea")
    assert len(sides.training) + len(sides.holdout) == 400
    assert not set(sides.training) & set(sides.holdout)
    shares = [
        read_truth(cells.labels[side], sides.classes).mean(axis=0)
        for side in (sides.training, sides.holdout)
    ]
    assert np.abs(shares[0] - shares[1]).max() < 0.02
    compared = np.concatenate([compared for _, compared in sides.folds])
    assert sorted(compared.tolist()) == list(range(len(sides.training)))


def test_rows_of_a_group_are_on_one_side() -> None:
    groups = (np.arange(300) // 3).astype(str)
    cells = make_cells(300, groups=groups)
    sides = RULES.choose_sides(cells, MOTIF, seed=0)
    assert not set(groups[sides.training]) & set(groups[sides.holdout])
    own = groups[sides.training]
    assert all(not set(own[kept]) & set(own[compared]) for kept, compared in sides.folds)


def test_a_tag_of_few_rows_is_left_out_and_rows_that_say_nothing_are() -> None:
    labels = np.array(["sea"] * 20 + ["|"] * 20 + ["sea|fog"] * 3 + [""] * 7)
    sides = RULES.choose_sides(Cells(labels), MOTIF, seed=0)
    assert (sides.classes, sides.left_out) == (("sea",), {"fog": 3})
    assert len(sides.training) + len(sides.holdout) == 43
    assert RULES.choose_sides(Cells(labels), MOTIF, seed=0, min_count=3).classes == ("fog", "sea")


def test_a_tag_that_is_nowhere_lacking_cannot_be_learned() -> None:
    labels = np.array(["sea|-"] * 40)
    with pytest.raises(DataError, match=r"no tag that is known .* \(there in: sea: 40\).*'no'"):
        RULES.choose_sides(Cells(labels), MOTIF, seed=0)


def test_a_hold_out_that_the_table_names_is_kept() -> None:
    test = np.arange(100) % 4 == 0
    cells = Cells(make_cells(100).labels, None, test)
    sides = RULES.choose_sides(cells, MOTIF, seed=0)
    assert sides.given
    assert sides.holdout.tolist() == np.flatnonzero(test).tolist()


def test_a_network_s_own_pictures_are_not_judged_by() -> None:
    seen = np.arange(200) < 120
    cells = Cells(make_cells(200).labels, None, None, seen)
    sides = RULES.choose_sides(cells, MOTIF, seed=0)
    assert not seen[sides.holdout].any()
    assert sides.unseen
    truth = judged_truth(cells, read_truth(cells.labels, ["sea"]))
    assert np.isnan(truth[seen]).all()
    assert not np.isnan(truth[~seen]).any()


def test_figures_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((50, 3)) < 0.4, rng.random((50, 3))
    tags = ["a", "b", "c"]
    labels = np.array(["|".join(np.array(tags)[row]) or "|" for row in truth])
    thresholds = {"a": 0.3, "c": 0.7}
    found = RULES.judge(labels, scores, tags, thresholds)
    said = scores >= [0.3, 0.5, 0.7]
    assert found.many is not None
    assert found.many.mean_average_precision == pytest.approx(
        average_precision_score(truth, scores, average="macro")
    )
    assert found.macro_f1 == pytest.approx(f1_score(truth, said, average="macro"))
    assert found.many.micro_f1 == pytest.approx(f1_score(truth, said, average="micro"))
    assert found.many.hamming_loss == pytest.approx(hamming_loss(truth, said))
    assert found.accuracy == pytest.approx((truth == said).all(axis=1).mean())
    assert [tag.threshold for tag in found.many.tags] == [0.3, 0.5, 0.7]


def test_what_is_not_known_is_neither_right_nor_wrong() -> None:
    labels = np.array(["sea|-", "-sea|fog", "-fog"])
    scores = np.array([[0.9, 0.9], [0.1, 0.9], [0.9, 0.1]])
    found = RULES.judge(labels, scores, ["sea", "fog"])
    assert found.many is not None
    assert (found.accuracy, found.many.hamming_loss, found.macro_f1) == (1.0, 0.0, 1.0)
    assert [(tag.rows, tag.positives) for tag in found.many.tags] == [(2, 1), (2, 1)]


def test_nothing_is_said_that_is_less_probable_than_asked() -> None:
    scores = np.linspace(0, 1, 11)[:, np.newaxis]
    said = [
        int(RULES.choose(scores, ["sea"], {"sea": 0.3}, least).sum()) for least in (0, 0.45, 0.95)
    ]
    assert said == [8, 6, 1]
    assert all(more >= less for more, less in pairwise(said))
