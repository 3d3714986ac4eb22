"""No false success on a faulty list, and no bad file under a final name."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.soak.figure import Figure
from benchmarks.soak.runs import picture_hashes, read_manifest, run_scrape
from src.gallery.museum import Museum

# How each fault of a list has to end: the state, and the exit code.
LIST_FAULTS: Final = {
    "short-list": ("stalled", 1),
    "stuck-list": ("stalled", 1),
    "no-anchors": ("stalled", 1),
    "no-total": ("stalled", 1),
    "error-500:on=batch,after=1": ("stalled", 1),
    "error-500:on=color": ("stalled", 1),
    "captcha:on=color": ("blocked", 75),
    "captcha:on=batch,after=1": ("blocked", 75),
    "rate-limit:on=batch,value=900": ("blocked", 75),
    "rate-limit:on=color,value=900": ("blocked", 75),
}
# What the scrape calls each fault of a picture.
PICTURE_FAULTS: Final = {
    "truncated": "truncated",
    "html": "html",
    "empty": "empty",
    "wrong-type": "wrong-type",
    "reset": "reset",
    "hang": "timeout",
    "wrong-length": "undecodable",
    "half-image": "undecodable",
    "endless": "timeout",
}
_LIST: Final = 120
_PICTURES: Final = 60
_PATIENCE: Final = {"ARTLENS_STALL_S": "4", "ARTLENS_TIMEOUT_S": "2"}


def measure_false_success(root: Path) -> Iterator[Figure]:
    """Scrape a small museum under each fault of its lists."""
    for fault, (state, code) in LIST_FAULTS.items():
        folder = root / fault.replace(":", "-")
        options = ("--works", f"RED={_LIST}", "--thumbnails", "plain", "--fault", fault)
        with Museum(*options) as museum:
            done = run_scrape(museum, folder, "--color", "RED", "--format", "json", env=_PATIENCE)
        states = [row["state"] for row in json.loads(done.stdout)["colors"]]
        yield Figure(
            f"no false success, {fault}",
            f"{', '.join(states) or 'not begun'}, exit code {done.exit_code}",
            f"{state}, exit code {code}",
            (states, done.exit_code) == ([state], code),
        )


def measure_bad_files(root: Path) -> Iterator[Figure]:
    """Scrape under each fault of pictures, then again with the fault off."""
    for fault, reason in PICTURE_FAULTS.items():
        options = ("--works", f"RED={_PICTURES}", "--thumbnails", "plain")
        with Museum(*options, "--fault", f"{fault}:share=0.3") as museum:
            yield _bad_file_figure(museum, root / fault, fault, reason)


def _bad_file_figure(museum: Museum, folder: Path, fault: str, reason: str) -> Figure:
    spoilt = run_scrape(museum, folder, "--color", "RED", "--format", "json", env=_PATIENCE)
    struck = {visit.path for visit in museum.visits("image") if visit.faults}
    stored = picture_hashes(folder)
    sound = stored == _expected_hashes(folder)
    failures = json.loads(spoilt.stdout)["failures"]
    museum.switch()
    mended = run_scrape(museum, folder, "--color", "RED", "--retry-failed", env=_PATIENCE)
    after = picture_hashes(folder)
    return Figure(
        f"no bad file, {fault}",
        f"{len(struck)} struck, {dict(failures)} counted, {len(stored)} stored"
        f"{'' if sound else ' BUT NOT AS LISTED'}, {len(after)} after a retry",
        f"each struck one counted as {reason}, none stored, {_PICTURES} after a retry",
        Counter(failures) == Counter({reason: len(struck)})
        and len(struck) > 0
        and sound
        and len(stored) == _PICTURES - len(struck)
        and (spoilt.exit_code, mended.exit_code) == (1, 0)
        and len(after) == _PICTURES
        and after == _expected_hashes(folder),
    )


def _expected_hashes(folder: Path) -> dict[str, str]:
    manifest = read_manifest(folder)
    return dict(zip(manifest["filename"], manifest["sha256"], strict=True))
