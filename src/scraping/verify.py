"""Tell whether the pictures on the disk are still those that were stored."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import DownloadError
from .folder import RawFolder
from .store import Store


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that is not as it should be: ``missing``, ``changed``, or ``unknown`` to the state."""

    asset_id: str
    filename: str
    reason: str


def find_damage(store: Store, folder: RawFolder) -> Iterator[Finding]:
    """Hash every stored picture again, and look for files that nobody knows."""
    known = set()
    for asset_id, filename, sha256 in store.stored_images():
        known.add(filename)
        reason = _damage(folder.images / filename, sha256)
        if reason:
            yield Finding(asset_id, filename, reason)
    for path in sorted(folder.images.iterdir()):
        if path.name not in known:
            yield Finding("", path.name, "unknown")


def mark_damage(store: Store, findings: list[Finding]) -> None:
    """Let ``--retry-failed`` take damaged pictures up again."""
    store.record_images(
        (finding.asset_id, DownloadError(finding.reason, f"{finding.filename} {finding.reason}"))
        for finding in findings
        if finding.asset_id
    )


def _damage(path: Path, sha256: str) -> str:
    if not path.is_file():
        return "missing"
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return "" if digest == sha256 else "changed"
