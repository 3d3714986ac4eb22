"""How Chrome is started, and how it and all that drives it come to their end."""

import ctypes
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

# The headless default of 780 x 437 shows so little that pages load in many small steps.
_WINDOW: Final = "--window-size=1280,1024"
_FLAGS: Final = (
    "--headless=new",
    "--disable-gpu",
    # Containers give /dev/shm 64 MB, which a long page fills; then its tab crashes.
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    # Totals and banners are read in English.
    "--lang=en-US",
    _WINDOW,
)
_BROWSERS: Final = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
_BLOCK: Final = 2
# From <linux/prctl.h>: the signal that a process gets when the thread that started it ends.
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class BrowserSpec:
    """How a worker's browser is started.

    Attributes
    ----------
    grid : str
        Address of a Selenium Grid or a bare driver; empty for a browser on this machine.
    profile : Path
        Folder of this browser alone; removed when its worker has ended.
    evidence : Path
        Where pages that could not be read are kept.
    agent : str
        Appended to the browser's own User-Agent.
    timeout_s : float
        For a page to load.
    """

    grid: str
    profile: Path
    evidence: Path
    agent: str
    timeout_s: float


def chrome_options(spec: BrowserSpec) -> webdriver.ChromeOptions:
    """Return how Chrome is started: without a window, without pictures, in a profile of its own."""
    options = webdriver.ChromeOptions()
    for flag in _FLAGS:
        options.add_argument(flag)
    if os.geteuid() == 0:
        # Chrome refuses to run as root in its sandbox; in a container there is often no one else.
        options.add_argument("--no-sandbox")
    if not spec.grid:
        options.add_argument(f"--user-data-dir={spec.profile}")
        # Over a pipe, Chrome notices that its driver has gone, and goes too.
        options.add_argument("--remote-debugging-pipe")
        options.binary_location = next(filter(None, map(shutil.which, _BROWSERS)), "")
    # Each picture is asked for once, by the download.
    options.add_experimental_option(
        "prefs", {"profile.managed_default_content_settings.images": _BLOCK}
    )
    # Statuses and headers of the page's own requests, which scripts do not get to see.
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    return options


def start_chrome(spec: BrowserSpec) -> WebDriver:
    """Start a Chrome or Chromium: here, with a driver that ends with us, or on a Grid."""
    options = chrome_options(spec)
    if spec.grid:
        return webdriver.Remote(command_executor=spec.grid, options=options)
    # Without a driver on the path, Selenium Manager looks for one; its statistics stay off.
    os.environ.setdefault("SE_AVOID_STATS", "true")
    service = Service(
        executable_path=shutil.which("chromedriver"), popen_kw={"preexec_fn": die_with_parent}
    )
    return webdriver.Chrome(options=options, service=service)


def die_with_parent() -> None:
    """Ask the system to end this process as soon as its parent has gone, even by SIGKILL.

    Only Linux can; elsewhere a worker notices by the end of its pipe.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def lead_own_session(parent_pid: int) -> None:
    """Make this process the leader of a session, so that all it starts can be ended with it.

    Parameters
    ----------
    parent_pid : int
        Who started it; if that process has gone already, this one ends here.
    """
    os.setsid()
    die_with_parent()
    if os.getppid() != parent_pid:
        os._exit(1)


def end_session(leader_pid: int) -> None:
    """End a session's leader and everything it started: chromedriver and its browser too."""
    try:
        os.killpg(leader_pid, signal.SIGKILL)
    except ProcessLookupError:
        return
