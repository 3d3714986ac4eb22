from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.fetching.hosts import come_back
from src.fetching.refusal import DEFAULT_WAIT_S, parse_retry_after, read_refusal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.integers(0, 10**6))
def test_seconds_and_dates_ask_for_the_same_wait(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(str(seconds), NOW) == parse_retry_after(date, NOW) == seconds


def test_a_date_that_has_passed_asks_for_no_wait() -> None:
    assert parse_retry_after("Sun, 01 Mar 2020 12:00:00 GMT", NOW) == 0


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            "",
            "soon",
            "-5",
            "+5",
            "1.5",
            "1e3",
            "\xb2",
            "\u0663",
            "1_0",
            "0x10",
            "inf",
            "nan",
        ),
        *("99999999999999999", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"),
        *("Fri, 31 Dec 9999 23:59:59 -2359", "Fri, 31 Dec 99999 23:59:59 GMT", "Thu, 99 Jan 2026"),
    ],
)
def test_a_header_without_sense_asks_for_nothing(value: str | None) -> None:
    assert parse_retry_after(value, NOW) is None


@given(st.one_of(st.text(max_size=40), st.integers().map(str), st.floats().map(str)))
def test_whatever_is_said_the_wait_is_one_that_can_be_waited(value: str) -> None:
    wait_s = parse_retry_after(value, NOW)
    assert wait_s is None or 0 <= wait_s <= 366 * 86_400
    assert come_back(wait_s or 0)
    refusal = read_refusal("http://[::1", 429, {"Retry-After": value})
    assert refusal is not None
    assert refusal.final == (wait_s is None)


def test_too_many_requests_with_a_time_can_be_waited_out() -> None:
    refusal = read_refusal("http://a/x", 429, {"RETRY-after": "7"})
    assert refusal is not None
    assert (refusal.wait_s, refusal.final) == (7, False)


def test_too_many_requests_without_a_time_is_final() -> None:
    refusal = read_refusal("http://a/x", 429, {})
    assert refusal is not None
    assert (refusal.wait_s, refusal.final) == (DEFAULT_WAIT_S, True)


def test_a_captcha_is_final_whatever_its_status() -> None:
    refusal = read_refusal("https://a/sorry/index?continue=x", 200, {"Retry-After": "1"})
    assert refusal is not None
    assert refusal.final


@pytest.mark.parametrize(("status", "headers"), [(200, {}), (404, {}), (500, {}), (503, {})])
def test_other_answers_are_no_refusals(status: int, headers: dict[str, str]) -> None:
    assert read_refusal("http://a/x", status, headers) is None
