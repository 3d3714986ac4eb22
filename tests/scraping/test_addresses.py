from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.errors import ConfigError
from src.fetching.outside import is_loopback
from src.images import WORKING_SIZE
from src.scraping.addresses import (
    LIVE_BASE,
    THUMBNAIL_SUFFIX,
    Artwork,
    RawTile,
    asset_id_of,
    is_asset_id,
    largest_first,
    parse_colors,
    portable,
    read_tile,
    thumbnail_address,
)
from src.tasks.color import COLORS

ASSET_IDS = st.text("abcXYZ019_-", min_size=1, max_size=20)


@given(ASSET_IDS, st.text("abc-", max_size=10), st.sampled_from(["", "?col=RED", "#x", "/"]))
def test_key_of_a_work_is_found_in_every_form_of_its_link(key: str, slug: str, end: str) -> None:
    path = f"/asset/{slug}/{key}{end}" if slug else f"/asset/{key}{end}"
    assert asset_id_of(path) == asset_id_of(LIVE_BASE + path) == key


@pytest.mark.parametrize("href", ["/story/x", "/asset/", "/assets/a/b", "/asset/a/b/c", "", "#"])
def test_other_links_lead_to_no_work(href: str) -> None:
    assert asset_id_of(href) is None


@pytest.mark.parametrize("key", ["", "..", "../x", "a/b", "a.b", "a\\b", "a\n", "ä"])
def test_a_key_that_is_no_file_name_is_refused(key: str) -> None:
    assert not is_asset_id(key)


@given(st.sampled_from(["", "=w400", "=w218-c-h218-rw-v1", "=s0", "=w1-h2-p"]))
def test_thumbnail_is_asked_for_in_one_size_whatever_the_tile_says(suffix: str) -> None:
    wanted = "//img.test/ci/AL18g_X=w218-c-h218-rw-v1"
    assert thumbnail_address("//img.test/ci/AL18g_X" + suffix) == wanted


def test_addresses_of_this_machine_are_stored_without_their_port() -> None:
    one, two = (portable(f"http://127.0.0.1:{port}", "/asset/a/B?x=1") for port in (1, 2))
    assert one == two == "/asset/a/B?x=1"


def test_real_addresses_are_stored_whole() -> None:
    assert portable(LIVE_BASE, "/asset/a/B") == LIVE_BASE + "/asset/a/B"
    assert portable(LIVE_BASE, "//lh3.test/ci/A") == "https://lh3.test/ci/A"


@pytest.mark.parametrize("url", ["http://127.0.0.1.example.org/", "http://example.org/127.0.0.1"])
def test_a_host_that_only_looks_like_this_machine_is_not(url: str) -> None:
    assert not is_loopback(url)


def test_tile_becomes_a_record() -> None:
    tile = ("/asset/a-b/KEY_1?col=RED", "//img.test/ci/T=w9", "  The\n Kiss ", "G.  Klimt")
    page, image = LIVE_BASE + "/asset/a-b/KEY_1", "https://img.test/ci/T=w218-c-h218-rw-v1"
    expected = Artwork("KEY_1", page, image, "RED", "The Kiss", "G. Klimt")
    assert read_tile(LIVE_BASE, "RED", tile) == expected


def test_tile_without_an_address_is_kept_without_one() -> None:
    artwork = read_tile(LIVE_BASE, "RED", ("/asset/a/K", "", "", ""))
    assert artwork is not None
    assert artwork.image == ""


ANY = st.text(st.characters(categories=None), max_size=30)


@given(st.tuples(*[st.one_of(ANY, ANY.map("//a:".__add__), ANY.map("/asset/".__add__))] * 4))
def test_whatever_a_tile_says_what_is_kept_can_be_written(tile: RawTile) -> None:
    artwork = read_tile(LIVE_BASE, "RED", tile)
    if artwork is not None:
        assert is_asset_id(artwork.asset_id)
        assert all(text.encode() is not None for text in astuple(artwork))


@pytest.mark.parametrize("image", ["data:image/gif;base64,AA==", "javascript:x", "http://[::1/x"])
def test_what_is_no_address_is_kept_as_it_is(image: str) -> None:
    artwork = read_tile(LIVE_BASE, "RED", ("/asset/a/K", image, "", ""))
    assert artwork is not None
    assert artwork.image == image


def test_a_picture_in_its_address_is_kept_short() -> None:
    artwork = read_tile(LIVE_BASE, "RED", ("/asset/a/K", "data:" + "A" * 10**6, "", ""))
    assert artwork is not None
    assert len(artwork.image) == 200


@given(st.permutations(COLORS), st.dictionaries(st.sampled_from(COLORS), st.integers(0, 10**6)))
def test_order_of_colours_does_not_depend_on_how_they_were_named(
    colors: list[str], declared: dict[str, int]
) -> None:
    assert largest_first(colors, declared) == largest_first(COLORS, declared)


def test_declared_totals_outweigh_those_seen_before() -> None:
    assert largest_first(COLORS, {"PINK": 10**6})[0] == "PINK"


def test_colours_are_parsed_once_each_and_default_to_all() -> None:
    assert parse_colors(["red", " BLUE", "RED"]) == ("RED", "BLUE")
    assert parse_colors([]) == COLORS


def test_an_unknown_colour_is_named() -> None:
    with pytest.raises(ConfigError, match="MAUVE"):
        parse_colors(["mauve"])


def test_thumbnails_have_the_size_to_which_pictures_are_brought() -> None:
    assert f"=w{WORKING_SIZE}-c-h{WORKING_SIZE}-rw-v1" == THUMBNAIL_SUFFIX
