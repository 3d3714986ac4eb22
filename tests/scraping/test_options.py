from collections.abc import Iterator
from dataclasses import replace

import pytest

from src.config import settings
from src.errors import ConfigError
from src.scraping.options import Effort, Options, check_site, choose_effort, claim_folder
from src.scraping.pipeline import colors_left
from src.scraping.store import Store
from src.scraping.tables import ColorRow, State

BUILT_IN = Options("", live=False, works="", colors=("RED",), cap=None, effort=Effort(1, 1, None))


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


def test_folder_remembers_its_museum(store: Store) -> None:
    assert claim_folder(store, replace(BUILT_IN, works="RED=9")) == "RED=9"
    assert claim_folder(store, BUILT_IN) == "RED=9"
    with pytest.raises(ConfigError, match="RED=9"):
        claim_folder(store, replace(BUILT_IN, works="RED=10"))


@pytest.mark.parametrize("other", [{"live": True}, {"site": "http://127.0.0.1:1"}])
def test_folder_belongs_to_one_site(store: Store, other: dict[str, str | bool]) -> None:
    claim_folder(store, BUILT_IN)
    with pytest.raises(ConfigError, match="another --data-dir"):
        claim_folder(store, replace(BUILT_IN, **other))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "had", "cap", "left"),
    [
        ("complete", None, None, False),
        ("complete", None, 3, False),
        ("capped", 5, 5, False),
        ("capped", 5, 3, False),
        ("capped", 5, 6, True),
        ("capped", 5, None, True),
        ("stalled", None, None, True),
        ("blocked", None, None, True),
        ("collecting", None, None, True),
    ],
)
def test_what_is_not_proven_is_left(state: State, had: int | None, cap: int, left: bool) -> None:
    row = ColorRow("RED", state, "", 9, had, "", 5, 0, 0)
    assert colors_left([row], ("RED",), cap) == (["RED"] if left else [])
    assert colors_left([row], ("RED", "BLUE"), cap)[0] == "BLUE"
