"""What comes from outside, of which nothing may be assumed: addresses, and text in any encoding.

Pure, and total: whatever is given, there is an answer and never an error.
"""

import codecs
import re
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

_LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does, so it is asked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# Where a page has to say how it is encoded, if it does (HTML, 4.2.5.4).
_HEAD_BYTES: Final = 1024
_WESTERN: Final = "cp1252"
_UNSOUND: Final = re.compile("[\0\ud800-\udfff]")


def split_address(address: str) -> SplitResult | None:
    """Take an address apart; None for what no parser takes, as bad brackets, a port of no machine.

    Examples
    --------
    >>> split_address("http://a.org:99999/x"), split_address("http://[::1/x")
    (None, None)
    """
    try:
        address.encode()  # halves of characters are sent by nobody
        parts = urlsplit(address)
        # Both are parsed only when they are asked for.
        return parts if parts.port != 0 and parts.hostname != "" else None
    except ValueError:
        return None


def join_address(base: str, address: str) -> str:
    """Return a whole address; what no parser takes comes back as it is."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def is_of_web(address: str) -> bool:
    """Say whether an address can be asked for over HTTP.

    Examples
    --------
    >>> is_of_web("https://a.org/x"), is_of_web("data:,x"), is_of_web("/x"), is_of_web("http:/x")
    (True, False, False, False)
    """
    parts = split_address(address)
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def is_loopback(address: str) -> bool:
    """Say whether an address stays on this machine.

    Examples
    --------
    >>> is_loopback("http://127.0.0.1:8000/color"), is_loopback("https://example.org/")
    (True, False)
    """
    parts = split_address(address)
    return parts is not None and parts.hostname in _LOOPBACK_HOSTS


def host_of(address: str) -> str:
    """Return host and port as they are asked, by which hosts are told apart; empty without one.

    Examples
    --------
    >>> host_of("http://A.org/x"), host_of("https://me:secret@a.org:8000"), host_of("x.jpg")
    ('a.org', 'a.org:8000', '')
    """
    parts = split_address(address)
    if parts is None or parts.hostname is None:
        return ""
    return parts.hostname + (f":{parts.port}" if parts.port else "")


def stand_in_address(site: str, address: str) -> str:
    """Return where a stand-in for all hosts keeps what is at an address, if there is one.

    Examples
    --------
    >>> stand_in_address("http://127.0.0.1:8000", "https://i.redd.it/a.jpg")
    'http://127.0.0.1:8000/i.redd.it/a.jpg'
    >>> stand_in_address("", "https://i.redd.it/a.jpg")
    'https://i.redd.it/a.jpg'
    """
    return f"{site}/{address.partition('://')[2]}" if site else address


def decode_text(data: bytes, content_type: str = "") -> str:
    r"""Return text that may be in any encoding.

    A byte order mark says which, or else the header, or else the page itself; where none of them
    does, NUL beside ASCII is UTF-16, and what is no UTF-8 is Windows-1252.

    Parameters
    ----------
    data : bytes
    content_type : str
        The header that came with it.

    Examples
    --------
    >>> decode_text("caf\xe9".encode("utf-16")), decode_text(b"caf\xe9")
    ('café', 'café')
    """
    mark = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if mark:
        return sound_text(data.decode(mark, errors="replace"))
    for name in (*_said_encodings(data, content_type), "utf-8"):
        try:
            return sound_text(data.decode(name))
        except (UnicodeError, LookupError):
            continue
    return sound_text(data.decode(_WESTERN, errors="replace"))


def _said_encodings(data: bytes, content_type: str) -> list[str]:
    if b"\0" in data[:2]:
        return ["utf-16-be" if data[:1] == b"\0" else "utf-16-le"]
    head = data[:_HEAD_BYTES].decode("ascii", errors="replace")
    said = (_CHARSET.search(text) for text in (content_type, head))
    return [found[1] for found in said if found and _holds_ascii(found[1])]


def _holds_ascii(name: str) -> bool:
    """Tell whether ASCII is ASCII in an encoding; what else is said to be wide shows its NULs."""
    try:
        return "User-agent".encode(name) == b"User-agent"
    except (UnicodeError, LookupError):
        return False


def sound_text(text: str) -> str:
    r"""Return text that can be written anywhere: for halves of characters and NUL stands U+FFFD.

    Examples
    --------
    >>> sound_text("Cut \ud83d"), sound_text("whole \ud83d\ude00")
    ('Cut �', 'whole 😀')
    """
    if _UNSOUND.search(text) is None:
        return text
    return (
        text.encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
        .replace("\0", "\ufffd")
    )
