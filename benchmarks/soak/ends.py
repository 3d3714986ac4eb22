"""How a reader ended that was given something odd: read, refused in our words, or a fault."""

import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from src.errors import ArtlensError


def how_it_ends(read: Callable[[], object], which: str) -> str:
    """Return ``read``, ``refused``, or the error that nobody foresaw and where it arose.

    Parameters
    ----------
    read : callable
    which : str
        By which what was read can be made again.
    """
    try:
        with redirect_stderr(StringIO()):
            read()
    except ArtlensError:
        return "refused"
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in place if "/src/" in frame.filename or "/soak/" in frame.filename]
        print(f"{which}: {error!r:.200}", file=sys.stderr)
        return f"{type(error).__name__} below {Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return "read"
