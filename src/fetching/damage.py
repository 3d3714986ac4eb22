"""Whether the pictures of a collection are those that its ledger knows."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..edges import TextOrJson, printable
from ..errors import DownloadError
from ..files import file_sha256, remove_unfinished
from .ledger import Ledger


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that is not as it should be: ``missing``, ``changed``, or ``unknown`` to the state."""

    asset_id: str
    filename: str
    reason: str


def find_damage(ledger: Ledger, images: Path) -> Iterator[Finding]:
    """Hash every stored picture again, and look for files that nobody knows."""
    remove_unfinished(images)
    known = set()
    for asset_id, filename, sha256 in ledger.stored_images():
        known.add(filename)
        reason = _damage(images / filename, sha256)
        if reason:
            yield Finding(asset_id, filename, reason)
    for path in sorted(images.iterdir()):
        if path.name not in known:
            yield Finding("", path.name, "unknown")


def mark_damage(ledger: Ledger, findings: Iterable[Finding]) -> None:
    """Let ``--retry-failed`` take damaged pictures up again."""
    ledger.record_images(
        (finding.asset_id, DownloadError(finding.reason, f"{finding.filename} {finding.reason}"))
        for finding in findings
        if finding.asset_id
    )


def _damage(path: Path, sha256: str) -> str:
    if not path.is_file():
        return "missing"
    return "" if file_sha256(path) == sha256 else "changed"


def write_findings(checked: int, findings: list[Finding], output_format: TextOrJson) -> None:
    """Write on standard output how many pictures were looked at, and what was found."""
    if output_format is TextOrJson.JSON:
        found = [{"filename": finding.filename, "reason": finding.reason} for finding in findings]
        print(json.dumps({"checked": checked, "findings": found}, indent=2))
        return
    for finding in findings:
        print(f"{finding.reason}: {printable(finding.filename)}")
    print(f"{checked:,} pictures checked, {len(findings):,} not as they should be")
