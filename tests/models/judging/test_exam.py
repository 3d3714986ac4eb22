import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from src.data.schemas import processed_schema
from src.data.sources import Asked
from src.data.tables import write_table
from src.errors import ConfigError, DataError
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.features.measuring import Measured
from src.files import file_sha256
from src.models.judging.exam import MEASURED, Exam, find_exam, look_at_pictures, workplace
from src.tasks import COLOR
from tests.models.judging.labelled_art import COUNTS, lay_out_art
from tests.models.training_tables import make_table

SPECS = (FEATURES_V1,)
ASKED = Asked(task="color", least_classes=1)


def measure(exam: Exam, work: Path) -> tuple[list[object], list[str]]:
    told: list[str] = []
    return list(look_at_pictures(exam, SPECS, work, 1, told.append)), told


def test_pictures_are_measured_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    art = lay_out_art(tmp_path / "art")
    (art / "red" / "bad.png").write_bytes(b"no picture")
    exam = find_exam(art, ASKED, SPECS, None, tmp_path / "work")
    looked = list(look_at_pictures(exam, SPECS, tmp_path / "work", 1, print))
    assert len(looked) == sum(COUNTS.values()) + 1
    found = {picture.source: seen for picture, seen in looked}
    bad = found.pop(f"{art}/red/bad.png")
    assert isinstance(bad, str)
    assert bad.startswith(f"cannot read {art}/red/bad.png: ")
    assert all(isinstance(seen, Measured) for seen in found.values())


def test_members_of_an_archive_that_cannot_be_read_are_told_by_their_names(tmp_path: Path) -> None:
    archive = tmp_path / "art.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("red/bad.png", b"no picture")
        packed.write(lay_out_art(tmp_path / "art") / "pink" / "0.png", "pink/0.png")
    exam = find_exam(archive, ASKED, SPECS, None, tmp_path / "work")
    looked, told = measure(exam, tmp_path / "work")
    assert len(looked) == 2
    assert len(told) == 1
    assert told[0].startswith(f"cannot read {archive}!red/bad.png: ")


def test_a_picture_in_two_rows_is_measured_once_and_yielded_twice(tmp_path: Path) -> None:
    art = lay_out_art(tmp_path / "art")
    table = tmp_path / "art" / "both.csv"
    table.write_text("file_name,label\nred/0.png,RED\nred/0.png,PINK\n")
    exam = find_exam(table, ASKED, SPECS, None, tmp_path / "work")
    looked = list(look_at_pictures(exam, SPECS, tmp_path / "work", 1, print))
    assert [(picture.source, picture.label) for picture, _ in looked] == [
        (f"{art}/red/0.png", "RED"),
        (f"{art}/red/0.png", "PINK"),
    ]
    assert looked[0][1] is looked[1][1]


def test_rows_of_a_processed_table_are_taken_as_they_are(tmp_path: Path) -> None:
    path, table = tmp_path / "mine.csv", make_table({"RED": 8, "PINK": 8})
    write_table(
        table.assign(split=["test", "train"] * 8), path, processed_schema(FEATURE_NAMES, COLOR)
    )
    exam = find_exam(path, ASKED, SPECS, "all", tmp_path / "work")
    assert exam.table_sha256 == file_sha256(path)
    looked = list(look_at_pictures(exam, SPECS, tmp_path / "work", 1, print))
    assert [picture.source for picture, _ in looked] == sorted(table["filename"])
    (picture, seen) = looked[0]
    assert isinstance(seen, Measured)
    expected = table[table["filename"] == picture.source][list(FEATURE_NAMES)].to_numpy()[0]
    assert seen.rows[0] == pytest.approx(expected, rel=1e-5)
    assert (
        picture.label == dict(zip(table["filename"], table["color"], strict=True))[picture.source]
    )
    part = find_exam(path, ASKED, SPECS, None, tmp_path / "work")
    assert (len(part.found.pictures), part.aside, part.part) == (8, 8, "test")
    assert len(list(look_at_pictures(part, SPECS, tmp_path / "work", 1, print))) == 8


def test_the_test_part_judges_where_there_is_one(tmp_path: Path) -> None:
    art = lay_out_art(tmp_path / "art" / "train")
    lay_out_art(tmp_path / "art" / "test", seed=6)
    everything = 2 * sum(COUNTS.values())

    def counts(part: str | None) -> tuple[int, int]:
        exam = find_exam(art.parent, ASKED, SPECS, part, tmp_path / "work")
        return len(exam.found.pictures), exam.aside

    assert counts(None) == counts("test") == (everything // 2, everything // 2)
    assert counts("all") == (everything, 0)
    with pytest.raises(ConfigError, match=r"no part 'val' .*in test, train.*leave out --split"):
        counts("val")


def test_a_source_without_a_picture_that_is_there_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "art.zip", "w") as packed:
        packed.writestr("red/a.txt", b"no picture")
    with pytest.raises(DataError, match="there is no picture"):
        find_exam(tmp_path / "art.zip", ASKED, SPECS, None, tmp_path / "work")


def test_nothing_is_left_of_the_work_but_after_an_interrupt(tmp_path: Path) -> None:
    with workplace(None) as place:
        (place / "a").write_text("x")
    assert not place.exists()
    out = tmp_path / "out"
    assert not stop_at_work(out, DataError).exists()
    assert not out.exists()
    # What others have begun is theirs, even if this one cannot go on.
    with workplace(out) as place:
        (place / MEASURED).write_text("x")
        stop_at_work(out, DataError)
        assert (place / MEASURED).exists()
    assert not out.exists()
    assert stop_at_work(out, KeyboardInterrupt).exists()
    with workplace(out) as place:
        (out / "page").write_text("x")
    assert [path.name for path in out.iterdir()] == ["page"]


def stop_at_work(out: Path, error: type[BaseException]) -> Path:
    """Return a file that was there when the work was stopped."""
    with suppress(error), workplace(out) as place:
        (place / "a").write_text("x")
        raise error
    return place / "a"
