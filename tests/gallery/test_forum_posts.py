from collections import Counter

import pytest

from src.gallery.forum_posts import HOST, OTHER_HOST, Json, Posts, deleted


@pytest.fixture(scope="module")
def posts() -> Posts:
    return Posts("Art", 1500, seed=0)


def media(post: Json) -> list[str]:
    return [item["media_id"] for item in post["gallery_data"]["items"]]


def test_posts_are_the_same_each_time_and_the_newest_come_first(posts: Posts) -> None:
    assert posts.listed == Posts("Art", 1500, seed=0).listed
    assert posts.listed[:50] == Posts("Art", 50, seed=0).listed
    assert posts.listed[0] != Posts("Art", 1, seed=1).listed[0]
    times = [post["created_utc"] for post in posts.listed]
    assert times == sorted(times, reverse=True)
    assert len(posts.by_id) == 1500


def test_most_show_a_picture_and_every_other_kind_is_there(posts: Posts) -> None:
    hosts = Counter(post["domain"] for post in posts.listed)
    assert hosts[HOST] > 1100
    assert min(hosts[OTHER_HOST], hosts["v.redd.it"]) > 10
    assert any(post["is_self"] for post in posts.listed)
    assert any(post["removed_by_category"] for post in posts.listed)
    assert any("crosspost_parent_list" in post for post in posts.listed)
    assert Counter(len(post["title"].split(",")) for post in posts.listed)[4] > 1300


def test_every_picture_that_is_linked_is_hung_but_those_removed(posts: Posts) -> None:
    linked = [post for post in posts.listed if post["domain"] in (HOST, OTHER_HOST)]
    for post in linked:
        hung = post["url"].removeprefix("https://") in posts.pictures
        assert hung == (post["removed_by_category"] is None)


def test_of_some_galleries_a_picture_is_lost(posts: Posts) -> None:
    galleries = [post for post in posts.listed if post.get("is_gallery")]
    states = [
        [post["media_metadata"][item]["status"] for item in media(post)] for post in galleries
    ]
    whole = [all(state == "valid" for state in state_of) for state_of in states]
    assert any(whole)
    assert not all(whole)
    assert any(list(post["media_metadata"]) != media(post) for post in galleries)


def test_a_copy_shows_what_an_earlier_post_shows(posts: Posts) -> None:
    shown = list(posts.pictures.values())
    copies = [picture for picture in shown if picture.again]
    originals = {(picture.medium, picture.index) for picture in shown if not picture.again}
    assert copies
    assert {(copy.medium, copy.index) for copy in copies} <= originals


def test_a_deleted_post_names_nobody(posts: Posts) -> None:
    gone = deleted(posts.listed[0])
    assert gone["author"] == "[deleted]"
    assert gone["removed_by_category"] == "deleted"
    assert gone["id"] == posts.listed[0]["id"]
