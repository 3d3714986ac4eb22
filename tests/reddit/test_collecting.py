"""Whole runs against the stand-in: what is collected, in which tables, and what is refused."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from src.errors import ConfigError
from src.gallery.forum import Forum
from src.gallery.forum_posts import HOST, Posts
from src.reddit.api import Listing
from src.reddit.run_parts import PostsFolder, Sources
from tests.reddit.collecting import (
    WANTED,
    is_consistent,
    posts_by_class,
    read_table,
    read_tree,
    run,
)


class StopAt:
    """A report that asks for a stop at the n-th event of a kind."""

    def __init__(self, stop: threading.Event, event: str, times: int) -> None:
        self.stop, self.event, self.times = stop, event, times

    def tell(self, event: str, **facts: Any) -> None:
        self.times -= event == self.event
        if not self.times:
            self.stop.set()


def test_classes_are_balanced_and_each_row_has_its_picture(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes]
) -> None:
    result = run(forum, folder)
    assert result.exit_code == 0
    assert posts_by_class(folder) == WANTED
    assert is_consistent(folder)
    assert read_tree(folder) == calm
    assert sum(row.stored for row in result.classes) == len(read_table(folder.manifest))


def test_nothing_is_asked_for_twice(forum: Forum, folder: PostsFolder) -> None:
    run(forum, folder)
    before = len(forum.visits())
    tree = read_tree(folder)
    assert run(forum, folder).exit_code == 0
    assert len(forum.visits()) == before
    assert read_tree(folder) == tree


def test_rows_say_where_each_picture_is_from_and_name_no_author(
    forum: Forum, folder: PostsFolder
) -> None:
    run(forum, folder)
    rows = read_table(folder.manifest)
    assert [*rows[0]] == [
        *("asset_id", "page", "image", "medium", "title", "creator", "filename", "sha256"),
        *("bytes", "width", "height", "post", "split"),
        *("title_title", "title_artist", "title_medium", "title_year"),
    ]
    assert all(row["page"].startswith("https://www.reddit.com/r/Art/comments/") for row in rows)
    assert all(row["image"].startswith(("https://i.redd.it/", "https://i.imgur")) for row in rows)
    assert {row["split"] for row in rows} == {"train", "test"}
    assert "painter_" not in folder.manifest.read_text() + folder.posts.read_text()


def test_authors_are_named_when_asked_for(forum: Forum, folder: PostsFolder) -> None:
    run(forum, folder, keep_authors=True)
    assert all(row["author"].startswith("painter_") for row in read_table(folder.manifest))


def test_galleries_come_in_order_and_their_losses_are_told(
    forum: Forum, folder: PostsFolder
) -> None:
    result = run(forum, folder)
    galleries: dict[str, list[str]] = {}
    for row in read_table(folder.manifest):
        if "-" in row["asset_id"]:
            galleries.setdefault(row["post"], []).append(row["asset_id"])
    assert galleries
    assert all(
        keys == [f"{post}-{n}" for n in range(1, len(keys) + 1)] for post, keys in galleries.items()
    )
    assert result.lacking > 0
    assert "pictures that galleries do not have any more" in result.text()


def test_every_post_that_was_looked_at_has_a_row_with_its_reason(
    forum: Forum, folder: PostsFolder
) -> None:
    result = run(forum, folder)
    rows = read_table(folder.posts)
    assert len(rows) == result.looked_at == 400
    assert len({row["id"] for row in rows}) == 400
    kept = {row["id"] for row in rows if not row["reason"]}
    assert kept == {row["post"] for row in read_table(folder.manifest)}
    reasons = {row["reason"] for row in rows}
    assert {"not needed", "removed", "no class", "another form of title"} <= reasons
    assert all(row["accepted"] == "true" for row in rows if row["reason"] == "not needed")


def test_one_picture_under_several_posts_is_kept_once(forum: Forum, folder: PostsFolder) -> None:
    wide = Sources(listings=(Listing("Art"),))
    result = run(forum, folder, sources=wide)
    told = {row["asset_id"]: row for row in read_table(folder.failures)}
    duplicates = {key for key, row in told.items() if row["reason"] == "duplicate"}
    assert len(duplicates) == result.gone["duplicate"] > 0
    kept = {row["asset_id"] for row in read_table(folder.manifest)}
    assert {told[key]["found"] for key in duplicates} <= kept
    assert not duplicates & kept
    assert result.refused["a picture seen before"] > 0


def test_where_a_class_is_short_the_others_get_fewer_too(forum: Forum, folder: PostsFolder) -> None:
    sources = Sources(listings=(Listing("Art", "search", "winter"),))
    assert run(forum, folder, sources=sources).exit_code == 0
    found = posts_by_class(folder)
    assert 0 < found["ink"] == found["paint"] < WANTED["ink"]
    assert found["digital"] == found["ink"] + found["paint"]
    assert is_consistent(folder)


@pytest.mark.parametrize(("event", "times"), [("looked", 2), ("image", 7)])
def test_a_stop_keeps_what_was_done_and_the_next_run_goes_on(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes], event: str, times: int
) -> None:
    stop = threading.Event()
    assert run(forum, folder, StopAt(stop, event, times), stop).exit_code == 130
    assert read_tree(folder) != calm
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm


def test_a_folder_holds_one_collection(forum: Forum, folder: PostsFolder) -> None:
    run(forum, folder)
    with pytest.raises(ConfigError, match="this folder holds posts of a stand-in for Reddit by"):
        run(forum, folder, sources=Sources(listings=(Listing("Art", "top"),)))


def test_a_dump_and_a_list_of_ids_give_what_the_listing_gives(
    forum: Forum, folder: PostsFolder, calm: dict[str, bytes], tmp_path: Path
) -> None:
    posts = Posts("Art", 400, 0).listed
    dump = tmp_path / "dump.ndjson"
    dump.write_text("\n".join(map(json.dumps, posts)))
    assert run(forum, folder, sources=Sources((dump,))).exit_code == 0
    assert read_tree(folder)["pictures.csv"] == calm["pictures.csv"]
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(post["id"] for post in posts))
    other = PostsFolder(tmp_path / "other" / "medium")
    assert run(forum, other, sources=Sources(ids=ids)).exit_code == 0
    assert read_tree(other)["pictures.csv"] == calm["pictures.csv"]


def test_the_study_s_own_list_brings_its_pictures_back(
    forum: Forum, folder: PostsFolder, tmp_path: Path
) -> None:
    """It says of a post no more than this."""
    names = {"title": "title", "url": "url", "id": "id", "unix_time": "created_utc"}
    posts = [p for p in Posts("Art", 60, 0).listed if p["domain"] == HOST and p["post_hint"]]
    study = [{name: post[key] for name, key in names.items()} for post in posts]
    path = tmp_path / "study.json"
    path.write_text(json.dumps([{**post, "medium": "ink"} for post in study]))
    result = run(forum, folder, sources=Sources((path,)))
    assert result.looked_at == len(study)
    assert {row["page"] for row in read_table(folder.manifest)} <= {
        f"https://www.reddit.com/comments/{post['id']}/" for post in study
    }
    assert is_consistent(folder)


def test_posts_of_a_dump_are_asked_for_again_if_wanted(
    forum: Forum, folder: PostsFolder, tmp_path: Path
) -> None:
    dump = tmp_path / "dump.ndjson"
    dump.write_text("\n".join(map(json.dumps, Posts("Art", 400, 0).listed)))
    forum.switch("deleted-since:share=0.2")
    assert run(forum, folder, sources=Sources((dump,)), ask_again=True).deleted > 5


def test_who_posted_is_not_kept_unless_asked_for(forum: Forum, folder: PostsFolder) -> None:
    run(forum, folder)
    kept = b"".join(path.read_bytes() for path in folder.root.rglob("*") if path.is_file())
    assert b"painter_" not in kept
