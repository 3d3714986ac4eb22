"""A command line that finds only some libraries, as in an environment that has no others."""

import sys
from collections.abc import Iterable, Mapping, Set
from functools import cache
from importlib.metadata import packages_distributions
from typing import Final

from packaging.utils import canonicalize_name

# python -c GATE PACKAGE ALLOWED ARGUMENTS...: the command line of a package, where nothing but
# itself and these top-level modules can be imported.
GATE: Final = """
import sys
from importlib import import_module

package, allowed = sys.argv.pop(1), set(sys.argv.pop(1).split(","))


class Gate:
    def find_spec(self, name, path=None, target=None):
        own = name in allowed or name == package or name.startswith("_sysconfigdata")
        if path is None and not own:
            raise ModuleNotFoundError(f"{name} is kept out", name=name)


sys.meta_path.insert(0, Gate())
import_module(f"{package}.cli").main()
"""


def modules_of(distributions: Iterable[str]) -> str:
    """Return the top-level modules of distributions and of Python itself, for `GATE`."""
    held = {canonicalize_name(name) for name in distributions}
    modules = {module for module, bringing in _installed().items() if bringing & held}
    return ",".join(sorted(modules | set(sys.stdlib_module_names)))


@cache
def _installed() -> Mapping[str, Set[str]]:
    """Return the distributions that bring each module."""
    found = packages_distributions().items()
    return {module: {canonicalize_name(name) for name in names} for module, names in found}
