from collections.abc import Iterator

import pytest

from src.config import settings
from src.errors import ConfigError
from src.fetching.collect_options import check_site
from src.scraping.options import Effort, choose_effort


@pytest.fixture
def contact(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ARTLENS_CONTACT", "me@example.org")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_real_site_has_limits_whatever_is_asked_for() -> None:
    wild = choose_effort(live=True, browsers=9, connections=64, rate_per_s=1000)
    assert wild == Effort(browsers=2, connections=4, rate_per_s=5)
    assert choose_effort(live=True, browsers=None, connections=None, rate_per_s=None) == wild


def test_real_site_may_be_asked_less() -> None:
    gentle = choose_effort(live=True, browsers=1, connections=1, rate_per_s=0.2)
    assert gentle == Effort(1, 1, 0.2)


def test_museum_on_this_machine_has_no_rate_unless_asked() -> None:
    effort = choose_effort(live=False, browsers=None, connections=None, rate_per_s=None)
    assert effort == Effort(settings().browsers, settings().connections, None)


def test_other_machines_need_to_be_meant() -> None:
    with pytest.raises(ConfigError, match="--live"):
        check_site("https://example.org", live=False)
    check_site("http://127.0.0.1:80", live=False)


def test_real_site_needs_a_contact() -> None:
    with pytest.raises(ConfigError, match="ARTLENS_CONTACT"):
        check_site("", live=True)


@pytest.mark.usefixtures("contact")
def test_real_site_is_fine_with_a_contact() -> None:
    check_site("", live=True)
