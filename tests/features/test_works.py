"""Works that occur twice, and a work among known ones, by the shipped network."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from src.errors import UnreadableImage
from src.features.works import KnownWorks, find_repeated_works, find_work
from tests.data import versions
from tests.data.versions import paint_work

COUNT = 6


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("works")
    for seed in range(COUNT):
        cv2.imwrite(str(folder / f"{seed}.png"), paint_work(seed))
    return [str(folder / f"{seed}.png") for seed in range(COUNT)]


@pytest.fixture(scope="module")
def known(works: list[str]) -> KnownWorks:
    return KnownWorks.measure(works, jobs=1)


@pytest.mark.parametrize("change", [versions.photograph, versions.halve, versions.mirror])
@pytest.mark.parametrize("seed", [0, 3])
def test_a_version_leads_to_its_work(change: versions.Change, seed: int, known: KnownWorks) -> None:
    found = find_work(change(paint_work(seed))[..., ::-1], known, jobs=1)
    assert Path(found[0].path).name == f"{seed}.png"
    assert [work.is_same for work in found] == [True] + [False] * (COUNT - 1)
    assert found[0].match.mirrored == (change is versions.mirror)


def test_a_work_that_is_not_there_is_not_found(known: KnownWorks) -> None:
    found = find_work(paint_work(99)[..., ::-1], known, most=3, jobs=1)
    assert len(found) == 3
    assert not any(work.is_same for work in found)


def test_what_is_no_picture_is_refused(known: KnownWorks) -> None:
    with pytest.raises(UnreadableImage):
        find_work(b"no picture", known)


def test_a_broken_file_is_not_among_the_known(works: list[str], tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"")
    known = KnownWorks.measure([str(tmp_path / "broken.jpg"), *works[:2]], jobs=1)
    assert list(known.failed) == [0]
    found = find_work(works[1], known, jobs=1)
    assert [work.path for work in found] == [works[1], works[0]]


def test_versions_are_found_by_their_rows(works: list[str], tmp_path: Path) -> None:
    part = tmp_path / "part.png"
    cv2.imwrite(str(part), paint_work(2)[:170, 70:])
    (cluster,) = find_repeated_works([*works, str(part)], jobs=1).clusters
    assert cluster.members == [2, COUNT]
    assert cluster.relations == ("a part of it",)


def test_strange_pictures_are_looked_up_too(known: KnownWorks) -> None:
    for shape in ((1, 1), (20, 400), (300, 300)):
        found = find_work(np.full((*shape, 3), 90, np.uint8), known, jobs=1)
        assert not any(work.is_same for work in found)
