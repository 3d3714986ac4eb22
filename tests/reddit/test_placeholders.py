from src.fetching.client import Body
from src.gallery.forum_site import removed_picture
from src.reddit.placeholders import Placeholder, is_placeholder, known_placeholders


def test_placeholders_are_known_by_where_they_are_and_by_their_bytes() -> None:
    known = known_placeholders()
    assert is_placeholder(Body(removed_picture(), "image/png", "https://a.org/x.png"), known)
    assert is_placeholder(Body(b"else", "", "https://i.imgur.com/removed.png?1"), known)


def test_a_picture_of_the_same_size_in_bytes_is_none() -> None:
    other = removed_picture()[:-1] + b"?"
    assert len(other) == 503
    assert not is_placeholder(Body(other, "", "https://a.org/x.png"), known_placeholders())
    assert not is_placeholder(Body(b"", "", "https://a.org/not-removed.jpg"), known_placeholders())


def test_those_of_both_hosts_are_known() -> None:
    assert {placeholder.size for placeholder in known_placeholders()} == {503, 1048}
    assert Placeholder.of(removed_picture()) in known_placeholders()
