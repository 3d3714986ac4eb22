import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from src.models.studies.said_tags import TagAnswers, trace_tag

NAN = np.nan
ANSWERS = TagAnswers(
    ("sea", "sunset"),
    np.array([[1, 0], [0, NAN], [1, 1], [NAN, 0]]),
    np.array([[0.9, 0.6], [0.8, 0.9], [0.2, 0.45], [0.9, 0.1]]),
    np.array([0.5, 0.5]),
    ["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
)


def draw_answers(rows: int = 60, seed: int = 0, unknown: float = 0.2) -> TagAnswers:
    """Return answers to four tags, of which each is known of most pictures."""
    rng = np.random.default_rng(seed)
    has = rng.random((rows, 4)) < [0.5, 0.3, 0.2, 0.4]
    # With few different values, so that some are equal.
    scores = np.clip(has * 0.3 + rng.random((rows, 4)).round(1) * 0.7, 0, 1)
    truth = np.where(rng.random((rows, 4)) < unknown, NAN, has)
    names = [f"{row:03}.jpg" for row in range(rows)]
    return TagAnswers(tuple("abcd"), truth, scores, np.array([0.5, 0.4, 0.6, 0.5]), names)


def test_what_is_not_known_is_never_wrong() -> None:
    assert ANSWERS.wrong.tolist() == [[False, True], [True, False], [True, True], [False, False]]
    assert ANSWERS.all_right.tolist() == [False, False, False, True]


def test_some_pictures_and_tags_keep_their_names_and_thresholds() -> None:
    some = ANSWERS.at(np.array([True, False, True, False]), ["sunset"])
    assert (some.tags, list(some.filenames)) == (("sunset",), ["a.jpg", "c.jpg"])
    assert some.truth.tolist() == [[0], [1]]
    assert some.scores.tolist() == [[0.6], [0.45]]
    assert some.thresholds.tolist() == [0.5]


def test_the_surest_mistakes_come_first() -> None:
    found = ANSWERS.mistakes()
    told = list(zip(found["filename"], found["tag"], found["has"], strict=True))
    assert told == [
        ("b.jpg", "sea", False),  # 0.8 that it is there
        ("c.jpg", "sea", True),  # 0.8 that it is not
        ("a.jpg", "sunset", False),
        ("c.jpg", "sunset", True),
    ]


def test_what_is_nearest_to_a_threshold_may_be_right_or_wrong() -> None:
    found = ANSWERS.nearest()
    assert list(zip(found["filename"], found["tag"], strict=True))[:2] == [
        ("c.jpg", "sunset"),
        ("a.jpg", "sunset"),
    ]
    # What is not known is not shown as a mistake, nor as none.
    assert len(found) == 6


@pytest.mark.parametrize("tag", range(4))
def test_curves_are_those_of_scikit_learn(tag: int) -> None:
    answers = draw_answers()
    known = answers.known[:, tag]
    has, scores = answers.has[known, tag], answers.scores[known, tag]
    curve = trace_tag(answers, tag)
    precision, recall, limits = precision_recall_curve(has, scores)
    assert curve.limits[::-1] == pytest.approx(limits)
    assert curve.precision[::-1] == pytest.approx(precision[:-1])
    assert curve.recall[::-1] == pytest.approx(recall[:-1])
    assert curve.average_precision == pytest.approx(average_precision_score(has, scores))
    for limit, f1 in zip(curve.limits, curve.f1, strict=True):
        assert f1 == pytest.approx(f1_score(has, scores >= limit))
    assert curve.said == (limits >= answers.thresholds[tag]).sum()
