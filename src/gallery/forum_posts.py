"""The forum's posts, all derived from one seed: what they say, and what they show. Pure.

Most show one picture on the forum's own host, titled ``Title, Artist, Medium, Year``. The rest is
what collectors meet as well: galleries, of which some lack a picture, pictures on another host, the
same picture posted again, text, videos, what moderators removed, titles of another form.
"""

import re
from base64 import b32encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from random import Random
from typing import Any, Final

from .works import label_of, make_work

HOST: Final = "i.redd.it"
OTHER_HOST: Final = "i.imgur.com"
# medium -> how many in a hundred posts, and what titles call it
_SAID: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "digital": (48, ("Digital", "Digital painting", "Procreate", "Adobe Photoshop", "3D render")),
    "paint": (17, ("Oil on canvas", "Acrylic", "Watercolor", "Oil", "Watercolour on board")),
    "non_ink_drawing": (14, ("Pencil", "Graphite on board", "Charcoal", "Colored pencil")),
    "ink": (13, ("Ink", "Pen", "Marker", "Ink on board")),
    "sculpture": (8, ("Clay", "Copper wire", "Glass", "Sculpture")),
}
_KINDS: Final = {
    **{"picture": 76, "gallery": 7, "elsewhere": 5, "crosspost": 3, "copy": 3},
    **{"text": 2, "video": 2, "removed": 2},
}
_TITLES: Final = {"usual": 88, "me": 4, "mixed": 3, "bare": 3, "unnamed": 2}
_NEWEST: Final = 1_700_000_000
_HOUR_S: Final = 3600
_FIRST_ID: Final = 10**9
# Behind those of posts, so that a gallery's pictures are no other post's.
_IN_GALLERIES: Final = 1 << 24
_LARGEST_GALLERY: Final = 4
_LOST_SHARE: Final = 0.25
_PNG_SHARE: Final = 0.2
_TOKENS: Final = {HOST: 13, OTHER_HOST: 7}
# How far back others are pointed to.
_NEAR: Final = 50

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a post shows: the `index`-th picture of a medium; ``again`` if a smaller copy."""

    medium: str
    index: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """A post in the making: its place, its luck, what it shows, and what it says already."""

    index: int
    chance: Random
    shown: Shown
    said: Json


class Posts:
    """The posts of a subreddit, newest first.

    Parameters
    ----------
    subreddit : str
    count : int
    seed : int
        Another seed, other posts.

    Attributes
    ----------
    subreddit : str
    listed : list of dict
        As the API gives them.
    by_id : dict of str to dict
    pictures : dict of str to Shown
        By host and path, as in ``i.redd.it/abc.jpg``.

    Examples
    --------
    >>> posts = Posts("Art", 50, seed=0)
    >>> len(posts.listed), posts.listed[0]["subreddit"], len(posts.pictures) > 40
    (50, 'Art', True)
    """

    def __init__(self, subreddit: str, count: int, seed: int) -> None:
        self.subreddit = subreddit
        self.pictures: dict[str, Shown] = {}
        # Of those that show one picture, for later ones to point to.
        self._single: list[Json] = []
        drafts = (_draft(subreddit, index, seed) for index in range(count))
        self.listed = [self._finish(draft) for draft in drafts]
        self.by_id = {post["id"]: post for post in self.listed}

    def _finish(self, draft: _Draft) -> Json:
        finish: Mapping[str, Callable[[_Draft], Json]] = {
            "picture": partial(self._picture, HOST),
            "elsewhere": partial(self._picture, OTHER_HOST),
            "gallery": self._gallery,
            "crosspost": self._crosspost,
            "copy": self._copy,
            "text": _text,
            "video": _video,
            "removed": self._removed,
        }
        return draft.said | finish[_choose(draft.chance, _KINDS)](draft)

    def _picture(self, host: str, draft: _Draft) -> Json:
        suffix = "png" if draft.chance.random() < _PNG_SHARE else "jpg"
        place = f"{host}/{_token(draft.said['id'], _TOKENS[host])}.{suffix}"
        self.pictures[place] = draft.shown
        said = _linked(place)
        self._single.append(draft.said | said)
        return said

    def _gallery(self, draft: _Draft) -> Json:
        """Show some pictures in an order of their own; of one in four, the last one is lost."""
        items = [_token(f"{draft.said['id']}-{n}", _TOKENS[HOST]) for n in range(_LARGEST_GALLERY)]
        items = items[: draft.chance.randint(2, _LARGEST_GALLERY)]
        for number, item in enumerate(items):
            index = _IN_GALLERIES + draft.index * _LARGEST_GALLERY + number
            self.pictures[f"{HOST}/{item}.jpg"] = Shown(draft.shown.medium, index)
        media = {item: _media(item) for item in sorted(items)}
        if draft.chance.random() < _LOST_SHARE:
            media[items[-1]] = {"status": "failed", "id": items[-1]}
        return {
            **_linked(f"www.reddit.com/gallery/{draft.said['id']}"),
            **{"is_gallery": True, "post_hint": None, "media_metadata": media},
            "gallery_data": {
                "items": [{"media_id": item, "id": n} for n, item in enumerate(items)]
            },
        }

    def _crosspost(self, draft: _Draft) -> Json:
        """Point to what an earlier one points to."""
        if not self._single:
            return self._picture(HOST, draft)
        parent = draft.chance.choice(self._single[-_NEAR:])
        return _linked(parent["url"].removeprefix("https://")) | {"crosspost_parent_list": [parent]}

    def _copy(self, draft: _Draft) -> Json:
        """Show what an earlier one shows, as a smaller file of its own."""
        if not self._single:
            return self._picture(HOST, draft)
        parent = draft.chance.choice(self._single[-_NEAR:])
        shown = self.pictures[parent["url"].removeprefix("https://")]
        return self._picture(HOST, replace(draft, shown=replace(shown, again=True)))

    def _removed(self, draft: _Draft) -> Json:
        """Stay in the list after a moderator has removed it, as it does in dumps."""
        place = f"{HOST}/{_token(draft.said['id'], _TOKENS[HOST])}.jpg"
        return _linked(place) | {"removed_by_category": "moderator", "selftext": "[removed]"}


def deleted(post: Json) -> Json:
    """Return what the API says of a post once its author has deleted it."""
    gone = {"author": "[deleted]", "selftext": "[deleted]", "removed_by_category": "deleted"}
    return post | gone


def _draft(subreddit: str, index: int, seed: int) -> _Draft:
    chance = Random(f"{subreddit}/{seed}/{index}")
    medium = _choose(chance, {name: share for name, (share, _) in _SAID.items()})
    name = _base36(_FIRST_ID - index)
    title = _title(chance, medium, seed, index)
    slug = "_".join(re.findall(r"\w+", title.lower()))[:50]
    said = {
        **{"id": name, "name": f"t3_{name}", "title": title, "subreddit": subreddit},
        **{"author": f"painter_{chance.randrange(10**6):06}", "selftext": "", "is_self": False},
        **{"created_utc": float(_NEWEST - index * _HOUR_S), "over_18": chance.random() < 0.03},
        **{"score": int(chance.paretovariate(0.7)), "removed_by_category": None},
        "upvote_ratio": 0.3 if chance.random() < 0.02 else round(chance.uniform(0.6, 1), 2),
        "permalink": f"/r/{subreddit}/comments/{name}/{slug}/",
    }
    return _Draft(index, chance, Shown(medium, index), said)


def _title(chance: Random, medium: str, seed: int, index: int) -> str:
    label = label_of(make_work(seed, "BLUE", index))
    name, year = label.title.split(",")[0], chance.randint(2008, 2025)
    said = chance.choice(_SAID[medium][1])
    forms = {
        "usual": f"{name}, {label.creator}, {said}, {year}",
        "me": f"{name}, {said}, me, {year}",
        "mixed": f"{name}, {label.creator}, Ink and watercolor, {year}",
        "bare": name,
        "unnamed": f"{name}, {label.creator}, Mixed feelings, {year}",
    }
    return forms[_choose(chance, _TITLES)]


def _linked(place: str) -> Json:
    host = place.partition("/")[0]
    return {"url": f"https://{place}", "domain": host, "post_hint": "image"}


def _media(item: str) -> Json:
    """Return what the API says of a picture of a gallery; it links to a preview of it."""
    preview = f"https://preview.redd.it/{item}.jpg?width=640&format=pjpg&auto=webp&s=0"
    source = {"y": 300, "x": 300, "u": preview}
    return {"status": "valid", "e": "Image", "m": "image/jpg", "s": source, "id": item}


def _text(draft: _Draft) -> Json:
    address = f"www.reddit.com{draft.said['permalink']}"
    said = {"is_self": True, "selftext": "Which paper do you use?", "post_hint": None}
    return _linked(address) | said


def _video(draft: _Draft) -> Json:
    said = {"is_video": True, "post_hint": "hosted:video"}
    return _linked(f"v.redd.it/{_token(draft.said['id'], _TOKENS[HOST])}") | said


def _choose(chance: Random, shares: Mapping[str, int]) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]


def _token(text: str, length: int) -> str:
    digest = blake2b(text.encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()[:length]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
