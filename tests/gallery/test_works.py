import pytest

from src.errors import ConfigError
from src.gallery.works import Catalogue, label_of, make_work, page_path, parse_totals


def test_published_totals_add_up_to_the_declared_holdings() -> None:
    assert sum(parse_totals("published").values()) == 57_886


@pytest.mark.parametrize("text", ["", "-3", "GREY=2", "RED=", "RED=x", "RED", "1.5"])
def test_unreadable_totals_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="number of works"):
        parse_totals(text)


def test_every_work_has_its_own_id_token_and_page() -> None:
    works = [work for hung in Catalogue(parse_totals("300"), 0).by_color.values() for work in hung]
    assert len({w.asset_id for w in works}) == len({w.token for w in works}) == 3300
    assert len({page_path(w) for w in works}) == 3300
    assert not {w.asset_id for w in works} & {w.token for w in works}


def test_another_seed_gives_other_works() -> None:
    assert make_work(0, "RED", 0).asset_id != make_work(1, "RED", 0).asset_id


def test_shared_works_hang_under_two_colours_and_totals_stay() -> None:
    by_color = Catalogue({"RED": 10, "BLUE": 10, "PINK": 10}, seed=0, shared=2).by_color
    assert [len(hung) for hung in by_color.values()] == [10, 10, 10]
    assert by_color["BLUE"][-2:] == by_color["RED"][:2]
    assert by_color["RED"][-2:] == by_color["PINK"][:2]
    assert len({w.asset_id for hung in by_color.values() for w in hung}) == 24


def test_more_shared_works_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match="too few works to share"):
        Catalogue({"RED": 3, "BLUE": 10}, seed=0, shared=2)


def test_slugs_are_plain_ascii() -> None:
    works = [make_work(0, "RED", index) for index in range(60)]
    assert not all(label_of(work).creator.isascii() for work in works)
    assert all(page_path(work).isascii() for work in works)
    assert any("-lucia-" in page_path(work) for work in works)
