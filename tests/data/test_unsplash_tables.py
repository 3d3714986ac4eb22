"""Whatever the edition, the same is read; what is damaged is told with its file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.unsplash_tables import Layout, write_tables
from src.data.unsplash_tables import Photo, Said, open_tables, read_keywords, read_photos
from src.errors import ConfigError, DataError

PHOTOS = "photo_id\tphoto_image_url\n"
KEYWORDS = (
    "photo_id\tkeyword\tai_service_1_confidence\tai_service_2_confidence\tsuggested_by_user\n"
)
TAGS = ("sea", "tree")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes rows as parts of both tables, and returns their folder."""

    def write_parts(
        *keywords: str, photos: str = "a\thttps://images.unsplash.com/a\n", head: str = KEYWORDS
    ) -> Path:
        (tmp_path / "photos.tsv000").write_bytes((PHOTOS + photos).encode())
        for part, rows in enumerate(keywords):
            (tmp_path / f"keywords.tsv00{part}").write_bytes((head + rows).encode())
        return tmp_path

    return write_parts


def said(folder: Path) -> list[Said]:
    return list(read_keywords(open_tables(folder).keywords, TAGS, lambda table, rows: None))


def test_all_parts_are_read_and_only_what_is_about_the_tags(write: Write) -> None:
    folder = write("a\tSea\t99.5\t\tf\na\tsky\t1\t2\tt\n", "b\t tree \t\t\tt\n")
    counts = dict[str, int]()
    tables = open_tables(folder)
    assert tables.services == (1, 2)
    assert list(read_keywords(tables.keywords, TAGS, counts.__setitem__)) == [
        Said("a", 0, (99.5, None), suggested=False),
        Said("b", 1, (None, None), suggested=True),
    ]
    assert counts == {"keywords.tsv000": 2, "keywords.tsv001": 1}


def test_columns_are_found_by_their_names_in_every_edition(write: Write, tmp_path: Path) -> None:
    head = (
        "ai_service_3_confidence,suggested_by_user,keyword,extra,ai_service_1_confidence,photo_id\n"
    )
    (tmp_path / "photos.csv000").write_text("photo_image_url,photo_id\nhttps://u.org/a,a\n")
    (tmp_path / "Keywords.CSV000").write_text(head + "41,true,sea,?,,a\n")
    (tmp_path / "colors.csv000").write_text("not asked for")
    assert open_tables(tmp_path).services == (1, 3)
    assert said(tmp_path) == [Said("a", 0, (None, 41.0), suggested=True)]
    (photo,) = read_photos(open_tables(tmp_path).photos)
    assert photo == Photo("a", "", "https://u.org/a", "", "")


def test_a_later_part_without_names_has_those_of_the_first(write: Write) -> None:
    folder = write("a\tsea\t99\t\tf\n")
    (folder / "keywords.tsv001").write_text("b\tsea\t\t88\tf\n")
    assert [row.asset_id for row in said(folder)] == ["a", "b"]


def test_descriptions_may_hold_tabs_lines_and_quotes(write: Write) -> None:
    photos = 'photo_description\nx1\thttps://u.org/1\t"one ""line""\nand\tanother"\nx2\thttps://u.org/2\t\n'
    (folder := write("")).joinpath("photos.tsv000").write_text(PHOTOS.strip() + "\t" + photos)
    found = list(read_photos(open_tables(folder).photos))
    assert [photo.title for photo in found] == ['one "line"\nand\tanother', ""]


def test_what_is_made_is_read_whole(tmp_path: Path) -> None:
    layout = Layout(",", ".csv00", services=3)
    rows = write_tables(tmp_path, 30, layout=layout)
    tables = open_tables(tmp_path)
    counts = list[int]()
    list(read_keywords(tables.keywords, TAGS, lambda table, rows: counts.append(rows)))
    assert (sum(counts), len(counts), tables.services) == (rows, 3, (1, 2, 3))
    photos = list(read_photos(tables.photos))
    assert len(photos) == 30
    assert all(photo.image.startswith("https://images.unsplash.com/photo-") for photo in photos)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a\tsea\t99\t\tf\nb\tsea\t9", r"keywords.tsv000 ends in the middle of a line \(line 3\)"),
        ("a\tsea\t99\t\tf\nb\tsea\t9\n", "ends early .line 3: 3 cells, 5 columns.*fetch it again"),
        ("a\tsea\t99\t\tf\tx\n", "keywords.tsv000 has a row with more cells .*line 2: 6 cells"),
        ('a\tsky\t99\t\tf\nb\t"sea\t9\t\tf\n', r"keywords.tsv000 is not a CSV table \(line 3: "),
        ('a\t"sea\t9\t\tf\nb\t"sky\t8\t\tf\n', r"keywords.tsv000 is not a CSV table \(line 2: "),
        ("a\tsky\t99\t\tf\nb\ts\0a\t9\t\tf\n", r"keywords.tsv000 holds a NUL .*\(line 3\)"),
        ("a\tsea\tvery\t\tf\n", "a confidence that is none .line 2: 'very', expected a number"),
        ("a\tsea\t\t100.5\tf\n", "a confidence that is none .line 2: '100.5'"),
        ("a\tsea\t\t\tmaybe\n", "a suggested_by_user that is none .line 2: 'maybe', expected t or"),
    ],
)
def test_damage_is_told_with_file_and_line(write: Write, rows: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        said(write(rows))


def test_damage_is_told_of_photos_too(write: Write) -> None:
    folder = write("", photos="\thttps://u.org/a\n")
    with pytest.raises(DataError, match=r"photos.tsv000 has a photo without a photo_id \(line 2\)"):
        list(read_photos(open_tables(folder).photos))


def test_tables_that_are_not_there_or_of_two_editions_are_refused(write: Write) -> None:
    folder = write()
    with pytest.raises(ConfigError, match="no table of keywords .*holds photos.tsv000"):
        open_tables(folder)
    write("", "", "", "")
    (folder / "keywords.tsv002").unlink()
    with pytest.raises(ConfigError, match="a part is missing .*keywords.tsv002.; fetch it too"):
        open_tables(folder)
    (folder / "keywords.tsv003").rename(folder / "keywords.csv002")
    with pytest.raises(ConfigError, match="two editions in one folder"):
        open_tables(folder)
    with pytest.raises(ConfigError, match="no such folder .*nowhere"):
        open_tables(folder / "nowhere")


def test_parts_with_other_columns_are_refused(write: Write) -> None:
    folder = write("")
    (folder / "keywords.tsv001").write_text("photo_id\tkeyword\tai_service_1_confidence\n")
    with pytest.raises(DataError, match="keywords.tsv001 has other columns than keywords.tsv000"):
        open_tables(folder)
    (folder / "keywords.tsv000").write_text("photo_id\tcolour\n")
    with pytest.raises(DataError, match="no table of keywords .it lacks keyword; it has photo_id"):
        open_tables(folder)
    (folder / "photos.tsv000").write_text("")
    with pytest.raises(DataError, match="photos.tsv000 is empty"):
        open_tables(folder)
