"""What all commands share: errors become exit codes, and how lines are written.

====  ===============================================================
code  meaning
====  ===============================================================
0     done
1     done, but some item failed; each was reported on standard error
2     a usage error, or an error that stopped the whole command
75    the site refuses to serve us; try again later
130   interrupted from the keyboard
141   the reader of our output went away, as in ``| head``
====  ===============================================================
"""

import atexit
import codecs
import gc
import os
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import wraps
from io import TextIOWrapper
from typing import Final, NoReturn, ParamSpec, TypeVar

from .errors import ArtlensError

EXIT_SOME_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_BLOCKED: Final = 75
EXIT_INTERRUPTED: Final = 130
EXIT_BROKEN_PIPE: Final = 141

# No file has a longer name, and no reader an eye for it.
_LONGEST_NAME: Final = 4096
_SHORT_NAME: Final = 40
# A longer line would bury all others.
_LONGEST_LINE: Final = 2 * _LONGEST_NAME

# New objects before the collector looks for garbage: enough for all imports but a few times.
_GARBAGE_THRESHOLD: Final = 50_000

P = ParamSpec("P")
R = TypeVar("R")


class TextOrJson(StrEnum):
    """How a command writes what it found."""

    TEXT = "text"
    JSON = "json"


def collect_garbage_rarely() -> None:
    """Look seldom for garbage in this process: imports make objects that stay.

    Looking through them again and again took a seventh of the time of naming the class of one
    picture.
    """
    gc.set_threshold(_GARBAGE_THRESHOLD)
    # Nor need anyone look through them on the way out, which takes as long.
    atexit.register(gc.freeze)


def command_edge(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what a command raises into one line on standard error and an exit code.

    Put it on the command itself, below typer's own decorator if there is one; the signature stays
    visible to typer. An error that nobody foresaw keeps its traceback. What a terminal's encoding
    lacks is written as an escape.

    Parameters
    ----------
    command : callable
        A stage's command.

    Returns
    -------
    callable
        The same command, raising `SystemExit` where it raised an `ArtlensError` (2), an `OSError`
        (2), a `BrokenPipeError` (141) or a `KeyboardInterrupt` (130).

    Examples
    --------
    >>> @command_edge
    ... def train(rows: int) -> None:
    ...     raise ArtlensError(f"too few rows ({rows}); give at least 100")
    >>> try:
    ...     train(3)  # error: too few rows (3); give at least 100
    ... except SystemExit as exit:
    ...     print(exit.code)
    2
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        escape_what_streams_lack()
        try:
            answer = command(*args, **kwargs)
            # What is still buffered can meet a closed pipe too; on exit it would be too late.
            print(end="", flush=True)
            return answer
        except ArtlensError as error:
            _leave(EXIT_USAGE, str(error))
        except KeyboardInterrupt:
            _leave(EXIT_INTERRUPTED, "interrupted")
        except BrokenPipeError:
            _silence_stdout()
            sys.exit(EXIT_BROKEN_PIPE)
        except OSError as error:
            _leave(EXIT_USAGE, describe_os_error(error))

    return run


def escape_what_streams_lack() -> None:
    r"""Let standard streams write what their encoding lacks as JSON would, as in ``\u00e9``."""
    codecs.register_error("artlens-escape", _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="artlens-escape")


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # Only those with such a terminal wait for it.
    from json import dumps

    return dumps(error.object[error.start : error.end])[1:-1], error.end


def report_error(text: object) -> None:
    """Write ``error: <text>`` on standard error, in one line whatever the text holds."""
    note(f"error: {text}")


def note(text: object) -> None:
    """Say something on standard error, in one line of some length whatever the text holds."""
    line = printable(" ".join(str(text).splitlines()))
    if len(line) > _LONGEST_LINE:
        line = f"{line[:_LONGEST_NAME]} ... {line[-_LONGEST_NAME // 2 :]}"
    print(line, file=sys.stderr, flush=True)


class FailureReports:
    """Reports each failure on standard error, above any progress bar there, and counts them.

    Examples
    --------
    >>> report = FailureReports()
    >>> report("cannot read a.jpg: it is empty")  # error: cannot read a.jpg: it is empty
    >>> report.count
    1
    """

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, text: object) -> None:
        """Report a failure."""
        from tqdm import tqdm  # which most commands have no use for

        self.count += 1
        with tqdm.external_write_mode(file=sys.stderr):
            report_error(text)


def align(table: Sequence[Sequence[str]], *, numbers: bool = False) -> str:
    """Return rows of cells as lines of text with aligned columns.

    Parameters
    ----------
    table : sequence of sequence of str
    numbers : bool
        Whether all columns but the first are aligned to the right.

    Examples
    --------
    >>> print(align([("blue", "0.25"), ("red", "10.5")], numbers=True))
    blue  0.25
    red   10.5
    """
    first, *others = (max(map(len, column)) for column in zip(*table, strict=True))
    pad = str.rjust if numbers else str.ljust
    lines = ([line[0].ljust(first), *map(pad, line[1:], others)] for line in table)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def name_some(names: Sequence[str], most: int = 12) -> str:
    """Return names in a row, of many the first.

    Examples
    --------
    >>> name_some(["red", "pink", "teal"]), name_some(["red", "pink", "teal"], most=1)
    ('red, pink, teal', 'red and 2 more')
    """
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def printable(text: str) -> str:
    r"""Return the text with escapes for what a terminal would act on, or could not show.

    Examples
    --------
    >>> printable("two\nlines")
    'two\\nlines'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shorten(name: str) -> str:
    """Return what a picture is called: of a ``data:`` address, which holds it, the beginning.

    Examples
    --------
    >>> shorten("rooms/blue.jpg")
    'rooms/blue.jpg'
    >>> shorten("data:image/gif;base64," + 90_000 * "R")
    'data:image/gif;base64,RRRRRRRRRRRRRRRRRR... (90,022 characters)'
    """
    longest = _SHORT_NAME if name[:5].lower() == "data:" else _LONGEST_NAME
    if len(name) <= longest:
        return name
    return f"{name[:_SHORT_NAME]}... ({len(name):,} characters)"


def describe_os_error(error: OSError) -> str:
    """Say what the system refused, and for which file."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{reason} ({error.filename})" if error.filename is not None else reason


def _leave(code: int, text: str) -> NoReturn:
    report_error(text)
    sys.exit(code)


def _silence_stdout() -> None:
    """Let the interpreter flush on exit without finding the closed pipe a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
