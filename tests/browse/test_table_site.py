"""A site of a table: captions, filters, years; and what a person corrects on it is learned from."""

import base64
import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.browse.fake_site import make_works
from src.browse.filters import find_filters
from src.browse.named_pictures import Named
from src.data.gathering import gather_pictures
from src.data.sources import Asked
from src.tasks import COLOR, Kind, Task
from tests.browse.made_site import Made, make_site, write_picture
from tests.data.versions import paint_work

COLUMNS = ("file", "Title", "artist", "date", "link", "rights", "material", "color", "note")
ROWS = [
    (
        "0.png",
        '<b>"One"</b>',
        "Klee",
        "c. 1900",
        "https://a.org/1",
        "CC0",
        "oil|wood",
        "RED",
        "",
    ),
    ("1.png", "", "Klee", "1950", "javascript:alert(1)", "", "oil", "BLUE", "said once"),
    ("2.png", "Three", "", "", "", "", '["ink", "paper"]', "", ""),
    ("sub/3.png", "Four", "Marc", "1900", "", "", "", "RED", ""),
    ("gone.png", "Five", "Marc", "1900", "", "", "", "RED", ""),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("museum")
    for seed, row in enumerate(ROWS[:-1]):
        write_picture(folder / row[0], paint_work(20 + seed))
    write_picture(folder / "not in it.png", paint_work(30))
    with (folder / "works.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *ROWS])
    with pytest.raises(SystemExit):
        make_site([str(folder / "works.csv")], folder / "site", title="Ours", task=["color,medium"])
    return Made(folder / "site", folder)


def _named(made: Made) -> dict[str, dict[str, Any]]:
    return {picture["name"]: picture for picture in made.pictures}


def test_what_the_table_says_stands_beside_each_picture(made: Made) -> None:
    pictures = _named(made)
    assert set(pictures) == {"0.png", "1.png", "2.png", "sub/3.png"}
    first = pictures["0.png"]
    said = {key: first[key] for key in ("title", "by", "link", "rights")}
    assert said == {
        "title": '<b>"One"</b>',
        "by": "Klee",
        "link": "https://a.org/1",
        "rights": "CC0",
    }
    assert first["more"] == [["date", "c. 1900"], ["material", "oil|wood"], ["color", "RED"]]
    # Nobody can be made to run what a table calls a link.
    assert "link" not in pictures["1.png"]
    assert pictures["1.png"]["more"][-1] == ["note", "said once"]
    assert [answer["task"] for answer in first["answers"]] == ["color", "medium"]
    assert made.data("broken")["files"] == [
        ["gone.png", "cannot read gone.png: no file (there is no such picture)"]
    ]


def test_filters_are_of_models_then_of_the_table(made: Made) -> None:
    columns = made.data("site")["columns"]
    assert [(c["name"], c["kind"], c["source"]) for c in columns] == [
        ("color", "one", "table"),
        ("medium", "one", "model"),
        ("year", "number", "table"),
        ("artist", "one", "table"),
        ("material", "many", "table"),
    ]
    color, _, year, artist, material = columns
    assert dict(zip(color["values"], color["counts"], strict=True)) == {"RED": 2, "BLUE": 1}
    assert dict(zip(color["values"], color["swatches"], strict=True))["RED"].startswith("#c8")
    assert (year["least"], year["most"], year["none"]) == (1900, 1950, 1)
    assert (artist["values"], artist["counts"], artist["none"]) == (["Klee", "Marc"], [2, 1], 1)
    places = [picture["name"] for picture in made.pictures]
    years = np.frombuffer(base64.b64decode(made.data("column-2")["values"]), np.int16)
    assert dict(zip(places, years.tolist(), strict=True)) == {
        "0.png": 1900,
        "1.png": 1950,
        "2.png": -32768,
        "sub/3.png": 1900,
    }
    packed = made.data("column-4")
    counts = np.frombuffer(base64.b64decode(packed["counts"]), np.uint8).tolist()
    values = iter(np.frombuffer(base64.b64decode(packed["values"]), np.uint8).tolist())
    told = {
        name: {material["values"][next(values)] for _ in range(count)}
        for name, count in zip(places, counts, strict=True)
    }
    assert told == {
        "0.png": {"oil", "wood"},
        "1.png": {"oil"},
        "2.png": {"ink", "paper"},
        "sub/3.png": set(),
    }


def test_all_that_is_written_of_a_picture_can_be_searched(made: Made) -> None:
    texts = made.data("words-0")["texts"]
    found = dict(zip((picture["name"] for picture in made.pictures), texts, strict=True))
    said = ["0.png", '<b>"One"</b>', "Klee", "c. 1900", "CC0", "oil|wood", "RED"]
    assert found["0.png"].split("\n") == said
    assert found["1.png"].split("\n") == ["1.png", "Klee", "1950", "oil", "BLUE", "said once"]


def test_plain_pages_show_titles_and_have_one_for_each_value(made: Made) -> None:
    reds = (made.folder / "plain" / "0-1.html").read_text("utf-8")
    assert "&lt;b&gt;&quot;One&quot;&lt;/b&gt;" in reds
    assert reds.count("<img ") == 2
    assert "Four" in reds
    assert "Three" not in reds


def test_corrections_beside_the_pictures_are_labels(made: Made, tmp_path: Path) -> None:
    """As the page writes them: a row a picture, a file a question."""
    path = made.source / "corrections-color.csv"
    names = sorted(_named(made))
    rows = [["filename", "color"], *([name, "PINK"] for name in names)]
    rows[1][1] = "TEAL"
    path.write_text("".join(",".join(row) + "\r\n" for row in rows))
    found = gather_pictures(path, Asked(task="color"), tmp_path)
    assert found.target == "color"
    assert [(p.path, p.label) for p in found.pictures] == [
        (str(made.source / name), "TEAL" if name == names[0] else "PINK") for name in names
    ]


def test_a_column_in_which_nothing_stands_leaves_the_filter_to_the_answers() -> None:
    works = [work.seen() for work in make_works(3)]
    tasks = (COLOR, Task("medium", "museum"), Task("tags", "tags", Kind.MANY, ("boat", "road")))
    columns = ("title", "artist", "year", "museum", "link", "rights")
    for cell, source in (("", "model"), ("A", "table")):
        told = [
            work._replace(picture=work.picture._replace(values=("", "", "", cell, "", "")))
            for work in works
        ]
        _, medium, tags = find_filters(told, tasks, Named([], "", "", columns))[:3]
        assert medium.facts["source"] == source
        assert sum(medium.facts["counts"]) == 3
        # Of several answers to a picture, all are its values.
        assert tags.facts["kind"] == "many"
        assert tags.counts is not None
        assert tags.counts.tolist() == [len(work.answers[2].labels) for work in works]


def test_filters_of_nothing_are_none() -> None:
    assert find_filters([], [], Named([], "", "")) == []
