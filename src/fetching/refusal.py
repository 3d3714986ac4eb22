"""How a site says no: too many requests, come back later, prove that you are human. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from .outside import split_address

# When a site refuses without saying for how long, an hour is long enough to be polite.
DEFAULT_WAIT_S: Final = 3600.0
# Who asks for more than a year has miscounted, and means nothing by it.
_LONGEST_WAIT_S: Final = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal, and how long the site wants to be left alone.

    Attributes
    ----------
    url : str
        What was asked for.
    why : str
        What was answered.
    wait_s : float
        Seconds until we may come back.
    final : bool
        Whether waiting will not help within this run, as with a captcha.
    """

    url: str
    why: str
    wait_s: float
    final: bool


def is_captcha(url: str) -> bool:
    """Say whether an address is that of the page that asks for proof of being human.

    Examples
    --------
    >>> is_captcha("https://www.google.com/sorry/index?continue=x")
    True
    """
    parts = split_address(url)
    return parts is not None and parts.path.startswith("/sorry")


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for.

    Parameters
    ----------
    value : str or None
        The header: a number of seconds or an HTTP date.
    now : datetime
        The present, with its time zone.

    Returns
    -------
    float or None
        None when the header is missing or makes no sense, as when it asks for years.

    References
    ----------
    RFC 9110, section 10.2.3.

    Examples
    --------
    >>> at = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
    >>> parse_retry_after("120", at), parse_retry_after("Thu, 01 Jan 2026 12:01:00 GMT", at)
    (120.0, 60.0)
    """
    if value is None:
        return None
    wait_s = _seconds(value.strip(), now)
    return wait_s if wait_s is not None and wait_s <= _LONGEST_WAIT_S else None


def _seconds(value: str, now: datetime) -> float | None:
    # A digit is one of the ten, and not whatever some script counts with.
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
        if then.tzinfo is None:
            then = then.replace(tzinfo=UTC)
        return max(0.0, (then - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def read_refusal(url: str, status: int, headers: Mapping[str, str]) -> Refusal | None:
    """Say whether an answer is a refusal.

    A captcha is, and so is 429, and 503 when it names a time to come back.

    Parameters
    ----------
    url : str
        Where the answer came from, after any redirect.
    status : int
        HTTP status.
    headers : mapping
        HTTP headers, in any case.
    """
    if is_captcha(url):
        return Refusal(url, "a captcha page", DEFAULT_WAIT_S, final=True)
    lower = {name.lower(): value for name, value in headers.items()}
    wait_s = parse_retry_after(lower.get("retry-after"), datetime.now(UTC))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        why = "429 Too Many Requests"
        return Refusal(url, why, DEFAULT_WAIT_S if wait_s is None else wait_s, final=wait_s is None)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and wait_s is not None:
        return Refusal(url, "503 Service Unavailable", wait_s, final=False)
    return None
