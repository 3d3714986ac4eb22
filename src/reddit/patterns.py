"""Regular expressions of a recipe, which cannot run away with the program.

A few characters can keep Python's own `re` busy for years. Here what is long, or repeats too often,
is refused when it is read, and what takes too long on a text is stopped.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Final

import regex

from ..errors import ConfigError

# Most take a microsecond on a title, which is of 300 characters at most.
TIMEOUT_S: Final = 0.25
_LONGEST: Final = 1000
# Compiling unrolls what is counted, also what is counted inside of what is counted.
_MOST_REPEATS: Final = 10_000
# Each of these lets a part match in several ways, as do alternatives, of which a few do no harm.
_TRIES: Final = re.compile(r"[*+?]|\{\d*,")
_FEW: Final = 4
_COUNTED: Final = regex.compile(r"\{(\d*),?(\d*)\}")


@dataclass(frozen=True)
class Pattern:
    """A regular expression that is given up where it takes too long.

    Parameters
    ----------
    text : str
        In the syntax of `re`.
    key : str
        Where it stands in the recipe.
    ignore_case : bool

    Raises
    ------
    ValueError
        If it is none, or one that would take too long to prepare.

    Examples
    --------
    >>> pen = Pattern("pen(?!cil)", "classes.ink.patterns")
    >>> pen.found_in("a pen"), pen.found_in("a pencil"), pen.matches("pen"), pen.matches("a pen")
    (True, False, True, False)
    """

    text: str
    key: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        if len(self.text) > _LONGEST:
            raise ValueError(f"a regular expression of {len(self.text):,} characters; shorten it")
        if (repeats := _repeats(self.text)) > _MOST_REPEATS:
            raise ValueError(f"a regular expression of {repeats:,} repeats; count no higher")
        try:
            self._compiled  # noqa: B018 - compiled when it is read, where it can be told
        except (regex.error, RecursionError, OverflowError) as error:
            raise ValueError(f"no regular expression ({self.text!r}: {error})") from error

    @cached_property
    def _compiled(self) -> "regex.Pattern[str]":
        return regex.compile(self.text, regex.IGNORECASE if self.ignore_case else 0)

    @cached_property
    def _harmless(self) -> re.Pattern[str] | None:
        """The same for `re`, which is quicker, if there is next to nothing to try in it."""
        if _TRIES.search(self.text) or self.text.count("|") > _FEW:
            return None
        return re.compile(self.text, re.IGNORECASE if self.ignore_case else 0)

    def found_in(self, text: str) -> bool:
        """Tell whether it stands somewhere in a text.

        Raises
        ------
        ConfigError
            If that cannot be told in time.
        """
        if self._harmless:
            return self._harmless.search(text) is not None
        try:
            return self._compiled.search(text, timeout=TIMEOUT_S) is not None
        except TimeoutError as error:
            raise self._ran_away(text) from error

    def matches(self, text: str) -> bool:
        """Tell whether a whole text is of this form; it raises what `found_in` raises."""
        if self._harmless:
            return self._harmless.fullmatch(text) is not None
        try:
            return self._compiled.fullmatch(text, timeout=TIMEOUT_S) is not None
        except TimeoutError as error:
            raise self._ran_away(text) from error

    def _ran_away(self, text: str) -> ConfigError:
        return ConfigError(
            f"the regular expression of {self.key} takes too long ({self.text!r}: over "
            f"{TIMEOUT_S} s on {text[:80]!r}); write it without repeats inside of repeats"
        )


def _repeats(text: str) -> int:
    r"""Return an upper bound of how often counted repeats repeat something.

    Examples
    --------
    >>> _repeats("(a{2,30}b){4}"), _repeats(r"https://i\.redd\.it/.{13}")
    (120, 13)
    """
    counts = (int(high or low or 1) for low, high in _COUNTED.findall(text))
    return prod(max(count, 1) for count in counts)
