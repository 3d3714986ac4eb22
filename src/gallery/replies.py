"""What the museum answers, and how a fault spoils it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

from .faults import Fault

HTML: Final = "text/html; charset=utf-8"
_PDF: Final = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
_NOTICE: Final = b"<!doctype html><title>Notice</title><p>This is no picture, but a web page.</p>"


class Ending(Enum):
    """What becomes of the connection once the body was sent."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()
    ENDLESS = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, as it will stand on the wire.

    Attributes
    ----------
    status : int
        HTTP status.
    content_type : str
        As the header says it, true or not.
    body : bytes
        What is sent.
    length : int, optional
        What the header announces: the body's true length when None, except that an endless body
        announces nothing.
    ending : Ending
        What follows the body.
    headers : Mapping of str to str
        Further headers.
    """

    status: int = HTTPStatus.OK
    content_type: str = HTML
    body: bytes = b""
    length: int | None = None
    ending: Ending = Ending.KEEP
    headers: Mapping[str, str] | None = None


def spoil(reply: Reply, fault: Fault) -> Reply:
    """Return the reply as `fault` has it sent.

    Examples
    --------
    >>> reply = spoil(Reply(body=b"12345678"), Fault(name="truncated"))
    >>> reply.body, reply.length, reply.ending.name
    (b'1234', 8, 'CLOSE')
    """
    return SPOILERS[fault.name](reply, fault)


def refuse(status: HTTPStatus, text: str = "", **headers: str) -> Reply:
    """Return a short page that says why nothing else is served."""
    title = f"{status.value} {status.phrase}"
    body = f"<!doctype html><title>{title}</title><p>{text or status.description}"
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status, body=body.encode(), headers=named)


def _half(reply: Reply) -> bytes:
    return reply.body[: len(reply.body) // 2]


SPOILERS: Final[Mapping[str, Callable[[Reply, Fault], Reply]]] = {
    "error-500": lambda reply, fault: refuse(HTTPStatus.INTERNAL_SERVER_ERROR),
    "rate-limit": lambda reply, fault: refuse(
        HTTPStatus.TOO_MANY_REQUESTS, retry_after=f"{fault.amount:g}"
    ),
    "captcha": lambda reply, fault: refuse(HTTPStatus.FOUND, location="/sorry/index"),
    "reset": lambda reply, fault: replace(
        reply, body=_half(reply), length=len(reply.body), ending=Ending.RESET
    ),
    "hang": lambda reply, fault: replace(
        reply, body=b"", length=len(reply.body), ending=Ending.HANG
    ),
    "truncated": lambda reply, fault: replace(
        reply, body=_half(reply), length=len(reply.body), ending=Ending.CLOSE
    ),
    "half-image": lambda reply, fault: replace(reply, body=_half(reply)),
    "wrong-length": lambda reply, fault: replace(
        reply, length=len(_half(reply)), ending=Ending.CLOSE
    ),
    "endless": lambda reply, fault: replace(reply, ending=Ending.ENDLESS),
    "html": lambda reply, fault: Reply(body=_NOTICE),
    "empty": lambda reply, fault: replace(reply, body=b""),
    "wrong-type": lambda reply, fault: replace(reply, body=_PDF),
}
