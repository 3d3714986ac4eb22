from string import Formatter

import pytest

from src.bot.texts import read_texts, say

ENGLISH = read_texts()["en"]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", ["de", "ru", "he"])
def test_every_language_says_all_of_it_with_the_same_values(language: str) -> None:
    texts = read_texts()[language]
    missing = [key for key in ENGLISH if not texts[key] and key != "similar_work"]
    assert missing == []
    for key, text in texts.items():
        if text:
            assert fields(text) == fields(ENGLISH[key]), key


def test_other_languages_are_answered_in_english() -> None:
    assert say("fr", "promise") == ENGLISH["promise"]
    assert "\\n" not in say("de", "hello", nouns="")
