import json
from base64 import b64encode

import pytest

from src.gallery.faults import RequestKind, parse_fault
from src.gallery.forum_posts import Posts, Shown
from src.gallery.forum_site import (
    CLIENT,
    REMOVED,
    ForumSite,
    painted_picture,
    plain_picture,
    removed_picture,
)
from src.gallery.replies import Reply, Request
from src.images import decode_image

POSTS = Posts("Art", 1200, seed=0)
BASIC = b64encode(":".join(CLIENT).encode()).decode()


@pytest.fixture
def site() -> ForumSite:
    return ForumSite([POSTS], 0, plain_picture)


def get(site: ForumSite, path: str, *faults: str, authorization: str = "") -> Reply:
    struck = tuple(parse_fault(fault) for fault in faults)
    return site.answer(Request(path, "forum.test", authorization=authorization), struck)


def bearer(site: ForumSite) -> str:
    reply = get(site, "/api/v1/access_token", authorization=f"Basic {BASIC}")
    return f"bearer {json.loads(reply.body)['access_token']}"


def names(reply: Reply) -> list[str]:
    return [child["data"]["name"] for child in json.loads(reply.body)["data"]["children"]]


def place(number: int) -> str:
    return list(POSTS.pictures)[number]


def test_only_the_right_credentials_get_a_token_and_only_a_token_opens(site: ForumSite) -> None:
    assert get(site, "/api/v1/access_token", authorization="Basic eDp5").status == 401
    assert get(site, "/r/Art/new").status == 401
    first = bearer(site)
    assert get(site, "/r/Art/new", authorization=first).status == 200
    bearer(site)
    assert get(site, "/r/Art/new", authorization=first).status == 401


def test_listings_give_a_hundred_a_page_and_a_thousand_in_all(site: ForumSite) -> None:
    token, found, after = bearer(site), list[str](), ""
    while after is not None:
        path = f"/r/art/new?limit=500&after={after}"
        reply = get(site, path, authorization=token)
        assert len(names(reply)) == 100
        found += names(reply)
        after = json.loads(reply.body)["data"]["after"]
    assert found == [post["name"] for post in POSTS.listed[:1000]]
    assert reply.headers is not None
    assert reply.headers["x-ratelimit-used"] == "10"


def test_requests_are_counted_anew_after_a_while(
    site: ForumSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, now = bearer(site), [1000.0]
    monkeypatch.setattr("src.gallery.forum_site.time.monotonic", lambda: now[0])

    def headers() -> list[str]:
        found = get(site, "/r/Art/new", authorization=token).headers or {}
        return [found[f"x-ratelimit-{name}"] for name in ("used", "remaining", "reset")]

    assert headers() == ["1", "999.0", "300"]
    now[0] += 100
    assert headers() == ["2", "998.0", "200"]
    now[0] += 200
    assert headers() == ["1", "999.0", "300"]


def test_top_is_by_score_and_search_by_words(site: ForumSite) -> None:
    token = bearer(site)
    scores = [POSTS.by_id[name[3:]]["score"] for name in
              names(get(site, "/r/Art/top?limit=100", authorization=token))]  # fmt: skip
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == max(post["score"] for post in POSTS.listed)
    found = names(get(site, "/r/Art/search?q=charcoal%20winter&limit=100", authorization=token))
    titles = [POSTS.by_id[name[3:]]["title"].lower() for name in found]
    assert titles
    assert all("charcoal" in title and "winter" in title for title in titles)


def test_doors_that_stay_closed(site: ForumSite) -> None:
    token = bearer(site)
    assert get(site, "/r/private/new", authorization=token).status == 403
    assert get(site, "/r/nowhere/new", authorization=token).status == 404
    assert get(site, "/r/Art/worst", authorization=token).status == 404


def test_posts_by_their_ids_tell_which_were_deleted_since(site: ForumSite) -> None:
    token, wanted = bearer(site), [post["name"] for post in POSTS.listed[:50]]
    path = f"/api/info?id={','.join([*wanted, 't3_unknown'])}"
    assert names(get(site, path, authorization=token)) == wanted
    reply = get(site, path, "deleted-since:share=0.3", authorization=token)
    authors = [child["data"]["author"] for child in json.loads(reply.body)["data"]["children"]]
    assert 0 < authors.count("[deleted]") < 50


def test_pictures_are_whole_and_of_their_type(site: ForumSite) -> None:
    for number in range(20):
        reply = get(site, f"/{place(number)}")
        assert min(decode_image(reply.body).shape[:2]) >= 100
        assert (reply.content_type == "image/png") == (reply.body[:4] == b"\x89PNG")


def test_a_copy_is_smaller_and_shows_the_same() -> None:
    original, copy = (
        decode_image(painted_picture(Shown("sculpture", 1, again), 0, "jpg"))
        for again in (False, True)
    )
    assert copy.shape[0] == pytest.approx(original.shape[0] * 0.8, abs=1)
    assert abs(copy.mean() - original.mean()) < 3


def test_what_is_removed_looks_as_it_does_there(site: ForumSite) -> None:
    assert len(removed_picture()) == 503
    assert decode_image(removed_picture()).shape == (81, 161, 3)
    elsewhere = get(site, "/i.imgur.com/unknown.jpg")
    assert elsewhere.status == 302
    assert elsewhere.headers == {"Location": REMOVED}
    assert get(site, REMOVED).body == removed_picture()
    assert get(site, "/i.redd.it/unknown.jpg").status == 404
    assert get(site, f"/{place(0)}", "gone").status in (302, 404)
    assert get(site, f"/{place(0)}", "placeholder").body == removed_picture()


def test_faults_of_replies_strike_here_too(site: ForumSite) -> None:
    token = bearer(site)
    assert get(site, "/r/Art/new", "status:value=401", authorization=token).status == 401
    silent = get(site, "/r/Art/new", "rate-limit-silent", authorization=token)
    assert silent.status == 429
    assert not silent.headers
    assert get(site, f"/{place(0)}", "redirect-loop").headers == {"Location": "?again"}
    assert get(site, f"/{place(0)}?again", "redirect-loop").status == 302


def test_kinds_of_requests(site: ForumSite) -> None:
    kinds = {
        "/api/v1/access_token": RequestKind.TOKEN,
        "/api/info?id=t3_a": RequestKind.INFO,
        "/r/Art/new": RequestKind.LISTING,
        "/i.imgur.com/a.jpg": RequestKind.IMAGE,
        "/robots.txt": RequestKind.ROBOTS,
        "/a": RequestKind.OTHER,
    }
    assert {path: site.kind(Request(path, "")) for path in kinds} == kinds
