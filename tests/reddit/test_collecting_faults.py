"""What goes wrong on the way: each is told and counted, and none is taken for complete."""

import errno
import json
import logging
import sqlite3
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from src.errors import ConfigError, DataError, Incomplete
from src.fetching import downloads
from src.fetching.outside import stand_in_address
from src.gallery.forum import Forum
from src.gallery.forum_posts import HOST, Posts
from src.reddit.api import Api, Listing
from src.reddit.post_store import PostStore
from src.reddit.recipe import Wanted
from src.reddit.run_parts import Effort, Place, PostsFolder, Sources
from tests.reddit.collecting import (
    WANTED,
    again,
    give_up,
    is_consistent,
    posts_by_class,
    read_table,
    read_tree,
    recipe,
    run,
)

# Fault of some pictures -> how it is counted. The next posts take their places.
GONE = {
    "status:value=404": "http-404",
    "status:value=403": "http-403",
    "status:value=401": "http-401",
    "html": "html",
    "wrong-type": "wrong-type",
    "redirect-loop": "redirect",
    "placeholder": "placeholder",
    "half-image": "undecodable",
    "empty": "empty",
}
# Fault of some pictures -> how it is counted. They may be had another time.
FAILED = {"status:value=500": "http-500", "truncated": "truncated", "reset": "reset"}
REFUSED = {"status:value=403,on=listing": "403", "status:value=404,on=listing": "404",
           "html:on=listing": "not the JSON"}  # fmt: skip


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once for what failed for a while."""
    monkeypatch.setattr(downloads, "_PAUSE_S", 0.0)


@pytest.mark.parametrize(("fault", "reason"), GONE.items())
def test_what_is_gone_is_counted_and_the_next_posts_take_its_place(
    forum: Forum, folder: PostsFolder, fault: str, reason: str
) -> None:
    joint = "," if ":" in fault else ":"
    forum.switch(f"{fault}{joint}on=image,share=0.4")
    result = run(forum, folder)
    assert result.exit_code == 0
    assert result.gone[reason] > 3
    assert f"{result.gone[reason]} {reason}" in result.text()
    assert posts_by_class(folder) == WANTED
    assert is_consistent(folder)
    told = [row for row in read_table(folder.failures) if row["reason"] == reason]
    assert len(told) == result.gone[reason]
    assert all(row["image"] and row["found"] for row in told)


@pytest.mark.usefixtures("impatient", "no_pause")
@pytest.mark.parametrize(("fault", "reason"), FAILED.items())
def test_what_failed_for_a_while_keeps_its_place_until_it_is_there(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes], fault: str, reason: str
) -> None:
    joint = "," if ":" in fault else ":"
    forum.switch(f"{fault}{joint}on=image,share=0.1")
    result = run(forum, folder)
    assert result.exit_code == 1
    assert result.failed[reason] > 2
    assert sum(row.failed for row in result.classes) == sum(result.failed.values())
    assert "take them up again with --retry-failed" in result.text()
    assert is_consistent(folder)
    forum.switch()
    assert run(forum, folder).exit_code == 1
    assert again(forum, folder).exit_code == 0
    assert read_tree(folder) == calm


def test_others_take_the_place_of_what_failed_when_asked_to(
    forum: Forum, folder: PostsFolder
) -> None:
    forum.switch("status:value=500,on=image,share=0.1")
    assert run(forum, folder).exit_code == 1
    forum.switch()
    result = give_up(forum, folder)
    assert result.exit_code == 0
    assert result.gone["given up (http-500)"] > 2
    assert posts_by_class(folder) == WANTED
    assert is_consistent(folder)


@pytest.mark.usefixtures("impatient", "no_pause")
def test_a_host_that_is_down_takes_only_its_own_pictures_with_it(
    forum: Forum, folder: PostsFolder, tmp_path: Path
) -> None:
    linked = [p for p in Posts("Art", 200, 0).listed if p["domain"] == HOST]
    posts = [post for post in linked if "crosspost_parent_list" not in post]
    for number, post in enumerate(posts):
        port = "http://127.0.0.1:9" if number % 9 == 0 else forum.url
        post["url"] = stand_in_address(port, post["url"])
    dump = tmp_path / "dump.ndjson"
    dump.write_text("\n".join(map(json.dumps, posts)))
    wanted = msgspec.structs.replace(recipe(), posts=Wanted(subreddits=("Art",)))
    changes: dict[str, Any] = {
        "recipe": wanted,
        "sources": Sources((dump,)),
        "place": Place(live=True),
    }
    result = run(forum, folder, **changes)
    assert result.exit_code == 1
    assert not result.blocked
    assert result.failed["unreachable"] == sum(result.failed.values()) > 2
    assert is_consistent(folder)
    for _ in range(9):
        giving_up = Effort(connections=4, replace_failed=True)
        if not run(forum, folder, **changes, effort=giving_up).failed:
            break
    assert posts_by_class(folder)["ink"] == posts_by_class(folder)["paint"] > 5
    assert is_consistent(folder)


def test_a_host_that_asks_for_a_pause_gets_it(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes]
) -> None:
    forum.switch("rate-limit:on=image,value=1,first=3")
    before = len(forum.visits())
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm
    times = [visit.time for visit in forum.visits()[before:] if visit.kind == "image"]
    assert max(b - a for a, b in pairwise(times)) >= 1


@pytest.mark.parametrize(
    "fault", ["rate-limit-silent:on=image,after=9", "rate-limit:on=image,after=9,value=7200"]
)
def test_a_host_that_wants_to_be_left_alone_is_and_the_next_run_waits(
    forum: Forum, folder: PostsFolder, fault: str
) -> None:
    forum.switch(fault)
    result = run(forum, folder)
    assert result.exit_code == 75
    assert "429" in result.blocked
    assert 0 < sum(row.stored for row in result.classes) < sum(WANTED.values())
    assert is_consistent(folder)
    forum.switch()
    before = len(forum.visits())
    assert run(forum, folder).exit_code == 75
    assert len(forum.visits()) == before


def test_a_pause_of_a_clock_that_was_set_back_is_over(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes]
) -> None:
    forum.switch("rate-limit-silent:on=image,after=9")
    assert run(forum, folder).exit_code == 75
    forum.switch()
    with PostStore(folder.database) as store:
        store.set_note("come_back", "2999-01-01T00:00:00+00:00")
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm


@pytest.mark.parametrize("fault", ["rate-limit-silent:on=listing,after=2", "rate-limit-silent"])
def test_a_listing_that_is_refused_is_not_taken_for_complete(
    forum: Forum, folder: PostsFolder, fault: str
) -> None:
    forum.switch(fault)
    result = run(forum, folder)
    assert result.exit_code == 75
    assert "429" in result.listings[0].reason
    assert not folder.manifest.exists()


@pytest.mark.parametrize(("fault", "told"), REFUSED.items())
def test_a_listing_that_is_not_to_be_had_ends_the_run(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes], fault: str, told: str
) -> None:
    forum.switch(f"{fault},after=2")
    with pytest.raises(Incomplete, match=told):
        run(forum, folder)
    with PostStore(folder.database) as store:
        (listing,) = store.listings()
    assert listing.found == 200
    assert told in listing.reason
    assert not folder.manifest.exists()
    forum.switch()
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm


@pytest.mark.parametrize("after", [0, 3])
def test_credentials_that_are_not_accepted_any_more_are_told(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes], after: int
) -> None:
    forum.switch(f"status:value=401,on=listing+token+info,after={after}")
    with pytest.raises(ConfigError, match="does not accept the credentials"):
        run(forum, folder)
    assert not folder.manifest.exists()
    forum.switch()
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm


def test_secrets_are_in_no_text_no_log_and_no_file(
    forum: Forum, folder: PostsFolder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    secret = {"client_id": "known-by-name", "client_secret": "very-secret-word"}
    api = Api(threading.Event(), forum.url, secret)
    with pytest.raises(ConfigError) as caught:
        list(api.list_posts(Listing("Art")))
    run(forum, folder)
    files = b"".join(p.read_bytes() for p in folder.root.rglob("*") if p.is_file())
    for word in secret.values():
        assert word not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
        assert word.encode() not in files


def test_posts_that_were_deleted_since_are_told_and_not_kept(
    forum: Forum, folder: PostsFolder
) -> None:
    forum.switch("deleted-since:share=0.2")
    result = run(forum, folder)
    assert result.exit_code == 0
    assert result.deleted > 5
    assert f"deleted since they were listed: {result.deleted} posts" in result.text()
    gone = {row["id"] for row in read_table(folder.posts) if row["reason"] == "deleted"}
    assert len(gone) == result.deleted
    assert not gone & {row["post"] for row in read_table(folder.manifest)}
    assert posts_by_class(folder) == WANTED


def test_a_picture_deleted_between_listing_and_download_is_replaced(
    forum: Forum, folder: PostsFolder
) -> None:
    forum.switch("gone:share=0.2")
    result = run(forum, folder)
    assert result.gone["http-404"] > 3
    assert posts_by_class(folder) == WANTED


def test_what_is_gone_is_replaced_as_long_as_there_are_posts(
    forum: Forum, folder: PostsFolder
) -> None:
    forum.switch("gone:share=0.8")
    result = run(forum, folder)
    assert result.exit_code == 0
    found = posts_by_class(folder)
    assert 0 < found["ink"] == found["paint"] < WANTED["ink"]
    assert found["digital"] == 2 * found["ink"]
    assert is_consistent(folder)


def test_a_gallery_without_one_of_its_pictures_keeps_the_others(
    forum: Forum, folder: PostsFolder
) -> None:
    forum.switch("gone:share=0.3")
    run(forum, folder)
    lost = {row["asset_id"] for row in read_table(folder.failures) if "-" in row["asset_id"]}
    kept = {row["asset_id"] for row in read_table(folder.manifest) if "-" in row["asset_id"]}
    assert {key.partition("-")[0] for key in lost} & {key.partition("-")[0] for key in kept}


def test_a_full_disk_is_told_and_the_next_run_goes_on(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [7]

    def write(path: Path, content: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        path.write_bytes(content)

    monkeypatch.setattr(downloads, "write_whole", write)
    with pytest.raises(OSError, match="No space left on device"):
        run(forum, folder)
    assert is_consistent(folder)
    monkeypatch.undo()
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm


def test_a_state_that_cannot_be_written_is_told(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(self: PostStore, outcomes: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(PostStore, "record_images", record)
    with pytest.raises(DataError, match="disk is full"):
        run(forum, folder)
    monkeypatch.undo()
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm


def test_ids_that_nobody_knows_are_passed_over(
    forum: Forum, folder: PostsFolder, tmp_path: Path
) -> None:
    run(forum, folder)
    names = [row["post"] for row in read_table(folder.manifest)]
    (tmp_path / "ids.txt").write_text("\n".join([*names, "zzzz"]))
    other = PostsFolder(tmp_path / "other" / "medium")
    assert run(forum, other, sources=Sources(ids=tmp_path / "ids.txt")).looked_at == len(set(names))
    assert other.manifest.read_bytes() == folder.manifest.read_bytes()
