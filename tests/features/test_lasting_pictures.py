"""What networks measured for one answer, found again for the next."""

from pathlib import Path

import cv2
import pytest

from src import config
from src.errors import ArtlensError
from src.features import lasting_pictures
from src.features.backbones import embedding_spec, find_backbone
from src.features.extract_features import FeatureSpec
from src.features.lasting_pictures import LastingPictures
from src.features.measured_rows import measure_rows
from src.features.measuring import Measured, Specs, measure_picture
from src.features.paths_job import PathsJob
from src.features.picture_paths import PictureSearch
from src.features.specs import spec_for
from src.tasks import COLOR
from tests.data.versions import paint_work

NETWORK = embedding_spec(find_backbone(None))
BOTH = (NETWORK, spec_for(COLOR))


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ARTLENS_MEASURED_FILE", str(tmp_path / "measured.sqlite"))
    config.settings.cache_clear()
    cv2.imwrite(str(tmp_path / "work.jpg"), paint_work(1))
    return str(tmp_path / "work.jpg")


def _measure(path: str, specs: Specs, *, palette: bool) -> Measured | ArtlensError:
    search = PictureSearch([path])
    with LastingPictures(specs) as lasting:
        (found,) = map(PathsJob(search, specs, palette, 1, lasting).measure, search)
    return found


@pytest.mark.parametrize("palette", [False, True])
@pytest.mark.parametrize("specs", [(NETWORK,), BOTH], ids=["network", "both"])
def test_what_is_found_again_has_the_same_bytes(work: str, specs: Specs, palette: bool) -> None:
    expected = measure_picture(work, specs, palette=palette).pack(specs)
    for _ in range(2):
        found = _measure(work, specs, palette=palette)
        assert isinstance(found, Measured)
        assert found.pack(specs) == expected


def test_a_network_measures_a_picture_once(work: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[tuple[FeatureSpec, ...]]()

    def watch(source: bytes, specs: Specs, **options: object) -> Measured:
        asked.append(tuple(specs))
        return measure_picture(source, specs, palette=bool(options["palette"]))

    monkeypatch.setattr(lasting_pictures, "measure_picture", watch)
    for specs, palette in (((NETWORK,), False), ((NETWORK,), False), (BOTH, False), (BOTH, True)):
        assert isinstance(_measure(work, specs, palette=palette), Measured)
    assert asked == [(NETWORK,), BOTH[1:], BOTH[1:]]


def test_rows_of_training_and_of_answers_are_the_same_ones(
    work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = measure_rows([work], NETWORK, jobs=1).rows
    monkeypatch.delattr(lasting_pictures, "measure_picture")
    found = _measure(work, (NETWORK,), palette=False)
    assert isinstance(found, Measured)
    assert (found.rows[0] == row).all()


def test_a_part_of_a_file_is_not_kept_for_the_whole(work: str) -> None:
    content = Path(work).read_bytes()
    Path(work).write_bytes(content[: len(content) * 2 // 3])
    found = _measure(work, (NETWORK,), palette=False)
    assert isinstance(found, Measured)
    assert found.truncated
    assert list(measure_rows([work], NETWORK, jobs=1).failed) == [0]


def test_a_broken_file_is_called_by_its_name(work: str) -> None:
    Path(work).write_bytes(b"no picture")
    search = PictureSearch([work])
    (expected,) = map(PathsJob(search, (NETWORK,), False).measure, search)
    assert work in str(expected)
    assert str(_measure(work, (NETWORK,), palette=False)) == str(expected)
