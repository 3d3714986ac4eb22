"""Write the packages that the service needs as pip's requirements, with the hashes of the lock.

python docker/requirements.py < Pipfile.lock > requirements.txt
"""

import json
import sys
from collections.abc import Iterator
from typing import Any


def requirements(lock: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each package of the lock's category ``service``."""
    for name, entry in lock["service"].items():
        marker = f"; {entry['markers']}" if "markers" in entry else ""
        hashes = [f"--hash={digest}" for digest in entry["hashes"]]
        yield " ".join([f"{name}{entry['version']}{marker}", *hashes])


if __name__ == "__main__":
    print("\n".join(requirements(json.load(sys.stdin))))
