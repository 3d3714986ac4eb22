"""Ctrl-C, once and twice, on the real command."""

import signal
import subprocess

from src.gallery.museum import Museum
from src.scraping.manifest import read_manifest
from src.scraping.run import RawFolder
from tests.scraping.conftest import run_scrape, scrape_command
from tests.scraping.processes import browsers_of

WORKS = 72


def await_line(process: "subprocess.Popen[str]", part: str) -> None:
    assert process.stderr is not None
    assert any(part in line for line in process.stderr)


def interrupt_when(event: str, museum: Museum, folder: RawFolder, times: int) -> tuple[int, str]:
    """Run until an event, press Ctrl-C, and return exit code and standard output."""
    process = subprocess.Popen(
        scrape_command(museum.url, folder, "--log-json", "--connections", "2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    await_line(process, f'"{event}"')
    for _ in range(times - 1):
        process.send_signal(signal.SIGINT)
        await_line(process, "once more to leave now")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate()
    return process.returncode, out


def test_ctrl_c_keeps_what_was_found_and_leaves_nothing_running(
    museum: Museum, folder: RawFolder
) -> None:
    museum.switch(latency_ms=150)
    code, out = interrupt_when("image", museum, folder, times=1)
    assert code == 130
    assert "stopped; run the same command again" in out
    assert not browsers_of(folder)
    images = {path.name for path in folder.images.iterdir()}
    assert images
    assert len(list(read_manifest(folder.manifest))) == len(images)
    museum.switch(latency_ms=0)
    assert run_scrape(museum.url, folder).returncode == 0
    assert len(list(read_manifest(folder.manifest))) == WORKS


def test_a_second_ctrl_c_does_not_wait_for_what_hangs(museum: Museum, folder: RawFolder) -> None:
    museum.switch("hang:on=image,after=1")
    assert interrupt_when("image", museum, folder, times=2) == (130, "")
