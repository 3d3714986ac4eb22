import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from src.errors import DataError
from src.models.comparing.pair_figures import Curve, judge_pairs
from src.models.comparing.pairs import all_pairs

RNG = np.random.default_rng(0)
SAME = RNG.random(5000) < 0.3
SCORES = np.round(RNG.normal(SAME, 1), 2)


def test_the_area_is_that_of_scikit_learn_ties_included() -> None:
    assert abs(Curve.of(SCORES, SAME).figures().auc - roc_auc_score(SAME, SCORES)) < 1e-12


def test_a_weight_of_two_is_the_pair_twice() -> None:
    twice = np.concatenate([np.arange(5000), np.arange(100)])
    weights = np.ones(5000)
    weights[:100] = 2
    expected = Curve.of(SCORES[twice], SAME[twice]).figures()
    assert Curve.of(SCORES, SAME, weights).figures() == expected


def test_figures_of_scores_that_tell_all_apart_are_perfect() -> None:
    found = Curve.of(SAME.astype(float), SAME).figures()
    assert (found.auc, found.equal_error, found.true_accepts) == (1, 0, 1)
    assert found.precision == pytest.approx(0.013 / (0.013 + 0.987 * 0.01))


def test_no_more_false_pairs_pass_a_threshold_than_were_allowed() -> None:
    curve = Curve.of(SCORES, SAME)
    for allowed in (0.0, 0.01, 0.5, 1.0):
        passed = (curve.threshold(allowed) <= SCORES)[~SAME].mean()
        assert allowed - 0.02 < passed <= allowed


def test_intervals_come_from_artists() -> None:
    artists = np.repeat([f"a{k}" for k in range(12)], 10)
    pairs = all_pairs(artists)
    # One artist's works are all that is found.
    good = pairs.same & (artists[pairs.first] == "a0")
    found = judge_pairs(good.astype(float), pairs, artists, resamples=100)
    assert found.low.true_accepts <= 0.01 < found.figures.true_accepts < found.high.true_accepts
    assert found.figures.true_accepts == pytest.approx(1 / 12, abs=0.02)


@pytest.mark.parametrize("same", [True, False])
def test_one_kind_of_pairs_cannot_be_judged(same: bool) -> None:
    with pytest.raises(DataError, match="nothing to tell apart"):
        Curve.of(np.ones(3), np.full(3, same))
