"""A dump of posts as whole subreddits are passed on: made, so that it can be of any size.

Run with ``python -m benchmarks.reddit_dump FILE.zst [POSTS]``; two million posts are 3 GB unpacked.
Nothing in it was posted by anybody.
"""

import json
import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from backports import zstd

POSTS: Final = 2_000_000
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_ALPHABET: Final = _LETTERS + "0123456789"
_MEDIA: Final = (
    *("digital", "procreate", "oil on canvas", "watercolour", "pencil", "charcoal on paper"),
    *("pen and ink", "markers", "polymer clay", "copper wire", "pen &amp; watercolour", "collage"),
)
_FIRST: Final = 10**10
_LEVEL: Final = 3
_LINES: Final = 1000
# What the posts of a dump have besides, whoever wrote them; of about its real length.
_ALWAYS: Final[dict[str, Any]] = {
    **dict.fromkeys(("approved_at_utc", "approved_by", "banned_at_utc", "banned_by", "category")),
    **dict.fromkeys(("author_flair_text", "content_categories", "discussion_type", "media")),
    **dict.fromkeys(("allow_live_comments", "archived", "contest_mode", "edited", "hidden"), False),
    **dict.fromkeys(("is_meta", "is_video", "locked", "no_follow", "pinned", "spoiler"), False),
    **dict.fromkeys(("all_awardings", "author_flair_richtext", "awarders"), ()),
    **dict.fromkeys(("gilded", "num_crossposts", "total_awards_received"), 0),
    "gildings": {},
    "media_embed": {},
    "post_hint": "image",
    "subreddit_id": "t5_2qh7a",
    "subreddit_type": "public",
    "whitelist_status": "all_ads",
}


def write_dump(path: Path, posts: int, share: float, seed: int = 0) -> int:
    """Write a dump and return how many bytes it has unpacked.

    Parameters
    ----------
    path : Path
    posts : int
    share : float
        Of posts of r/Art, in [0, 1].
    seed : int
    """
    size, lines = 0, made_lines(posts, share, random.Random(seed))
    with zstd.open(path, "wb", level=_LEVEL) as file:
        while block := b"".join(islice(lines, _LINES)):
            size += len(block)
            file.write(block)
    return size


def made_lines(posts: int, share: float, rng: random.Random) -> Iterator[bytes]:
    """Give posts as lines of JSON."""
    words = ["".join(rng.choices(_LETTERS, k=rng.randint(2, 9))) for _ in range(4000)]
    others = ["".join(rng.sample(words, 2)) for _ in range(300)]
    for number in range(posts):
        subreddit = "Art" if rng.random() < share else rng.choice(others)
        post = _made(number, subreddit, words, rng)
        yield json.dumps(post, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _made(number: int, subreddit: str, words: list[str], rng: random.Random) -> dict[str, Any]:
    name = f"{_FIRST + number:x}"
    key = "".join(rng.choices(_ALPHABET, k=13))
    address = f"https://i.redd.it/{key}.{rng.choice(('jpg', 'jpg', 'png', 'gif'))}"
    post = {
        **_ALWAYS,
        "author": rng.choice(words),
        "created_utc": 1_500_000_000 + 10 * number,
        "domain": "i.redd.it",
        "id": name,
        "is_self": False,
        "name": f"t3_{name}",
        "num_comments": rng.randrange(100),
        "over_18": rng.random() < 0.1,
        "permalink": f"/r/{subreddit}/comments/{name}/{rng.choice(words)}/",
        "preview": {"enabled": True, "images": [_preview(key, rng)]},
        "removed_by_category": rng.choice((None, None, None, "moderator")),
        "score": rng.randrange(1000),
        "selftext": "",
        "subreddit": subreddit,
        "title": _title(words, rng),
        "upvote_ratio": round(rng.random(), 2),
        "url": address,
    }
    if number % 50 == 0:
        post["crosspost_parent_list"] = [{**_ALWAYS, "subreddit": "other", "url": address}]
    return post


def _title(words: list[str], rng: random.Random) -> str:
    name = " ".join(rng.choices(words, k=4)).title()
    return f"{name}, me, {rng.choice(_MEDIA)}" + f", {rng.randrange(2015, 2026)}" * (
        rng.random() < 0.8
    )


def _preview(key: str, rng: random.Random) -> dict[str, Any]:
    def picture(width: int) -> dict[str, Any]:
        address = f"https://preview.redd.it/{key}.jpg?width={width}&amp;s={rng.getrandbits(160):x}"
        return {"height": width, "url": address, "width": width}

    return {"id": key, "resolutions": [picture(108), picture(320)], "source": picture(1500)}


if __name__ == "__main__":
    count = int(sys.argv[2]) if len(sys.argv) > 2 else POSTS
    print(f"{write_dump(Path(sys.argv[1]), count, share=0.1):,} bytes unpacked")
