"""The real command, in processes of its own, against a museum in another."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from src.gallery.museum import Museum
from src.scraping.chrome import BrowserSpec, chrome_options
from src.scraping.manifest import read_manifest
from src.scraping.run import RawFolder
from tests.scraping.conftest import (
    COMMAND,
    Scrape,
    read_events,
    read_tree,
    run_scrape,
)
from tests.scraping.processes import browsers_of

WORKS = 72


def images_by_path(museum: Museum) -> Counter[str]:
    return Counter(visit.path for visit in museum.visits("image"))


def test_a_run_is_whole_polite_and_done_only_once(
    scrape: Scrape, museum: Museum, folder: RawFolder
) -> None:
    before = images_by_path(museum)
    first = scrape("--details")
    assert first.returncode == 0, first.stderr
    assert "RED: complete, all 60 works found; 60 pictures stored" in first.stdout
    works = list(read_manifest(folder.manifest))
    assert len(works) == WORKS
    assert len(folder.details.read_text("utf-8").splitlines()) == WORKS + 1
    asked = images_by_path(museum) - before
    assert len(asked) == WORKS
    assert set(asked.values()) == {1}
    tree, visits = read_tree(folder), len(museum.visits())
    again = scrape("--details")
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert len(museum.visits()) == visits
    assert read_tree(folder) == tree
    assert not list(folder.profiles.iterdir())
    assert not browsers_of(folder)


def test_a_limit_is_told_and_a_higher_one_goes_on_from_there(
    scrape: Scrape, museum: Museum, folder: RawFolder
) -> None:
    assert scrape("--limit", "20").returncode == 0
    command = [*COMMAND, "--data-dir", str(folder.root.parent), "status"]
    status = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "RED: capped, 20 of 60 works found; stopped at the limit of 20; 20 pictures" in status
    assert "PINK: complete, all 12 works" in status
    assert "not begun: BLACK" in status
    before = len(museum.visits("image"))
    assert scrape().returncode == 0
    assert len(museum.visits("image")) - before == WORKS - 20 - 12
    assert len(list(read_manifest(folder.manifest))) == WORKS


def test_a_list_that_stops_short_is_told_with_its_evidence_and_taken_up_again(
    scrape: Scrape, museum: Museum, folder: RawFolder
) -> None:
    museum.switch("short-list")
    stalled = scrape()
    assert stalled.returncode == 1
    assert "RED: stalled, 36 of 60 works found" in stalled.stdout
    assert (folder.evidence / "RED.html").is_file()
    museum.switch()
    assert scrape().returncode == 0
    assert len(list(read_manifest(folder.manifest))) == WORKS


def test_failed_pictures_are_told_and_taken_up_only_on_demand(
    scrape: Scrape, museum: Museum, folder: RawFolder
) -> None:
    museum.switch("html:on=image,share=0.3")
    failed = scrape()
    assert failed.returncode == 1
    assert "html; take them up again with --retry-failed" in failed.stdout
    museum.switch()
    before = len(museum.visits("image"))
    assert scrape().returncode == 1
    assert len(museum.visits("image")) == before
    assert scrape("--retry-failed").returncode == 0
    assert not folder.failures.exists()
    assert len(list(read_manifest(folder.manifest))) == WORKS


def test_being_blocked_ends_with_75_and_nothing_is_asked_until_the_time_has_come(
    scrape: Scrape, museum: Museum
) -> None:
    museum.switch("rate-limit:on=batch,value=900")
    blocked = scrape()
    assert blocked.returncode == 75
    assert "RED: blocked" in blocked.stdout
    assert "run the same command again after" in blocked.stdout
    museum.switch()
    before = len(museum.visits())
    assert scrape().returncode == 75
    assert len(museum.visits()) == before


def test_short_refusals_are_waited_out(scrape: Scrape, museum: Museum) -> None:
    before = len(museum.visits())
    museum.switch("rate-limit:on=color+batch+image,value=1,first=1")
    assert scrape("--browsers", "1").returncode == 0
    visits = museum.visits()[before:]
    refused = [visit for visit in visits if visit.status == 429]
    assert refused
    # What was on its way when the refusal went out may still come in.
    assert not [
        visit
        for visit in visits
        for refusal in refused
        if refusal.time + 0.3 < visit.time < refusal.time + 1
    ]


def test_robots_are_obeyed_by_browsers_too(scrape: Scrape, museum: Museum) -> None:
    museum.switch("robots-closed")
    before = len(museum.visits())
    assert scrape().returncode == 75
    assert [visit.kind for visit in museum.visits()[before:]] == ["robots"]


def test_one_rate_holds_for_browsers_and_downloads(scrape: Scrape, museum: Museum) -> None:
    before = len(museum.visits())
    assert scrape("--rate", "12", "--browsers", "2", "--limit", "20").returncode == 0
    times = [visit.time for visit in museum.visits()[before:]]
    assert max(sum(t <= other < t + 1 for other in times) for t in times) <= 12


def test_events_are_json_lines(scrape: Scrape) -> None:
    events = read_events(scrape("--log-json", "--limit", "3").stderr)
    counts = Counter(event["event"] for event in events)
    assert counts == {"begun": 2, "opened": 2, "works": 2, "ended": 2, "image": 6}


def test_two_runs_do_not_share_a_folder(museum: Museum, folder: RawFolder) -> None:
    with folder.locked():
        second = run_scrape(museum.url, folder)
    assert second.returncode == 2
    assert "another run is using this folder" in second.stderr


def test_a_folder_belongs_to_one_site(scrape: Scrape, folder: RawFolder) -> None:
    assert scrape("--limit", "1", "--no-images").returncode == 0
    command = [*COMMAND, "--data-dir", str(folder.root.parent)]
    other = subprocess.run(command, capture_output=True, text=True, check=False)
    assert other.returncode == 2
    assert "a museum on this machine, not of the built-in museum" in other.stderr


def test_the_real_site_is_not_asked_without_being_meant(folder: RawFolder) -> None:
    for options in (["--site", "https://example.org"], ["--live"]):
        command = [*COMMAND, *options, "--data-dir", str(folder.root.parent)]
        refused = subprocess.run(
            command, capture_output=True, text=True, check=False, env={"ARTLENS_CONTACT": ""}
        )
        assert refused.returncode == 2
        assert "error: " in refused.stderr


def test_without_a_browser_the_run_says_so(scrape: Scrape, tmp_path: Path) -> None:
    driver = tmp_path / "chromedriver"
    driver.write_text("#!/bin/sh\nexit 1\n")
    driver.chmod(0o755)
    failed = scrape(PATH=str(tmp_path))
    assert failed.returncode == 2
    assert failed.stderr.startswith("error: no browser (")
    assert failed.stderr.count("\n") == 1


def test_module_runs_without_a_command_line_of_the_package() -> None:
    shown = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=False)
    assert "--retry-failed" in shown.stdout
    assert sys.executable in COMMAND


def test_one_folder_takes_every_size_of_the_built_in_museum(folder: RawFolder) -> None:
    def run(*options: str) -> list[str]:
        place = ["--data-dir", str(folder.root.parent)]
        # Its pictures are painted when they are asked for, which takes longer than the quick ones.
        done = subprocess.run(
            [*COMMAND, *place, *options],
            env=os.environ | {"ARTLENS_BROWSERS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    assert run("--works", "RED=4,PINK=2") == [
        "RED: complete, all 4 works found; 4 pictures stored",
        "PINK: complete, all 2 works found; 2 pictures stored",
        "pictures: 6 stored",
    ]
    first = {path.name for path in folder.images.iterdir()}
    grown = run("--works", "5", "--color", "RED", "--color", "PINK")
    assert grown == [
        "RED: complete, all 5 works found; 5 pictures stored",
        "PINK: complete, all 5 works found; 5 pictures stored",
        "pictures: 10 stored",
    ]
    assert first < {path.name for path in folder.images.iterdir()}
    assert run("--retry-failed") == grown
    assert run("--works", "RED=4,PINK=2", "--color", "RED", "--color", "PINK") == grown


def test_chrome_keeps_out_of_the_small_shared_memory_of_containers(tmp_path: Path) -> None:
    spec = BrowserSpec("", tmp_path, tmp_path, "", 1.0)
    assert "--disable-dev-shm-usage" in chrome_options(spec).arguments
