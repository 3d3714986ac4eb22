"""A post in one shape, whatever is missing or odd in its JSON."""

from typing import Any

import pytest

from src.errors import DataError
from src.reddit.posts import Post, PostReader, post_of
from tests.reddit.conftest import as_lines, submission


def picture(name: str, **said: Any) -> dict[str, Any]:
    source = {"u": f"https://preview.redd.it/{name}.jpg?width=9&amp;s=0", "x": 900, "y": 700}
    previews = [{"u": f"https://preview.redd.it/{name}.jpg?width=108", "x": 108, "y": 84}]
    return {"status": "valid", "e": "Image", "m": "image/jpg", "p": previews, "s": source, **said}


def gallery(*names: str) -> dict[str, Any]:
    return {"items": [{"media_id": name, "id": number} for number, name in enumerate(names)]}


def test_all_that_is_said_is_read() -> None:
    preview = {"images": [{"source": {"width": 800, "height": 600, "url": "https://x"}}]}
    found = post_of(submission(permalink="/r/Art/1a", preview=preview))
    assert found == Post(
        id="1a",
        title="Night, me, pen and ink, 2019",
        url="https://i.redd.it/000000000001a.jpg",
        subreddit="Art",
        created_utc=1_560_000_046.0,
        score=12,
        upvote_ratio=0.9,
        over_18=False,
        is_self=False,
        width=800,
        height=600,
        permalink="/r/Art/1a",
        author="someone",
    )


def test_the_study_s_own_rows_are_posts() -> None:
    row = {"title": "A, me, ink, 2018", "medium": "ink", "id": "9z", "unix_time": 1_531_000_000}
    found = post_of({**row, "url": "https://i.redd.it/0123456789abc.png"})
    assert (found.id, found.created_utc, found.subreddit) == ("9z", 1_531_000_000.0, "")
    assert found.pictures == ("https://i.redd.it/0123456789abc.png",)


def test_the_api_s_wrapping_and_prefix_are_taken_off() -> None:
    wrapped = {"kind": "t3", "data": {"name": "t3_1a", "title": "A"}}
    assert post_of(wrapped).id == post_of({"id": "t3_1a"}).id == "1a"


def test_objects_of_a_library_count_as_their_text() -> None:
    class Subreddit:
        def __str__(self) -> str:
            return "Art"

    assert post_of({"id": "1a", "subreddit": Subreddit()}).subreddit == "Art"


@pytest.mark.parametrize("line", [b"", b"[]", b"7", b"{", b'{"id":""}', b'{"title":"A"}', b"\xff"])
def test_what_is_no_post_is_refused(line: bytes) -> None:
    with pytest.raises(DataError, match="no JSON of a post"):
        PostReader().read_line(line)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(DataError):
        PostReader().read_line(b'{"id":"1","media":' + 100_000 * b"[" + b"}")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"created_utc": "1500000000"}, Post(id="1", created_utc=1.5e9)),
        ({"score": 7.0}, Post(id="1", score=7)),
        ({"score": "many"}, Post(id="1")),
        ({"title": 5, "author": None}, Post(id="1")),
        ({"preview": {"images": [{"source": "?"}]}, "title": "A"}, Post(id="1", title="A")),
        ({"preview": {"images": []}}, Post(id="1")),
        ({"media_metadata": 3, "gallery_data": "x", "crosspost_parent_list": {}}, Post(id="1")),
    ],
)
def test_a_value_of_another_type_costs_no_other(said: dict[str, Any], expected: Post) -> None:
    assert post_of({"id": "1", **said}) == expected


def test_escapes_of_reddit_s_json_are_undone() -> None:
    found = post_of(
        {"id": "1", "title": "Pen &amp; ink &lt;3", "url": "https://x.org/?a&amp;b&copy=1"}
    )
    assert (found.title, found.url) == ("Pen & ink <3", "https://x.org/?a&b&copy=1")


def test_pictures_of_a_gallery_come_in_its_order_and_whole() -> None:
    media = {name: picture(name) for name in ("a", "b", "c")}
    media["c"]["s"] |= {"x": 9000, "y": 7000}
    found = post_of(submission(gallery_data=gallery("c", "a", "b"), media_metadata=media))
    assert found.gallery == tuple(f"https://i.redd.it/{name}.jpg" for name in "cab")
    assert (found.missing, found.width, found.height) == (0, 900, 700)


@pytest.mark.parametrize(
    "part",
    [None, {}, {"status": "failed"}, {**picture("b"), "status": "unprocessed"}, {"s": None}, "?"],
)
def test_what_a_gallery_lacks_is_counted(part: Any) -> None:
    media = {"a": picture("a"), "b": part}
    found = post_of(submission(gallery_data=gallery("a", "b"), media_metadata=media))
    assert (found.gallery, found.missing) == (("https://i.redd.it/a.jpg",), 1)


def test_of_a_gallery_that_lacks_all_nothing_is_shown() -> None:
    found = post_of(submission(gallery_data=gallery("a")))
    assert (found.gallery, found.missing, found.pictures) == ((), 1, ())


def test_a_picture_without_an_address_is_where_reddit_keeps_it() -> None:
    media = {"a": {"status": "valid", "m": "image/png"}}
    found = post_of(submission(gallery_data=gallery("a"), media_metadata=media))
    assert found.gallery == ("https://i.redd.it/a.png",)


def test_addresses_elsewhere_stay_as_they_are() -> None:
    media = {"a": picture("a", s={"u": "http://127.0.0.1:80/a.jpg?x=1&amp;y=2"})}
    found = post_of(submission(gallery_data=gallery("a"), media_metadata=media))
    assert found.gallery == ("http://127.0.0.1:80/a.jpg?x=1&y=2",)


def test_a_post_of_a_smaller_picture_shows_the_whole_one() -> None:
    found = post_of({"id": "1", "url": "https://preview.redd.it/a.png?width=640&amp;s=0"})
    assert found.pictures == ("https://i.redd.it/a.png",)


def test_an_address_of_no_use_gives_way_to_another() -> None:
    said = {"url_overridden_by_dest": "/gallery/1", "url": "https://i.redd.it/a.png"}
    assert post_of({"id": "1", **said}).pictures == ("https://i.redd.it/a.png",)


def test_a_crosspost_shows_what_its_parent_does() -> None:
    parent = {"gallery_data": gallery("a"), "media_metadata": {"a": picture("a")}}
    assert post_of(submission(crosspost_parent_list=[parent])).gallery == (
        "https://i.redd.it/a.jpg",
    )
    plain = {"url": "https://i.redd.it/parent.png"}
    post = submission(crosspost_parent_list=[plain], url="/r/Art/comments/9/")
    assert post_of(post).pictures == ("https://i.redd.it/parent.png",)


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ({"removed_by_category": "moderator"}, "moderator"),
        ({"removed_by": "someone"}, "someone"),
        ({"_meta": {"was_deleted_later": True}}, "deleted later"),
        ({"_meta": {"removal_type": "author", "was_deleted_later": False}}, "author"),
        ({"_meta": {"was_deleted_later": False}}, ""),
        ({"_meta": None}, ""),
    ],
)
def test_who_removed_it_is_told_wherever_it_stands(said: dict[str, Any], who: str) -> None:
    assert post_of(submission(**said)).removed_by == who


def test_sizes_are_left_out_where_nobody_asks() -> None:
    preview = {"images": [{"source": {"width": 800, "height": 600}}]}
    lines = as_lines([submission(preview=preview)])
    sized, bare = (PostReader(sized=sized).read_lines(lines)[0] for sized in (True, False))
    assert (sized.width, bare.width, sized.title == bare.title) == (800, None, True)
