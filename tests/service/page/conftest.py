"""A real service on a free port and a real browser before it, one of each for all tests here."""

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import uvicorn
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from src.config import PACKAGE_ROOT
from src.gallery.paintings import Commission, paint
from src.scraping.chrome import BrowserSpec, chrome_options, die_with_parent
from src.service.app import create_app
from tests.service.apps import wait_for
from tests.service.page.detour import Detour
from tests.service.page.visit import Visit

SAMPLES = PACKAGE_ROOT / "service" / "static" / "samples"
START_S = 60


@pytest.fixture(scope="package")
def detour() -> Iterator[Detour]:
    """The whole service with all its models, and with refusals on demand."""
    app = create_app()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        detour = Detour(app, f"http://127.0.0.1:{listener.getsockname()[1]}")
        config = uvicorn.Config(detour, log_config=None, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert detour.started.wait(START_S)
            places = app.state.service.models
            wait_for(lambda: all(place.status == "ready" for place in places.places))
            yield detour
        finally:
            server.should_exit = True
            thread.join(START_S)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    folder = tmp_path_factory.mktemp("browser")
    options = chrome_options(BrowserSpec("", folder / "profile", folder, "", START_S))
    # Unlike the scraper's, this browser shows pictures; and it tells what the console says.
    options.add_experimental_option("prefs", {})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    service = Service(
        executable_path=shutil.which("chromedriver"), popen_kw={"preexec_fn": die_with_parent}
    )
    browser = webdriver.Chrome(options=options, service=service)
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def visit(browser: webdriver.Chrome, detour: Detour) -> Iterator[Visit]:
    """The page, freshly opened on a wide and light screen; at the end, nothing went astray."""
    detour.refuse(None)
    visit = Visit(browser, detour.url)
    visit.open()
    yield visit
    assert visit.strangers() == []
    assert visit.complaints() == []


@pytest.fixture(scope="package")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what people bring: pictures of several kinds, and files that are none."""
    folder = tmp_path_factory.mktemp("pictures")
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    painting = paint(Commission("ORANGE", 3, 11))
    for name in ("painting.png", "scan.tiff"):
        assert cv2.imwrite(str(folder / name), painting)
    (folder / "broken.jpg").write_bytes((folder / "hill.jpg").read_bytes()[:200])
    (folder / "notes.txt").write_text("No picture at all.\n")
    return folder
