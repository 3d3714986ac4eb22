"""What the tests of collecting share: a recipe, a stand-in for Reddit, and runs against it."""

import csv
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from src.fetching.reporting import Report, Silence
from src.gallery.forum import Forum
from src.reddit.api import Listing
from src.reddit.collected import Collected
from src.reddit.collecting import collect
from src.reddit.recipe import Recipe
from src.reddit.recipe_file import parse_recipe
from src.reddit.run_parts import CollectOptions, Effort, Place, PostsFolder, Sources

RECIPE = """
[posts]
subreddits = ["Art"]
least_upvote_ratio = 0.4
hosts = ["i.redd.it", "i.imgur.com"]
galleries = "all"

[title]
parts = ["title", "artist", "medium", "year"]
swap = { part = "medium", with = "artist", when = ["me"] }

[label]
column = "medium"
part = "medium"

[classes.digital]
words = ["digital", "photoshop", "procreate", "3d"]
[classes.paint]
words = ["acrylic", "oil", "watercolor", "watercolour"]
[classes.ink]
words = ["marker", "ink"]
patterns = ['pen(?!cil)']

[balance]
per_class = 15
sum_of_others = "digital"

[splits]
train = 0.8
test = 0.2
"""
# Of each class, by the recipe.
WANTED = {"digital": 30, "paint": 15, "ink": 15}


def recipe() -> Recipe:
    return parse_recipe(RECIPE, "few.toml")


def run(
    forum: Forum,
    folder: PostsFolder,
    report: Report | None = None,
    stop: threading.Event | None = None,
    **changes: Any,
) -> Collected:
    """Collect the recipe's posts from a stand-in, in this process."""
    options: dict[str, Any] = {
        "recipe": recipe(),
        "sources": Sources(listings=(Listing("Art"),)),
        "place": Place(site=forum.url),
        "effort": Effort(connections=4),
    }
    return collect(
        CollectOptions(**options | changes), folder, report or Silence(), stop or threading.Event()
    )


def give_up(forum: Forum, folder: PostsFolder) -> Collected:
    """Let others take the place of what may be had another time."""
    return run(forum, folder, effort=Effort(connections=4, replace_failed=True))


def again(forum: Forum, folder: PostsFolder) -> Collected:
    """Take up what may be had another time."""
    return run(forum, folder, effort=Effort(connections=4, retry_failed=True))


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def posts_by_class(folder: PostsFolder) -> dict[str, int]:
    """Count the posts of each class of which there is a picture."""
    found = {(row["medium"], row["post"]) for row in read_table(folder.manifest)}
    return dict(Counter(medium for medium, _ in found))


def read_tree(folder: PostsFolder) -> dict[str, bytes]:
    """Return the bytes of the tables and of every picture, by name."""
    images = {path.name: path.read_bytes() for path in folder.images.iterdir()}
    tables = {path.name: path.read_bytes() for path in folder.root.glob("*.csv")}
    return images | tables


def is_consistent(folder: PostsFolder) -> bool:
    """Tell whether there is a picture for each row, and a row for each picture."""
    rows = read_table(folder.manifest)
    names = [row["filename"] for row in rows]
    return sorted(names) == sorted(path.name for path in folder.images.iterdir())
