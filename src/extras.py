"""Which extra of this package brings a library that is not installed.

Predicting and serving need nothing but the package's own requirements; scraping, training and
reports need more, which `setup.py` lists by extra. What stands there is read where this package is
installed.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from typing import Final

from .errors import MissingLibrary

PACKAGE: Final = "artlens"
# Modules that are not called as what is installed for them.
_DISTRIBUTIONS: Final = {
    "backports": "backports.zstd",
    "faiss": "faiss-cpu",
    "sklearn": "scikit-learn",
    "telegram": "python-telegram-bot",
}
_OPTIONAL: Final = re.compile(r"(?P<name>[\w.-]+).*extra == [\"'](?P<extra>[\w-]+)[\"']")


def name_missing(
    error: ModuleNotFoundError, user: str, extra: str | None = None
) -> MissingLibrary | None:
    """Return an error that says what to install, if that is why a module was not found.

    Parameters
    ----------
    error : ModuleNotFoundError
    user : str
        Who needs it, as the subject of a sentence.
    extra : str, optional
        That is named if it brings the library, else the smallest that does.

    Returns
    -------
    MissingLibrary or None
        None if no extra brings the module.
    """
    # Of a library that is there, but lacks a part, the name has a dot in it.
    library = _DISTRIBUTIONS.get(str(error.name), str(error.name))
    bringing = [name for name, brought in _extras().items() if library in brought]
    if not bringing:
        return None
    named = extra if extra in bringing else bringing[0]
    return MissingLibrary(
        f"{user} needs {library}, which is not installed; pip install '{PACKAGE}[{named}]'"
    )


@cache
def _extras() -> Mapping[str, frozenset[str]]:
    """Return the libraries of each extra, the smallest extra first."""
    try:
        requirements = requires(PACKAGE) or []
    except PackageNotFoundError:
        return {}
    extras: dict[str, set[str]] = {}
    for found in filter(None, map(_OPTIONAL.match, requirements)):
        extras.setdefault(found["extra"], set()).add(found["name"])
    sizes = sorted(extras.items(), key=lambda item: len(item[1]))
    return {name: frozenset(brought) for name, brought in sizes}
