import threading
from typing import Any

import prawcore
import pytest

from src.errors import Blocked, ConfigError, Incomplete
from src.gallery.forum import Forum
from src.reddit.api import Api, Listing, Stopped


@pytest.fixture
def api(forum: Forum) -> Api:
    return Api(threading.Event(), forum.url)


def ids(api: Api, listing: Listing) -> list[str]:
    return [post["id"] for post in api.list_posts(listing)]


def test_a_listing_is_read_to_its_end(api: Api, forum: Forum) -> None:
    before = len(forum.visits("listing"))
    assert len(set(ids(api, Listing("art")))) == 400
    assert len(forum.visits("listing")) - before == 4


def test_top_and_search_give_other_posts_than_the_newest(api: Api) -> None:
    top, new = ids(api, Listing("Art", "top")), ids(api, Listing("Art"))
    assert sorted(top) == sorted(new)
    assert top != new
    found = ids(api, Listing("Art", "search", "charcoal winter"))
    assert set(found) < set(new)


def test_posts_are_asked_for_by_their_ids_a_hundred_at_a_time(api: Api, forum: Forum) -> None:
    names = ids(api, Listing("Art"))[:250]
    before = len(forum.visits("info"))
    assert [post["id"] for post in api.ask_again([*names, "zzzz"])] == names
    assert len(forum.visits("info")) - before == 3


def test_who_asks_says_who_he_is(api: Api, forum: Forum) -> None:
    ids(api, Listing("Art"))
    assert forum.visits("listing")[-1].agent.startswith("artlens/")


def test_an_error_that_passes_is_waited_out(api: Api, forum: Forum) -> None:
    forum.switch("error-500:on=listing,first=1")
    assert len(ids(api, Listing("Art"))) == 400
    forum.switch("rate-limit:on=listing,value=1,first=1")
    assert len(ids(api, Listing("Art"))) == 400


def test_a_token_that_has_ended_is_asked_for_anew(api: Api, forum: Forum) -> None:
    ids(api, Listing("Art"))
    other = Api(threading.Event(), forum.url)
    ids(other, Listing("Art"))  # whose token ends the first one's
    assert len(ids(api, Listing("Art"))) == 400


@pytest.mark.parametrize("name", ["private", "nowhere"])
def test_a_closed_subreddit_is_told_by_its_name(api: Api, name: str) -> None:
    with pytest.raises(Incomplete, match=f"r/{name} new is not to be had"):
        ids(api, Listing(name))


@pytest.mark.parametrize("fault", ["html:on=token", "empty:on=token", "html:on=listing,after=1"])
def test_an_answer_that_is_none_of_the_api_is_told(forum: Forum, fault: str) -> None:
    forum.switch(fault)
    with pytest.raises(Incomplete, match="not the JSON of a listing"):
        ids(Api(threading.Event(), forum.url), Listing("Art"))


@pytest.mark.usefixtures("impatient")
def test_an_answer_is_waited_for_as_long_as_is_set(
    forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, waits = prawcore.Requestor.request, set[float]()

    def listen(*args: Any, timeout: float, **kwargs: Any) -> Any:
        waits.add(timeout)
        return ask(*args, timeout=timeout, **kwargs)

    monkeypatch.setattr(prawcore.Requestor, "request", listen)
    ids(Api(threading.Event(), forum.url), Listing("Art"))
    assert waits == {0.5}


@pytest.mark.usefixtures("impatient")
def test_no_refusal_is_taken_for_the_end(forum: Forum) -> None:
    forum.switch("rate-limit:on=listing,after=2,value=600")
    with pytest.raises(Blocked, match="429"):
        ids(Api(threading.Event(), forum.url), Listing("Art"))
    forum.switch("hang:on=listing")
    with pytest.raises(Incomplete, match="not to be had"):
        ids(Api(threading.Event(), forum.url), Listing("Art"))


def test_a_stop_ends_the_listing(forum: Forum) -> None:
    stop = threading.Event()
    posts = Api(stop, forum.url).list_posts(Listing("Art"))
    next(posts)
    stop.set()
    with pytest.raises(Stopped):
        list(posts)


def test_without_credentials_it_is_said_where_they_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in ("praw_client_id", "praw_client_secret"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="set praw_client_id and praw_client_secret"):
        Api(threading.Event())
