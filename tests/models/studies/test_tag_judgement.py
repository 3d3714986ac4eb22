from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from src.errors import DataError
from src.models.studies.said_tags import TagAnswers
from src.models.studies.tag_judgement import compare_tags, judge_tags, weighted_precision
from src.models.tag_rules import TagRules
from tests.models.studies.test_said_tags import draw_answers

ANSWERS = draw_answers()
FOUND = judge_tags(ANSWERS)


def written(answers: TagAnswers) -> np.ndarray:
    """Return labels that say what is known."""
    return np.array(
        [
            "|".join(
                sign + tag
                for tag, has in zip(answers.tags, row, strict=True)
                for sign in ({1.0: [""], 0.0: ["-"]}.get(has, []))
            )
            + "|-" * bool((row == 1).any() and not (row == 0).any())
            for row in answers.truth
        ]
    )


def test_figures_are_those_of_the_hold_out() -> None:
    thresholds = dict(zip(ANSWERS.tags, ANSWERS.thresholds.tolist(), strict=True))
    there = np.flatnonzero(ANSWERS.known.any(axis=1))
    assert len(there) == len(ANSWERS.truth)
    metrics = TagRules().judge(written(ANSWERS), ANSWERS.scores, ANSWERS.tags, thresholds)
    assert metrics.many is not None
    assert FOUND.mean_average_precision.value == pytest.approx(metrics.many.mean_average_precision)
    assert FOUND.macro_f1.value == pytest.approx(metrics.macro_f1)
    assert FOUND.micro_f1.value == pytest.approx(metrics.many.micro_f1)
    assert FOUND.all_right.value == pytest.approx(metrics.accuracy)
    assert FOUND.hamming_loss.value == pytest.approx(metrics.many.hamming_loss)
    for score, tag in zip(FOUND.by_tag, metrics.many.tags, strict=True):
        assert (score.name, score.known, score.rows) == (tag.name, tag.rows, tag.positives)
        assert score.average_precision.value == pytest.approx(tag.average_precision)
        assert score.precision.value == pytest.approx(tag.precision)
        assert score.recall.value == pytest.approx(tag.recall)
        assert score.f1.value == pytest.approx(tag.f1)
        assert score.threshold == tag.threshold
        assert score.missed + score.wrong == ANSWERS.wrong[:, ANSWERS.tags.index(tag.name)].sum()


def test_a_picture_that_is_drawn_twice_counts_twice() -> None:
    rng = np.random.default_rng(3)
    has, scores = rng.random(40) < 0.3, rng.random(40).round(1)
    weights = rng.integers(0, 4, (5, 40)).astype(float)
    found = weighted_precision(has, scores, weights)
    expected = [average_precision_score(has, scores, sample_weight=each) for each in weights]
    assert found == pytest.approx(expected)
    repeated = np.repeat(np.arange(40), weights[0].astype(int))
    assert found[0] == pytest.approx(average_precision_score(has[repeated], scores[repeated]))


def test_intervals_hold_the_figure_and_shrink_with_more_pictures() -> None:
    many = judge_tags(draw_answers(1500, seed=1))
    for name in ("mean_average_precision", "macro_f1", "micro_f1", "hamming_loss", "all_right"):
        few, more = getattr(FOUND, name), getattr(many, name)
        assert few.low < few.value < few.high
        assert more.high - more.low < 0.5 * (few.high - few.low)
    # Those of other pictures lie within it about as often as they should.
    others = [judge_tags(draw_answers(seed=seed)).macro_f1.value for seed in range(2, 42)]
    inside = np.mean([FOUND.macro_f1.low <= value <= FOUND.macro_f1.high for value in others])
    assert inside > 0.7


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert judge_tags(ANSWERS) == FOUND
    assert judge_tags(ANSWERS, seed=1) != FOUND


def test_a_tag_that_no_picture_has_is_no_part_of_the_means() -> None:
    truth = np.column_stack([ANSWERS.truth, np.zeros(len(ANSWERS.truth))])
    never = np.column_stack([ANSWERS.scores, np.full(len(truth), 0.1)])
    wider = TagAnswers((*ANSWERS.tags, "e"), truth, never, np.append(ANSWERS.thresholds, 0.5))
    found = judge_tags(wider)
    assert found.mean_average_precision.value == FOUND.mean_average_precision.value
    assert found.macro_f1.value == FOUND.macro_f1.value
    last = found.by_tag[-1]
    assert (last.rows, last.answers, last.known) == (0, 0, len(truth))
    assert np.isnan([last.average_precision.value, last.recall.value, last.f1.low]).all()
    # But what is said of it wrongly counts.
    said = judge_tags(replace(wider, thresholds=np.append(ANSWERS.thresholds, 0.05)))
    assert said.by_tag[-1].f1.value == 0
    assert said.macro_f1.value == pytest.approx(FOUND.macro_f1.value * 4 / 5)


def test_a_tag_that_no_picture_lacks_is_told_by_what_is_found_alone() -> None:
    always = np.column_stack([ANSWERS.truth, np.ones(len(ANSWERS.truth))])
    scores = np.column_stack([ANSWERS.scores, np.arange(len(always)) / len(always)])
    wider = TagAnswers((*ANSWERS.tags, "e"), always, scores, np.append(ANSWERS.thresholds, 0.5))
    found = judge_tags(wider)
    last = found.by_tag[-1]
    assert (last.rows, last.known, last.recall.value) == (60, 60, 0.5)
    assert np.isnan([last.average_precision.value, last.precision.value, last.f1.value]).all()
    assert found.at_random == FOUND.at_random
    for name in ("mean_average_precision", "macro_f1", "micro_f1"):
        assert getattr(found, name).value == pytest.approx(getattr(FOUND, name).value)
    assert found.hamming_loss.value > FOUND.hamming_loss.value
    compared = compare_tags("one", wider, "two", wider)
    assert compared is not None
    assert compared.tags == ANSWERS.tags


def test_a_random_order_comes_to_the_share_of_each_tag() -> None:
    shares = ANSWERS.has.sum(axis=0) / ANSWERS.known.sum(axis=0)
    assert FOUND.at_random == pytest.approx(shares.mean())
    assert FOUND.none_said == pytest.approx((~ANSWERS.has.any(axis=1)).mean())


def test_nothing_to_judge_by_is_refused() -> None:
    with pytest.raises(DataError, match="no picture is left to judge by"):
        judge_tags(ANSWERS.at(np.zeros(len(ANSWERS.truth), bool), ANSWERS.tags))


def test_two_models_are_compared_by_the_tags_that_both_were_asked() -> None:
    better = replace(ANSWERS, scores=np.clip(ANSWERS.scores + 0.4 * (ANSWERS.has - 0.5), 0, 1))
    other = better.at(np.ones(len(ANSWERS.truth), bool), ["d", "a", "b"])
    found = compare_tags("one", ANSWERS, "two", other)
    assert found is not None
    assert found.tags == ("a", "b", "d")
    assert 0 < found.mean_average_precision.low < found.mean_average_precision.value
    assert found.macro_f1.low > 0
    assert found.only_second > found.only_first
    difference = (found.only_second - found.only_first) / found.rows
    assert found.all_right.value == pytest.approx(difference)
    turned = compare_tags("two", other, "one", ANSWERS)
    assert turned is not None
    assert turned.mean_average_precision.value == pytest.approx(-found.mean_average_precision.value)
    assert turned.mean_average_precision.low == pytest.approx(-found.mean_average_precision.high)


def test_a_model_is_no_better_than_itself() -> None:
    found = compare_tags("one", ANSWERS, "two", ANSWERS)
    assert found is not None
    assert found.mean_average_precision.low == found.mean_average_precision.high == 0
    assert (found.only_first, found.only_second, found.p_value) == (0, 0, 1)


def test_models_without_a_tag_in_common_are_not_compared() -> None:
    every = np.ones(len(ANSWERS.truth), bool)
    one, other = ANSWERS.at(every, ["a"]), ANSWERS.at(every, ["b"])
    assert compare_tags("one", one, "two", other) is None
