"""What is seen of a picture: kept whole, measured as everywhere, drawn as large as it is."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from src.browse.glances import GLANCE, Errand, Glance, LastingGlances, Seen
from src.errors import ArtlensError, UnreadableImage
from src.features.extract_features import FEATURES_V1
from src.features.measuring import measure_picture
from src.jobs.shard_store import Picture
from tests.data.versions import paint_work


def _see(path: Path | str, folder: Path, **options: bytes) -> Seen | ArtlensError:
    errand = Errand((FEATURES_V1,), str(folder), "")
    with LastingGlances(errand) as lasting:
        (found,) = lasting.see([Picture("it", str(path))], jobs=1, **options)
    return found


def _seen(path: Path | str, folder: Path, **options: bytes) -> Seen:
    found = _see(path, folder, **options)
    assert isinstance(found, Seen)
    return found


def test_it_is_measured_as_by_who_predicts_and_recalled_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(paint_work(0, 1300, 900)[..., ::-1]).save(path)
    first, again = (_seen(path, tmp_path) for _ in range(2))
    expected = measure_picture(str(path), [FEATURES_V1])
    for seen in (first, again):
        assert seen.rows[0].tolist() == expected.rows[0].tolist()
        assert seen.measured.colors.tolist() == expected.colors.tolist()
        assert seen.measured.shares.tolist() == expected.shares.tolist()
        assert seen.measured.texture == expected.texture
    assert first.glance.pack() == again.glance.pack()
    assert (first.glance.width, first.glance.height) == (1300, 900)
    known = first.glance
    assert Glance.unpack(known.pack(), bytes.fromhex(known.print.sha256)).print == known.print


def test_a_large_photograph_is_drawn_of_more_pixels_than_are_measured(tmp_path: Path) -> None:
    """Turned by its EXIF, it is upright."""
    path = tmp_path / "a.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (3000, 4000), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise).convert("RGB").save(path, exif=exif)
    seen = _seen(path, tmp_path)
    assert (seen.glance.width, seen.glance.height) == (3000, 4000)
    with Image.open(tmp_path / seen.glance.small.large) as image:
        assert image.size == (768, 1024)
    with Image.open(tmp_path / seen.glance.small.small) as image:
        assert image.size == (180, 240)


def test_what_is_no_picture_is_told_of_without_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"text")
    for path in (tmp_path / "a.jpg", tmp_path / "none.jpg"):
        found = _see(path, tmp_path)
        assert isinstance(found, UnreadableImage)
        assert str(found).startswith("cannot read <bytes>: ")
        assert str(tmp_path) not in str(found)


def test_a_part_of_a_file_is_seen_but_not_kept_for_the_whole(tmp_path: Path) -> None:
    data = cv2.imencode(".jpg", paint_work(5, 600, 500))[1].tobytes()
    path = tmp_path / "half.jpg"
    path.write_bytes(data[: len(data) // 2])
    for _ in range(2):
        seen = _seen(path, tmp_path)
        assert seen.measured.truncated
        assert seen.glance.height < 500
    with LastingGlances(Errand((FEATURES_V1,), str(tmp_path), "")) as lasting:
        kept, row = (part.look_up(str(path)) for part in lasting._parts)
    assert type(kept).__name__ == "Known"
    assert type(row).__name__ == "Wanted"


def test_the_picture_of_standard_input_and_of_an_address_is_seen(tmp_path: Path) -> None:
    data = cv2.imencode(".png", paint_work(6))[1].tobytes()
    assert _seen("-", tmp_path, stdin=data).glance.width == 320
    one = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    assert _seen(one, tmp_path).glance.small.is_in(str(tmp_path))


def test_the_spec_of_what_is_kept_has_a_name() -> None:
    assert (GLANCE.name, GLANCE.version) == ("glance", 1)
