"""Pictures that hosts show in the place of one that was removed."""

from hashlib import md5
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from ..fetching.client import Body
from ..gallery.forum_site import removed_picture


class Placeholder(NamedTuple):
    """What is known of one: the size of its file, and the digest that users of it have published.

    Examples
    --------
    >>> Placeholder.of(b"x")
    Placeholder(size=1, md5='9dd4e461268c8034f5c8564e155c67a6')
    """

    size: int
    md5: str

    @classmethod
    def of(cls, data: bytes) -> "Placeholder":
        """Return what tells a file."""
        return cls(len(data), md5(data, usedforsecurity=False).hexdigest())


# Where a host sends those to who ask for a picture that was removed there.
_REMOVED: Final = "/removed.png"


def known_placeholders() -> frozenset[Placeholder]:
    """Return imgur's (161 x 81 pixels), Reddit's (130 x 60), and that of its stand-in."""
    return frozenset(
        {
            Placeholder(503, "d835884373f4d6c8f24742ceabe74946"),
            Placeholder(1048, "f17b01901c752c1bb04928131d1661af"),
            Placeholder.of(removed_picture()),
        }
    )


def is_placeholder(body: Body, known: frozenset[Placeholder]) -> bool:
    """Tell whether an answer is a placeholder, by where it came from in the end and by its bytes.

    Examples
    --------
    >>> is_placeholder(Body(b"x", "", "https://i.imgur.com/removed.png"), frozenset())
    True
    """
    if urlsplit(body.url).path.endswith(_REMOVED):
        return True
    sizes = {placeholder.size for placeholder in known}
    return len(body.data) in sizes and Placeholder.of(body.data) in known
