"""Which accepted posts are taken, in which order, and in which split."""

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from src.reddit.judging import Verdict, judge_by
from src.reddit.posts import Post, post_of
from src.reddit.recipe import Recipe
from src.reddit.recipe_file import parse_recipe, read_recipe
from src.reddit.selection import Candidate, Candidates, balanced, split_of
from tests.reddit.conftest import submission

STUDY = read_recipe("rart-medium")
PLAIN = '[label]\ncolumn = "medium"\n[classes.a]\nwords = ["a"]\n[classes.b]\nwords = ["b"]\n'
counts = st.lists(st.integers(0, 5000), min_size=5, max_size=5)


def recipe(more: str = "") -> Recipe:
    return parse_recipe(PLAIN + more, "x.toml")


def test_the_study_s_counts_are_its_own() -> None:
    taken = balanced(dict.fromkeys(STUDY.classes, 10_000), STUDY)
    assert taken.pop("digital") == 3200 == sum(taken.values())
    assert set(taken.values()) == {800}


@given(counts)
def test_classes_stay_balanced_and_none_takes_more_than_there_are(found: list[int]) -> None:
    available = dict(zip(STUDY.classes, found, strict=True))
    taken = balanced(available, STUDY)
    assert all(taken[label] <= available[label] for label in taken)
    digital = taken.pop("digital")
    (each,) = set(taken.values())
    assert digital == 4 * each
    # One more of each would be too many of something.
    assert each == 800 or available["digital"] < 4 * (each + 1) or min(found) <= each


def test_without_a_balance_all_are_taken() -> None:
    available = {"a": 7, "b": 2}
    assert balanced(available, recipe()) == available
    assert balanced(available, recipe("[balance]")) == {"a": 2, "b": 2}
    assert balanced(available, recipe("[balance]\nper_class = 1")) == {"a": 1, "b": 1}
    uneven = recipe("[balance]\neven = false\nper_class = 3")
    assert balanced(available, uneven) == {"a": 3, "b": 2}


def test_candidates_come_in_order_each_once() -> None:
    judge = judge_by(STUDY)
    posts = [
        post_of(submission(name, created_utc=at)) for name, at in [("1", 5), ("3", 9), ("2", 5)]
    ]
    with Candidates(STUDY) as candidates:
        assert [candidates.add(post, judge(post)) for post in (*posts, posts[0])] == [
            *(3 * [True]),
            False,
        ]
        assert candidates.counts() == {**dict.fromkeys(STUDY.classes, 0), "ink": 3}
        first, *others = candidates.in_order("ink")
        assert first == Candidate(posts[1], judge(posts[1]), split_of(posts[1], STUDY))
        assert [other.post.id for other in others] == ["2", "1"]
        assert not list(candidates.in_order("paint"))


def test_the_oldest_may_come_first() -> None:
    oldest = recipe('[balance]\norder = "oldest"')
    with Candidates(oldest) as candidates:
        for name in ("2", "9", "5"):
            candidates.add(Post(id=name, created_utc=float(name)), Verdict(None, "a"))
        assert [found.post.id for found in candidates.in_order("a")] == ["2", "5", "9"]


def test_candidates_of_a_file_are_there_again(tmp_path: Path) -> None:
    for _ in range(2):
        with Candidates(recipe(), tmp_path / "candidates.db") as candidates:
            candidates.add(Post(id="1", gallery=("https://a.org/1",)), Verdict(None, "a"))
            (found,) = candidates.in_order("a")
            assert found.post.gallery == ("https://a.org/1",)


def test_an_author_is_in_one_split_and_splits_have_their_shares() -> None:
    one = {split_of(Post(id=f"{number}", author="x"), STUDY) for number in range(99)}
    assert len(one) == 1
    for author in ("", "[deleted]"):
        posts = (Post(id=f"{number}", author=author) for number in range(5000))
        found = Counter(split_of(post, STUDY) for post in posts)
        assert 0.78 < found["train"] / 5000 < 0.82
    assert split_of(Post(id="1"), recipe()) == ""
