import pytest

from src.scraping.details import read_details


def page(*rows: tuple[str, str]) -> str:
    return "".join(f"<li><span>{label}</span> {value}</li>" for label, value in rows)


def test_labels_are_read_whatever_the_classes() -> None:
    html = "<main><ul class=x>" + page(
        ("Title:", "Hay &amp; Sun"),
        ("Creator:", "<a href=/entity/1>A. Reaper</a>"),
        ("Date Created:", "1876"),
        ("Provenance:", "Field Museum"),
        ("Location Created:", "Fens"),
        ("Rights:", "none"),
    )
    assert read_details(html) == {
        "title": "Hay & Sun",
        "creator": "A. Reaper",
        "date": "1876",
        "museum": "Field Museum",
        "place": "Fens",
    }


def test_heading_stands_in_for_a_title_and_gives_way_to_one() -> None:
    assert read_details("<h1> The\n Kiss </h1>") == {"title": "The Kiss"}
    assert read_details("<h1>K</h1>" + page(("Title", "Kiss")))["title"] == "Kiss"


def test_empty_values_say_nothing() -> None:
    assert read_details(page(("Creator:", " "))) == {}


@pytest.mark.parametrize(
    "html", ["", "<li>", "<![x[", "<!x[", "</li></span>", "<h1><li><span>Title:", "<<<>"]
)
def test_broken_pages_break_nothing(html: str) -> None:
    assert read_details(html) == {}
