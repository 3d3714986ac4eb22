"""One small collection with all that folders hold, and its site, made once."""

from pathlib import Path

import cv2
import pytest

from tests.browse.made_site import COPY, NAMES, Made, make_site, write_picture
from tests.data.versions import halve, paint_work


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my collection")
    for seed, name in enumerate(NAMES):
        write_picture(folder / name, paint_work(seed))
    write_picture(folder / COPY, halve(paint_work(0)))
    (folder / "broken.jpg").write_bytes(b"no picture")
    jpeg = cv2.imencode(".jpg", paint_work(len(NAMES)))[1].tobytes()
    (folder / "half.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (folder / "notes.txt").write_text("not one of them")
    return folder


@pytest.fixture(scope="session")
def made(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    site = tmp_path_factory.mktemp("sites") / "site"
    with pytest.raises(SystemExit) as exit_info:
        make_site(collection, site)
    assert exit_info.value.code == 1  # a picture is broken
    return Made(site, collection)
