"""The commands ``verify`` and ``rebuild``, in processes of their own."""

import json
import subprocess
from pathlib import Path

from src.fetching.damage import find_damage
from src.gallery.museum import Museum
from src.scraping.run import RawFolder
from src.scraping.store import Store
from tests.scraping.conftest import (
    COMMAND,
    Scrape,
    read_tree,
)


def test_manifest_alone_brings_the_same_pictures_back(
    scrape: Scrape, museum: Museum, folder: RawFolder, tmp_path: Path
) -> None:
    assert scrape().returncode == 0
    other = RawFolder(tmp_path / "other" / "raw")
    place = ["--site", museum.url, "--data-dir", str(other.root.parent)]
    command = [*COMMAND, "rebuild", str(folder.manifest), *place]
    museum.switch("html:on=image,share=0.5")
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert " html; take them up again with --retry-failed" in failed.stdout
    museum.switch()
    command.append("--retry-failed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert read_tree(other) == read_tree(folder)


def test_damage_is_found_and_mended(scrape: Scrape, folder: RawFolder) -> None:
    assert scrape("--limit", "5").returncode == 0
    tree = read_tree(folder)
    changed, missing, *_ = sorted(folder.images.iterdir())
    changed.write_bytes(b"scratched")
    missing.unlink()
    (folder.images / "stray.webp").write_bytes(b"")
    place = ["--data-dir", str(folder.root.parent)]
    verify = [*COMMAND, "verify", "--format", "json", *place]
    found = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    reasons = {entry["filename"]: entry["reason"] for entry in json.loads(found.stdout)["findings"]}
    assert reasons == {
        changed.name: "changed",
        missing.name: "missing",
        "stray.webp": "unknown",
    }
    (folder.images / "stray.webp").unlink()
    assert scrape("--limit", "5", "--retry-failed").returncode == 0
    assert read_tree(folder) == tree
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0


def test_what_a_killed_run_left_half_written_is_no_damage(folder: RawFolder, store: Store) -> None:
    (folder.images / ".kiss.webp.unfinished").write_bytes(b"RIFF")
    (folder.images / "stray.webp").write_bytes(b"")
    assert [finding.filename for finding in find_damage(store, folder.images)] == ["stray.webp"]


def test_nothing_is_known_of_a_folder_without_a_scrape(tmp_path: Path) -> None:
    command = [*COMMAND, "status", "--data-dir", str(tmp_path)]
    status = subprocess.run(command, capture_output=True, text=True, check=False)
    assert status.returncode == 2
    assert status.stderr.startswith("error: nothing was scraped here (")
