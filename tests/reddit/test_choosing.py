from collections.abc import Iterator

import pytest

from src.reddit.choosing import choose, considered, is_gone, pictures_of
from src.reddit.judging import Verdict
from src.reddit.posts import Post
from src.reddit.recipe import Balance, Class, Label, Recipe
from src.reddit.selection import Candidate, Candidates

RECIPE = Recipe(
    label=Label(column="medium"),
    classes={"ink": Class(words=("ink",)), "paint": Class(words=("oil",))},
    balance=Balance(per_class=3),
)


@pytest.fixture
def candidates() -> Iterator[Candidates]:
    """Nine of ink and five of paint; the newest are called ink9 and paint5."""
    with Candidates(RECIPE) as found:
        for label, count in (("ink", 9), ("paint", 5)):
            for n in range(1, count + 1):
                post = Post(id=f"{label}{n}", created_utc=float(n), url=f"https://a.org/{n}.jpg")
                found.add(post, Verdict(None, label, (label,), {}, (post.url,)))
        yield found


def names(candidates: Candidates, gone: str = "", deleted: str = "") -> dict[str, list[str]]:
    states = dict.fromkeys(gone.split(), "http-404")
    said = dict.fromkeys(deleted.split(), "deleted")
    chosen = choose(candidates, RECIPE, states, said)
    return {label: [c.post.id for c in found] for label, found in chosen.items()}


def test_the_first_of_each_class_are_chosen(candidates: Candidates) -> None:
    assert names(candidates) == {
        "ink": ["ink9", "ink8", "ink7"],
        "paint": ["paint5", "paint4", "paint3"],
    }


def test_the_next_takes_the_place_of_one_that_is_gone(candidates: Candidates) -> None:
    assert names(candidates, gone="ink8 ink6", deleted="paint5") == {
        "ink": ["ink9", "ink7", "ink5"],
        "paint": ["paint4", "paint3", "paint2"],
    }


def test_where_there_is_no_next_the_others_get_fewer(candidates: Candidates) -> None:
    gone = "paint5 paint4 paint2"
    expected = {"ink": ["ink9", "ink8"], "paint": ["paint3", "paint1"]}
    assert names(candidates, gone=gone) == expected
    # Whatever else is known to be gone of those that are not needed.
    assert names(candidates, gone=f"{gone} ink7 ink1") == expected


def test_losses_behind_the_last_one_are_not_forgotten(candidates: Candidates) -> None:
    """Else it would be looked for more again and again."""
    assert names(candidates, gone="paint3 paint2 paint1") == {
        "ink": ["ink9", "ink8"],
        "paint": ["paint5", "paint4"],
    }


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ("ink8", "ink9 ink8 ink7"),
        ("ink8 ink6 ink5", "ink9 ink8 ink7"),
        ("ink8 ink6 ink5 ink4 ink3 ink2 ink1", "ink9 ink8 ink7 ink6 ink5 ink4 ink3 ink2 ink1"),
    ],
)
def test_what_is_known_of_posts_that_are_not_needed_is_not_told(
    candidates: Candidates, gone: str, expected: str
) -> None:
    states = dict.fromkeys(gone.split(), "http-404")
    chosen = [c for c in candidates.in_order("ink") if c.post.id in ("ink9", "ink7")]
    told = considered(candidates.in_order("ink"), chosen, states, {})
    assert [candidate.post.id for candidate in told] == expected.split()


def test_what_may_be_had_another_time_keeps_its_place(candidates: Candidates) -> None:
    chosen = choose(candidates, RECIPE, {"ink9": "timeout", "ink8": "http-503"}, {})
    assert [c.post.id for c in chosen["ink"]] == ["ink9", "ink8", "ink7"]


def test_a_gallery_is_gone_when_all_of_it_is() -> None:
    urls = ("https://a.org/1.jpg", "https://a.org/2.jpg")
    candidate = Candidate(Post(id="g", gallery=urls), Verdict(None, pictures=urls))
    assert [picture.key for picture in pictures_of(candidate)] == ["g-1", "g-2"]
    assert not is_gone(candidate, {"g-1": "html"}, {})
    assert not is_gone(candidate, {"g-1": "html", "g-2": ""}, {})
    assert not is_gone(candidate, {"g-1": "html", "g-2": "timeout"}, {})
    assert is_gone(candidate, {"g-1": "html", "g-2": "duplicate"}, {})
    assert is_gone(candidate, {}, {"g": "deleted"})
