import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.fetching.outside import (
    decode_text,
    host_of,
    is_loopback,
    is_of_web,
    join_address,
    sound_text,
    split_address,
)

# Any text at all, also halves of characters, and what looks like an address until it does not.
ANY = st.text(st.characters(categories=None), max_size=30)
ADDRESSES = st.one_of(ANY, ANY.map("http://".__add__), ANY.map("http://a.org:".__add__))


@given(ADDRESSES, ADDRESSES)
def test_there_is_an_answer_for_every_address(base: str, address: str) -> None:
    whole = join_address(base, address)
    if is_of_web(whole):
        parts = split_address(whole)
        assert parts is not None
        assert host_of(whole)
        assert parts.port is None or 0 < parts.port < 65_536
    assert isinstance(is_loopback(whole), bool)


@pytest.mark.parametrize(
    "address",
    [
        *("", "x.jpg", "/x", "//a.org/x", "data:,x", "ftp://a.org/x", "http:///x", "http:x"),
        *("http://[::1", "http://a.org:99999/", "http://a.org:0/", "http://a.org:\xb2/"),
        *("http://a.org/\ud83d", "http://\u2100.org/"),
    ],
)
def test_what_nobody_can_ask_for_is_not_of_the_web(address: str) -> None:
    assert not is_of_web(address)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_read_in_whatever_encoding_it_shows(encoding: str) -> None:
    assert decode_text("café: €".encode(encoding)) == "café: €"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_shows_itself_without_a_mark(encoding: str) -> None:
    assert decode_text("User-agent: é".encode(encoding)) == "User-agent: é"


def test_header_and_page_say_how_they_are_encoded() -> None:
    text = "Šiška"
    assert decode_text(text.encode("cp1250"), "text/html; charset=windows-1250") == text
    page = f'<meta charset="iso-8859-2">{text}'
    assert decode_text(page.encode("iso-8859-2")) == page


@pytest.mark.parametrize("said", ["utf-16", "utf-32", "cp037", "hex", "none", "\xb2", ""])
def test_who_says_an_encoding_that_it_is_not_is_not_believed(said: str) -> None:
    assert decode_text(b"Disallow: /", f"text/plain; charset={said}") == "Disallow: /"


@given(st.binary(max_size=60), st.text(max_size=20))
def test_any_bytes_are_text_that_can_be_written(data: bytes, content_type: str) -> None:
    text = decode_text(data, f"text/html; charset={content_type}")
    assert text.encode().decode() == text


@given(ANY)
def test_sound_text_is_changed_only_where_it_cannot_be_written(text: str) -> None:
    sound = sound_text(text)
    assert sound_text(sound) == sound
    assert "\0" not in sound
    try:
        text.encode()
    except UnicodeEncodeError:
        assert sound.encode()
    else:
        assert sound == text.replace("\0", "\ufffd")
