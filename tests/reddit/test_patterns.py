"""Regular expressions that explode are stopped, and others are Python's own."""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.errors import ConfigError
from src.reddit.patterns import Pattern

LONG = "a" * 299 + "!"


@pytest.mark.parametrize("text", ["(a|aa)+$", "(?:a|aa)*b?$"])
def test_one_that_explodes_is_stopped_and_named(text: str) -> None:
    pattern = Pattern(text, "classes.ink.patterns")
    start = process_time()
    for way in (pattern.found_in, pattern.matches):
        with pytest.raises(ConfigError, match=r"classes\.ink\.patterns takes too long .*aaa"):
            way(LONG)
    assert process_time() - start < 60  # without an end it would be years


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("(", "no regular expression"),
        ("a" * 1001, "of 1,001 characters"),
        ("((a?){1000}){1000}", "of 1,000,000 repeats"),
        ("(((a{1,100}){,100}){2,100})", "of 1,000,000 repeats"),
        ("(" * 480 + ")" * 480, "no regular expression"),
    ],
)
def test_one_that_cannot_be_prepared_is_refused(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Pattern(text, "posts.url")


@pytest.mark.parametrize(
    "text", ["ab|c", "a{2}b", "pen(?!cil)", "a+b", r"\bink\b", "(a|b)(c|d)", "."]
)
@given(st.text("abcpenil k", max_size=8))
def test_they_find_what_re_finds(text: str, where: str) -> None:
    pattern = Pattern(text, "x")
    assert pattern.found_in(where) == (re.search(text, where) is not None)
    assert pattern.matches(where) == (re.fullmatch(text, where) is not None)


@pytest.mark.parametrize(
    ("text", "is_harmless"),
    [
        (r"https://i\.redd\.it/.{13}\.(jpg|png)", True),
        ("a{13}b", True),
        ("a{1,13}b", False),
        ("(a|b|c|d|e|f)", False),
        ("a+", False),
        ("a?", False),
    ],
)
def test_only_those_with_next_to_nothing_to_try_run_without_a_limit(
    text: str, is_harmless: bool
) -> None:
    assert (Pattern(text, "x")._harmless is not None) == is_harmless
