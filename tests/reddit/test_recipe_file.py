"""A recipe is checked when it is read, and a fault is told with its line and its key."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from src.errors import ConfigError
from src.reddit.recipe import Balance, Label, Recipe, TitleFormat, Wanted, seconds_of
from src.reddit.recipe_file import line_of, parse_recipe, read_recipe, shipped_recipes

SOUND = """\
[posts]
subreddits = ["Art"]
hosts = ["i.redd.it"]

[title]
parts = ["title", "medium"]

[label]
column = "medium"
part = "medium"

[classes.ink]
words = ["ink"]

[classes."oil paint"]
words = ["oil"]
"""


@pytest.mark.parametrize("name", shipped_recipes())
def test_shipped_recipes_are_sound_and_known_by_their_names(name: str) -> None:
    assert read_recipe(name).name == name


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + SOUND)
    recipe = read_recipe(str(path))
    assert (recipe.name, list(recipe.classes)) == ("mine", ["ink", "oil paint"])
    assert recipe.posts == Wanted(subreddits=("Art",), hosts=("i.redd.it",))
    assert not recipe.balance.even


def test_days_and_moments_are_times() -> None:
    text = SOUND.replace(
        "[title]", "after = 2018-05-01\nbefore = 2018-05-02T12:00:00+02:00\n[title]"
    )
    posts = parse_recipe(text, "x.toml").posts
    assert seconds_of(posts.after) == datetime(2018, 5, 1, tzinfo=UTC).timestamp()
    assert seconds_of(posts.before) == datetime(2018, 5, 2, 10, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'hosts = ["i.redd.it"]',
            "host = []",
            "line 3, posts.host: an unknown key; did you mean hosts",
        ),
        ("[title]", "[titel]", "line 5, titel: an unknown key; did you mean title?"),
        (
            'hosts = ["i.redd.it"]',
            'hosts = "x"',
            "line 3, posts.hosts: expected `array`, got `str`",
        ),
        ("hosts = [", "least_upvote_ratio = 40\nhosts = [", "line 3, posts.least_upvote_ratio: "),
        ("hosts = [", 'galleries = "some"\nhosts = [', "expected one of 'all', 'first', 'none'"),
        ("hosts = [", "url = '('\nhosts = [", "line 3, posts.url: no regular expression"),
        (
            "hosts = [",
            "after = 2019-01-01\nbefore = 2018-01-01\nhosts = [",
            "line 4, posts.before: no",
        ),
        ('column = "medium"\n', "", "line 8, label: object missing required field `column`"),
        ('column = "medium"', 'column = "sha256"', "line 9, label.column: the tables have such a"),
        (
            'part = "medium"',
            'part = "artist"',
            "line 10, label.part: 'artist' is not there; expected ",
        ),
        ('parts = ["title", "medium"]', 'parts = ["a", "a"]', "line 6, title.parts: a part stands"),
        (
            "[label]",
            'swap = {part = "x", with = "title", when = []}\n[label]',
            "line 8, title.swap.part",
        ),
        ('words = ["ink"]', "", "line 12, classes.ink: neither words nor patterns"),
        (
            'words = ["ink"]',
            'word = ["ink"]',
            "line 13, classes.ink.word: an unknown key; did you mean",
        ),
        (
            'words = ["oil"]',
            "patterns = ['a', '[']",
            "line 16, classes.oil paint.patterns: no regular",
        ),
        (
            'words = ["oil"]',
            'words = [""]',
            "line 16, classes.oil paint.words: expected `str` of length",
        ),
        ('"oil paint"', '"a/b"', "line 15, classes.a/b: no name of a class"),
        (
            'words = ["oil"]',
            'words = ["oil"]\n[splits]\na = 0.5\nb = 0.4',
            "splits: the shares sum to 0.9",
        ),
        (
            '["oil"]',
            '["oil"]\n[balance]\nsum_of_others = "x"',
            "line 18, balance.sum_of_others: 'x' is",
        ),
        ("[classes", "[class", "line 1, classes: expected a table for each class"),
        ("[posts]", 'name = "x"\n[posts]', "line 1, name: an unknown key"),
        ("[title]", "[title", "x.toml is no TOML: .*line 5"),
    ],
)
def test_a_fault_is_told_with_its_line_and_its_key(old: str, new: str, told: str) -> None:
    text = SOUND.replace(old, new)
    assert text != SOUND
    with pytest.raises(ConfigError, match=told.replace("[", r"\[").replace("?", r"\?")):
        parse_recipe(text, "x.toml")


def test_a_class_cannot_be_the_sum_of_no_others() -> None:
    text = SOUND[: SOUND.index('[classes."')] + '[balance]\nsum_of_others = "ink"\n'
    with pytest.raises(ConfigError, match="there are no others"):
        parse_recipe(text, "x.toml")


def test_a_part_of_titles_needs_a_form_of_titles() -> None:
    text = SOUND.replace('[title]\nparts = ["title", "medium"]\n', "")
    with pytest.raises(ConfigError, match=r"line 8, label\.part: there is no table \[title\]"):
        parse_recipe(text, "x.toml")


def test_what_is_no_recipe_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no recipe \(mine\).*rart-medium"):
        read_recipe("mine")
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ConfigError, match="is no text in UTF-8"):
        read_recipe(str(path))


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("a",), 1),
        (("b", "c"), 4),
        (("b", "gone"), 3),
        (("d e", "f", "g"), 6),
        (("h", "i"), 8),
        (("b", "inline", "x"), 9),
        (("gone",), 1),
    ],
)
def test_lines_of_keys_are_found(keys: tuple[str, ...], line: int) -> None:
    text = 'a = 1\n# b\n[b]\nc = 2\n[ "d e".f ]  # note\ng = 3\n[h]\ni = 4\n[b.inline]'
    assert line_of(text, keys) == line


def test_every_key_is_explained() -> None:
    text = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    tables: dict[str, type[msgspec.Struct]] = {
        "posts": Wanted,
        "title": TitleFormat,
        "label": Label,
        "balance": Balance,
    }
    for name, form in tables.items():
        (section,) = (part for part in text.split("\n## ")[1:] if part.startswith(f"`[{name}]`"))
        for key in (field.encode_name for field in msgspec.structs.fields(form)):
            assert f"`{key}`" in section
    assert {field.encode_name for field in msgspec.structs.fields(Recipe)} == {
        *("name", "classes", "splits"),
        *tables,
    }


def test_the_recipe_in_the_document_is_sound() -> None:
    text = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    (recipe,) = (part.split("```")[0] for part in text.split("```toml")[1:])
    assert list(parse_recipe(recipe, "x.toml").classes) == ["wood", "paper"]


def test_the_line_of_a_key_is_not_that_of_a_table_further_down() -> None:
    assert line_of("[a.b]\nc = 1\n[a]\nd = 2", ("a", "b", "gone")) == 1
