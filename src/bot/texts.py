"""All that the bot says, in the languages of its users: ``texts.csv``, a column a language (pure).

What a column lacks is said in English.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

DEFAULT: Final = "en"
# Words within names that begin with a small letter.
_SMALL: Final = ("da", "de", "della", "der", "di", "du", "la", "le", "van", "von")


@cache
def read_texts() -> Mapping[str, Mapping[str, str]]:
    """Return the table: texts by key, by language.

    Examples
    --------
    >>> list(read_texts())
    ['en', 'de', 'ru', 'he']
    """
    text = files(__package__).joinpath("texts.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    languages = [name for name in rows[0] if name != "key"]
    return {
        name: {row["key"]: row[name].replace("\\n", "\n") for row in rows} for name in languages
    }


def say(language: str, key: str, **values: object) -> str:
    """Return a text in a language, or in English if it is not there.

    Examples
    --------
    >>> say("de", "too_large", size=31, most=20)
    'Das Bild ist zu groß (31 MB, höchstens 20 MB). Schick bitte ein kleineres.'
    >>> say("fr", "why_button"), say("de", "similar_work", place=1, name="x", share="9 %")
    ('Why?', '1. x (9 %)')
    """
    text = _find(language, key)
    if text is None:
        raise KeyError(key)
    return text.format(**values) if values else text


def name_task(language: str, task: str, called: str) -> str:
    """Return what an answer is called; as the task says it, where there is no word for it.

    Examples
    --------
    >>> name_task("de", "artist", "artist"), name_task("de", "mood", "frame of mind")
    ('Künstler', 'Frame of mind')
    """
    return _find(language, f"task.{task}") or called[:1].upper() + called[1:]


def name_class(language: str, label: str) -> str:
    """Return a class as people say it: translated if there is a word for it, names with capitals.

    Examples
    --------
    >>> name_class("en", "RED"), name_class("de", "RED"), name_class("de", "vincent-van-gogh")
    ('red', 'Rot', 'Vincent van Gogh')
    """
    if known := _find(language, f"class.{label.lower()}"):
        return known
    if "-" in label and label == label.lower() and " " not in label:
        parts = label.split("-")
        return " ".join(part if part in _SMALL else part[:1].upper() + part[1:] for part in parts)
    return label.replace("_", " ")


def name_part(language: str, words: str) -> str:
    """Return a feature, or a part of a picture, that is known by its English words.

    Examples
    --------
    >>> name_part("de", "top left"), name_part("de", "variation of hue"), name_part("de", "noise")
    ('oben links', 'Schwankung: Farbton', 'noise')
    """
    whole = _find(language, f"part.{words}")
    _, varies, channel = words.partition("variation of ")
    if whole is None and varies:
        return say(language, "part.variation", of=name_part(language, channel))
    return whole or words


def percent(language: str, share: float) -> str:
    """Return a probability as people say it; never certain.

    Examples
    --------
    >>> percent("en", 0.934), percent("de", 0.9999), percent("en", 0.001)
    ('93%', '99 %', '1%')
    """
    return say(language, "percent").format(min(99, max(1, round(100 * share))))


def _find(language: str, key: str) -> str | None:
    texts = read_texts()
    return texts.get(language, {}).get(key) or texts[DEFAULT].get(key)
