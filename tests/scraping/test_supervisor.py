"""The crew, with workers that play a part in place of a browser."""

import os
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from src.errors import Blocked, ConfigError
from src.fetching.hosts import Gate
from src.fetching.refusal import Refusal
from src.scraping.addresses import Artwork
from src.scraping.chrome import BrowserSpec
from src.scraping.collect import Ended, Order
from src.scraping.run import RawFolder, Run
from src.scraping.store import Store
from src.scraping.supervisor import Crew
from src.scraping.worker import Ask, Batch, Opened, Ready

CAPTCHA = Refusal("http://127.0.0.1/sorry", "a captcha page", 60.0, final=True)


class Diary:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def tell(self, event: str, **facts: Any) -> None:
        self.events.append((event, facts))

    def colors_of(self, event: str) -> list[str]:
        return [facts["color"] for name, facts in self.events if name == event]


def dies_before_it_works(pipe: Connection, spec: BrowserSpec, supervisor_pid: int) -> None:
    os._exit(1)


def dies_over_red(pipe: Connection, spec: BrowserSpec, supervisor_pid: int) -> None:
    pipe.send(Ready(""))
    while order := pipe.recv():
        if order.color == "RED":
            os._exit(1)
        find_one_work(pipe, order)


def meets_a_captcha(pipe: Connection, spec: BrowserSpec, supervisor_pid: int) -> None:
    pipe.send(Ready(""))
    order = pipe.recv()
    pipe.send(Opened(2))
    pipe.send(Batch((work(order.color),), "link"))
    pipe.send(Ask(1, CAPTCHA))
    pipe.recv()


def find_one_work(pipe: Connection, order: Order) -> None:
    pipe.send(Opened(1))
    pipe.send(Batch((work(order.color),), "link"))
    pipe.send(Ended("complete", ""))


def work(color: str) -> Artwork:
    return Artwork(f"key-{color}", "/asset/a/k", "/ci/x", color, "", "")


def order(color: str) -> Order:
    return Order("http://127.0.0.1:1", color, None, 1)


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def crew(folder: RawFolder, store: Store, diary: Diary, stop: threading.Event) -> Crew:
    def spec(number: int) -> BrowserSpec:
        return BrowserSpec("", folder.profiles / str(number), Path("unused"), "", 1)

    return Crew(Run(folder, store, diary, stop), Gate(None, 5), spec, size=1)


def play(part: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.scraping.supervisor.run_worker", part)


def test_colour_over_which_browsers_keep_dying_is_given_up_and_no_other(
    crew: Crew, store: Store, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(dies_over_red, monkeypatch)
    crew.collect([order("RED"), order("BLUE")])
    states = {row.color: (row.state, row.reason) for row in store.colors()}
    assert states == {"RED": ("stalled", "the browser died 4 times"), "BLUE": ("complete", "")}
    assert diary.colors_of("begun") == ["RED"] * 4 + ["BLUE"]


def test_browsers_that_die_before_they_work_end_the_run(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(dies_before_it_works, monkeypatch)
    with pytest.raises(ConfigError, match="die before they work"):
        crew.collect([order("RED")])


def test_refusal_that_is_final_closes_what_is_in_progress_and_keeps_what_was_found(
    crew: Crew, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(meets_a_captcha, monkeypatch)
    with pytest.raises(Blocked, match="captcha"):
        crew.collect([order("RED"), order("BLUE")])
    (row,) = store.colors()
    assert (row.color, row.state, row.found, row.declared) == ("RED", "blocked", 1, 2)


def test_a_stop_starts_nothing(
    crew: Crew, diary: Diary, store: Store, stop: threading.Event
) -> None:
    stop.set()
    crew.collect([order("RED")])
    assert diary.events == []
    assert store.colors() == []
