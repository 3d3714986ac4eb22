"""Recipes as files of TOML: read, checked, and faults told with their line and key."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from importlib.resources import files
from math import isclose
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from ..edges import name_some, printable
from ..errors import ConfigError
from .patterns import Pattern
from .recipe import Class, Recipe, TitleFormat, seconds_of

SUFFIX: Final = ".toml"
_HEADER: Final = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*([\w.\"' -]+?)\s*=")
_AT: Final = re.compile(r"(?P<what>.*?) - at `(?:key in )?\$(?P<where>.*)`", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)
_NAME: Final = re.compile(r"\w[\w -]{0,63}")
_CHARACTERS: Final = "letters, digits, spaces, - and _"
# Columns that the table of pictures has anyway.
_TAKEN: Final = frozenset(
    {"accepted", "asset_id", "author", "bytes", "creator", "filename", "height", "id", "image"}
    | {"page", "post", "reason", "sha256", "split", "title", "width"}
)
Keys = tuple[str, ...]


class _Fault(Exception):
    """What is wrong under some keys of a recipe."""

    def __init__(self, keys: Keys, what: str) -> None:
        super().__init__(what)
        self.keys = keys


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with the package.

    Examples
    --------
    >>> shipped_recipes()
    ['rart-medium']
    """
    folder = files(__package__) / "recipes"
    return sorted(file.name.removesuffix(SUFFIX) for file in folder.iterdir())


def read_recipe(name: str) -> Recipe:
    """Return the recipe of a file, or one that comes with the package, by its name.

    Raises
    ------
    ConfigError
        If there is none, or it has a fault; the text tells the line and the key.

    Examples
    --------
    >>> recipe = read_recipe("rart-medium")
    >>> recipe.label.column, list(recipe.classes)
    ('medium', ['digital', 'paint', 'non_ink_drawing', 'ink', 'sculpture'])
    """
    if name in shipped_recipes():
        text = (files(__package__) / "recipes" / f"{name}{SUFFIX}").read_text(encoding="utf-8")
        return parse_recipe(text, f"{name}{SUFFIX}")
    try:
        return parse_recipe(Path(name).read_text(encoding="utf-8-sig"), name)
    except FileNotFoundError as error:
        known = name_some(shipped_recipes())
        raise ConfigError(f"no recipe ({name}); give a file of TOML, or one of: {known}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"no recipe ({name} is no text in UTF-8: {error.reason})") from error


def parse_recipe(text: str, path: str) -> Recipe:
    """Return the recipe of a text.

    Parameters
    ----------
    text : str
        In TOML.
    path : str
        Of its file, by which it is called.

    Raises
    ------
    ConfigError
        If it has a fault; the error tells the line and the key.
    """
    try:
        tables = _with_moments(tomllib.loads(text))
        recipe = _convert(tables, Path(path).name.removesuffix(SUFFIX))
        for keys, what in _faults(recipe):
            raise _Fault(keys, what)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    except _Fault as fault:
        key = printable(".".join(fault.keys)) or "the recipe"
        raise ConfigError(f"{path}, line {line_of(text, fault.keys)}, {key}: {fault}") from fault
    return recipe


def line_of(text: str, keys: Keys) -> int:
    r"""Return the line of a text in TOML where a key stands, or the table that it would be in.

    Examples
    --------
    >>> line_of("[posts]\nhosts = []\n[title]\nparts = []", ("title", "parts"))
    4
    """
    table: Keys = ()
    best, depth = 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            here = table = _split(header[1])
        elif key := _KEY.match(line):
            here = (*table, *_split(key[1]))
        else:
            continue
        if len(here) > depth and here == keys[: len(here)]:
            best, depth = number, len(here)
    return best


def _split(dotted: str) -> Keys:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _with_moments(tables: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of a recipe with moments in the place of days, which begin with them."""
    return {
        key: datetime(value.year, value.month, value.day)
        if isinstance(value, date) and not isinstance(value, datetime)
        else _with_moments(value)
        if isinstance(value, dict)
        else value
        for key, value in tables.items()
    }


def _convert(tables: dict[str, Any], name: str) -> Recipe:
    """Make a recipe of tables, whose classes are converted one by one, since that names them."""
    if "name" in tables:
        raise _Fault(("name",), "an unknown key; a recipe is called as its file is")
    given = tables.get("classes")
    if not isinstance(given, Mapping) or not given:
        raise _Fault(("classes",), "expected a table for each class, as [classes.ink]")
    classes = {key: _one(value, Class, ("classes", key)) for key, value in given.items()}
    bare = {"name": name, **tables, "classes": {key: {} for key in classes}}
    recipe: Recipe = _one(bare, Recipe, ())
    return msgspec.structs.replace(recipe, classes=classes)


def _one(value: object, form: Any, keys: Keys) -> Any:
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        raise _explain(str(error), form, keys) from error


def _explain(text: str, form: Any, keys: Keys) -> _Fault:
    """Return the fault that the library tells of, in our words."""
    at = _AT.fullmatch(text)
    what, where = (at["what"], at["where"]) if at else (text, "")
    inner = tuple(part for part in re.split(r"\.|\[.*?\]", where) if part)
    form = _form_of(form, inner)
    if unknown := _UNKNOWN.fullmatch(what):
        known = _keys_of(form)
        close = get_close_matches(unknown["key"], known, 1)
        advice = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
        return _Fault((*keys, *inner, unknown["key"]), f"an unknown key; {advice}")
    if get_origin(form) is Literal:
        what = f"{what}; expected one of {', '.join(map(repr, get_args(form)))}"
    return _Fault((*keys, *inner), what[0].lower() + what[1:])


def _form_of(form: Any, keys: Keys) -> Any:
    """Return the type of what stands under keys."""
    for key in keys:
        structs = (one for one in (form, *get_args(form)) if _is_struct(one))
        struct = next(structs, None)
        fields = {field.encode_name: field.name for field in _fields(struct)}
        form = get_type_hints(struct).get(fields.get(key, ""), object) if struct else object
    return form


def _keys_of(form: Any) -> list[str]:
    struct = next((one for one in (form, *get_args(form)) if _is_struct(one)), None)
    return [field.encode_name for field in _fields(struct)]


def _fields(struct: Any) -> tuple[Any, ...]:
    return msgspec.structs.fields(struct) if struct else ()


def _is_struct(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, msgspec.Struct)


def _faults(recipe: Recipe) -> Iterator[tuple[Keys, str]]:
    """Give what no single key shows to be wrong."""
    yield from _faults_of_posts(recipe)
    if recipe.title:
        yield from _faults_of_title(recipe.title)
    yield from _faults_of_label(recipe)
    yield from _faults_of_classes(recipe)
    yield from _faults_of_choice(recipe)


def _faults_of_posts(recipe: Recipe) -> Iterator[tuple[Keys, str]]:
    posts = recipe.posts
    after, before = seconds_of(posts.after), seconds_of(posts.before)
    if after is not None and before is not None and after >= before:
        yield (
            ("posts", "before"),
            f"no time is left ({posts.before} is not after {posts.after}); choose a later one",
        )
    if posts.url is not None:
        yield from _faults_of_pattern(posts.url, ("posts", "url"))


def _faults_of_title(title: TitleFormat) -> Iterator[tuple[Keys, str]]:
    parts = title.parts
    if len(set(parts)) < len(parts):
        yield ("title", "parts"), f"a part stands there twice ({', '.join(parts)})"
    if title.swap:
        for key, part in (("part", title.swap.part), ("with", title.swap.other)):
            if part not in parts:
                yield ("title", "swap", key), _not_among(part, parts)


def _faults_of_label(recipe: Recipe) -> Iterator[tuple[Keys, str]]:
    column, part = recipe.label.column, recipe.label.part
    if column in _TAKEN:
        yield ("label", "column"), f"the tables have such a column anyway ({column}); take another"
    if part is not None and part not in (parts := recipe.title.parts if recipe.title else ()):
        yield ("label", "part"), _not_among(part, parts) if parts else "there is no table [title]"


def _faults_of_classes(recipe: Recipe) -> Iterator[tuple[Keys, str]]:
    for name, known_by in recipe.classes.items():
        if not _NAME.fullmatch(name):
            yield ("classes", name), f"no name of a class; use {_CHARACTERS}"
        if not known_by.words and not known_by.patterns:
            yield ("classes", name), "neither words nor patterns; give what it is known by"
        for text in known_by.patterns:
            yield from _faults_of_pattern(text, ("classes", name, "patterns"))


def _faults_of_choice(recipe: Recipe) -> Iterator[tuple[Keys, str]]:
    largest = recipe.balance.sum_of_others
    if largest is not None and largest not in recipe.classes:
        yield ("balance", "sum_of_others"), _not_among(largest, tuple(recipe.classes))
    if largest is not None and len(recipe.classes) < 2:
        yield ("balance", "sum_of_others"), "there are no others; name a further class"
    for name in recipe.splits:
        if not _NAME.fullmatch(name):
            yield ("splits", name), f"no name of a split; use {_CHARACTERS}"
    if recipe.splits and not isclose(total := sum(recipe.splits.values()), 1):
        yield ("splits",), f"the shares sum to {total:g}; expected 1"


def _faults_of_pattern(text: str, keys: Keys) -> Iterator[tuple[Keys, str]]:
    try:
        Pattern(text, ".".join(keys))
    except ValueError as error:
        yield keys, str(error)


def _not_among(name: str, names: tuple[str, ...]) -> str:
    return f"{name!r} is not there; expected one of {', '.join(names)}"
