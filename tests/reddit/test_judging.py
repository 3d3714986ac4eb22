"""What recipes say of posts."""

from typing import Any

import pytest

from src.errors import ConfigError
from src.reddit.judging import Reason, Verdict, judge_by
from src.reddit.posts import Post, post_of
from src.reddit.recipe_file import parse_recipe, read_recipe
from tests.reddit.conftest import submission

STUDY = judge_by(read_recipe("rart-medium"))
INK = '[label]\ncolumn = "medium"\n[classes.ink]\nwords = ["ink"]\n'


def judged(posts: str, **said: Any) -> Verdict:
    """What a recipe that looks for ink in the whole title says of a post."""
    return judge_by(parse_recipe(f"{posts}\n{INK}", "x.toml"))(post_of(submission(**said)))


@pytest.mark.parametrize(
    ("medium", "label"),
    [
        ("Digital", "digital"),
        ("procreate 5x", "digital"),
        ("Wacom tablet", "digital"),
        ("oil on canvas", "paint"),
        ("WATER COLOUR", "paint"),
        ("acrylics and gouache", "paint"),
        ("coloured pencil", "non_ink_drawing"),
        ("graphite", "non_ink_drawing"),
        ("Chalk on board", "non_ink_drawing"),
        ("pen &amp; paper", "ink"),
        ("inkpen", "ink"),
        ("alcohol markers", "ink"),
        ("etched copper", "sculpture"),
        ("stained glass", "sculpture"),
        ("thread and nails", "sculpture"),
    ],
)
def test_the_study_s_words_tell_its_classes(medium: str, label: str) -> None:
    for title in (f"Night, me, {medium}, 2019", f"Night ,{medium} , Me ,2019"):
        verdict = STUDY(post_of(submission(title=title)))
        assert (verdict.accepted, verdict.label, verdict.labels) == (True, label, (label,))
        assert verdict.parts["artist"].lower() == "me"
        assert verdict.parts["year"] == "2019"
        assert verdict.pictures == ("https://i.redd.it/000000000001a.jpg",)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"subreddit": "pics"}, Reason.SUBREDDIT),
        ({"selftext": "[deleted]"}, Reason.REMOVED),
        ({"selftext": "[removed]"}, Reason.REMOVED),
        ({"removed_by_category": "deleted"}, Reason.REMOVED),
        ({"_meta": {"was_deleted_later": True}}, Reason.REMOVED),
        ({"upvote_ratio": 0.39}, Reason.UPVOTES),
        ({"is_self": True}, Reason.TEXT),
        ({"url": "https://i.redd.it/0123456789ab.jpg"}, Reason.ADDRESS),
        ({"url": "https://i.redd.it/0123456789abcd.jpg"}, Reason.ADDRESS),
        ({"url": "https://i.redd.it/0123456789abc.gif"}, Reason.ADDRESS),
        ({"url": "https://i.imgur.com/0123456789abc.jpg"}, Reason.ADDRESS),
        ({"url": "https://external-preview.redd.it/a.jpg?s=0"}, Reason.PREVIEW),
        ({"url": ""}, Reason.NO_PICTURE),
        ({"url": "https://www.reddit.com/gallery/1a"}, Reason.NO_PICTURE),
        ({"url": "https://v.redd.it/0123456789abc"}, Reason.NO_PICTURE),
        ({"gallery_data": {"items": [{"media_id": "a"}]}}, Reason.GALLERY),
        ({"title": "Night, me, ink"}, Reason.TITLE),
        ({"title": "Night, and day, me, ink, 2019"}, Reason.TITLE),
        ({"title": "Night, me, collage, 2019"}, Reason.CLASSLESS),
        ({"title": "Ink, me, collage, 2019"}, Reason.CLASSLESS),
        ({"title": "Night, me, ink and watercolor, 2019"}, Reason.SEVERAL),
        ({"title": "Night, me, pen and pencil, 2019"}, Reason.SEVERAL),
    ],
)
def test_the_study_s_rules_refuse(said: dict[str, Any], reason: Reason) -> None:
    verdict = STUDY(post_of(submission(**said)))
    assert (verdict.accepted, verdict.reason, verdict.label) == (False, reason, "")


def test_what_a_post_does_not_say_is_not_held_against_it() -> None:
    post = Post(id="1", title="Night, me, ink, 2019", url="https://i.redd.it/0123456789abc.png")
    assert STUDY(post).label == "ink"
    strict = (
        "[posts]\nafter = 2019-01-01\nleast_score = 5\nover_18 = false\nis_self = false\n"
        "least_width = 300\nleast_height = 300"
    )
    assert judge_by(parse_recipe(f"{strict}\n{INK}", "x.toml"))(post).accepted


@pytest.mark.parametrize(
    ("posts", "said", "reason"),
    [
        ("after = 2019-06-01", {"created_utc": 1_559_347_199}, Reason.TIME),
        ("after = 2019-06-01", {"created_utc": 1_559_347_200}, None),
        ("before = 2019-06-01", {"created_utc": 1_559_347_200}, Reason.TIME),
        ("before = 2019-06-01", {"created_utc": 1_559_347_199}, None),
        ("least_upvote_ratio = 0.4", {"upvote_ratio": 0.39}, Reason.UPVOTES),
        ("least_upvote_ratio = 0.4", {"upvote_ratio": 0.4}, None),
        ("least_score = 12", {"score": 11}, Reason.SCORE),
        ("least_score = 12", {"score": 12}, None),
        ("over_18 = false", {"over_18": True}, Reason.ADULT),
        ("over_18 = true", {"over_18": False}, Reason.NOT_ADULT),
        ("over_18 = true", {"over_18": True}, None),
        ("is_self = true", {"is_self": False}, Reason.NO_TEXT),
        ("subreddits = ['ART', 'pics']", {"subreddit": "art"}, None),
        ("hosts = ['redd.it']", {"url": "https://i.redd.it/a"}, None),
        ("hosts = ['redd.it']", {"url": "https://bredd.it/a"}, Reason.HOST),
        ("hosts = ['redd.it']", {"url": "https://[/a"}, Reason.HOST),
        ("url = '.*png'", {"url": "https://a.org/a.png"}, None),
        ("url = '.*png'", {"url": "https://a.org/a.pngs"}, Reason.ADDRESS),
    ],
)
def test_every_rule_of_a_recipe_counts(
    posts: str, said: dict[str, Any], reason: Reason | None
) -> None:
    assert judged(f"[posts]\n{posts}", **said).reason == reason


def test_pictures_that_are_known_to_be_small_are_refused() -> None:
    for rule, reason in (("least_width = 301", Reason.SIZE), ("least_height = 200", None)):
        preview = {"images": [{"source": {"width": 300, "height": 200}}]}
        assert judged(f"[posts]\n{rule}", preview=preview).reason == reason


@pytest.mark.parametrize(("galleries", "taken"), [("all", "ab"), ("first", "a"), ("none", "")])
def test_of_a_gallery_all_pictures_are_taken_or_the_first_or_none(
    galleries: str, taken: str
) -> None:
    items = [{"media_id": name} for name in "xab"]
    media = {"x": {"m": "image/gif"}, "a": {"m": "image/png"}, "b": {"m": "image/png"}}
    rule = f"[posts]\nurl = '.*png'\ngalleries = '{galleries}'"
    verdict = judged(rule, gallery_data={"items": items}, media_metadata=media)
    assert verdict.pictures == tuple(f"https://i.redd.it/{name}.png" for name in taken)
    assert verdict.reason == (None if taken else Reason.GALLERY)


@pytest.mark.parametrize(
    ("more", "expected"),
    [("first", ("a, b", "c", "ink")), ("last", ("a", "b", "c, ink")), ("refuse", None)],
)
def test_titles_of_more_parts_are_cut_where_the_recipe_says(
    more: str, expected: tuple[str, ...] | None
) -> None:
    form = f'[title]\nparts = ["x", "y", "z"]\nmore = "{more}"'
    verdict = judged(form, title="a, b, c, ink")
    assert verdict.reason == (None if expected else Reason.TITLE)
    assert tuple(verdict.parts.values()) == (expected or ())


def test_parts_are_swapped_in_either_case() -> None:
    form = '[title]\nparts = ["x", "y"]\nswap = {part = "y", with = "x", when = ["Me", "I"]}'
    for title in ("ink, ME", "ink, i"):
        assert judged(form, title=title).parts["y"] == "ink"


def test_separators_may_be_longer() -> None:
    verdict = judged('[title]\nparts = ["x", "y"]\nseparator = " | "', title="a|b | ink")
    assert verdict.parts == {"x": "a|b", "y": "ink"}


def test_of_several_classes_the_first_may_count() -> None:
    recipe = INK.replace('"medium"', '"medium"\nseveral = "first"')
    text = f'{recipe}[classes.paint]\nwords = ["paint"]\n'
    judge = judge_by(parse_recipe(text, "x.toml"))
    verdict = judge(post_of(submission(title="paint and ink")))
    assert (verdict.label, verdict.labels) == ("ink", ("ink", "paint"))


def test_whole_words_are_no_parts_of_words() -> None:
    text = INK.replace('"medium"', '"medium"\nwhole_words = true')
    judge = judge_by(parse_recipe(text, "x.toml"))
    found = {title: judge(post_of(submission(title=title))).label for title in ("Pink", "Pen+INK!")}
    assert found == {"Pink": "", "Pen+INK!": "ink"}


def test_words_do_not_mind_capitals() -> None:
    judge = judge_by(parse_recipe(INK.replace('["ink"]', '["Ink.", "INK+"]'), "x"))
    found = {title: judge(post_of(submission(title=title))).label for title in ("a INK.", "inkk")}
    assert found == {"a INK.": "ink", "inkk": ""}


def test_expressions_do_not_mind_capitals() -> None:
    for text in ("P[EI]N", "Pe+n"):
        judge = judge_by(
            parse_recipe(INK.replace('words = ["ink"]', f"patterns = ['{text}']"), "x")
        )
        assert judge(post_of(submission(title="a pEN"))).label == "ink"


def test_an_expression_that_explodes_stops_the_judge() -> None:
    text = INK.replace('words = ["ink"]', "patterns = ['(a|aa)+$']")
    judge = judge_by(parse_recipe(text, "x.toml"))
    with pytest.raises(ConfigError, match=r"classes\.ink\.patterns takes too long"):
        judge(post_of(submission(title="a" * 299 + "!")))
