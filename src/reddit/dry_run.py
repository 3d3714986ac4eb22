"""What a recipe would take of files, without fetching a picture: counts, titles, a row a post."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from ..edges import TextOrJson, align, printable
from ..files import open_output
from .dumps import Batch, read_batches
from .judging import Reason
from .looking import Looked, Tally, look_at
from .recipe import Recipe
from .selection import balanced

Write = Callable[[Looked], object]


def look_only(
    sources: Sequence[Path], recipe: Recipe, output: Path | None = None, *, force: bool = False
) -> Tally:
    """Look at the posts of files, and return what became of them.

    Parameters
    ----------
    sources : sequence of Path
        As `read_batches` reads them.
    recipe : Recipe
    output : Path, optional
        Of a table of all posts; it is there if all went well.
    force : bool
        Whether such a file may be replaced.
    """
    tally = Tally()
    with ExitStack() as stack:
        write: Write = lambda _looked: None  # noqa: E731
        if output is not None:
            write = looked_at_writer(stack.enter_context(open_output(output, force=force)), recipe)
        for looked in look_at(read_files(sources, recipe), recipe, tally):
            write(looked)
    return tally


def read_files(sources: Sequence[Path], recipe: Recipe) -> Iterator[Batch]:
    """Give the posts of files, one after the other, showing on a terminal how far it is."""
    total = sum(path.stat().st_size for path in sources)
    wanted = recipe.posts
    sized = max(wanted.least_width, wanted.least_height) > 1
    with tqdm(total=total, desc="reading", unit="B", unit_scale=True, disable=None) as bar:
        for path in sources:
            yield from read_batches(path, wanted.subreddits, sized=sized, advance=bar.update)


def looked_at_writer(file: BinaryIO, recipe: Recipe) -> Write:
    """Return a function that writes a row for each post: ``id, accepted, reason``, and its class.

    Its class stands in the column that the recipe names.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "accepted", "reason", recipe.label.column))

    def write(looked: Looked) -> None:
        writer.writerows(
            (post.id, "false" if verdict.reason else "true", verdict.reason or "", verdict.label)
            for post, verdict in looked.judged
        )
        writer.writerows((name, "false", Reason.SUBREDDIT, "") for name in looked.others)
        file.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()

    return write


def describe(tally: Tally, recipe: Recipe, form: TextOrJson) -> str:
    """Return what became of posts, as text or JSON."""
    taken = balanced({label: tally.accepted[label] for label in recipe.classes}, recipe)
    if form is TextOrJson.JSON:
        return json.dumps(_as_json(tally, recipe, taken), ensure_ascii=False, indent=2)
    refused = [(reason, f"{count:,}") for reason, count in tally.refused.most_common() if count]
    kept = [(name, f"{tally.accepted[name]:,}", f"{taken[name]:,}") for name in recipe.classes]
    parts = [
        f"{tally.total:,} posts looked at: {tally.accepted.total():,} accepted by {recipe.name}, "
        f"of which {sum(taken.values()):,} would be taken",
        align([(recipe.label.column, "accepted", "taken"), *kept], numbers=True),
        *([align([("refused", "posts"), *refused], numbers=True)] if refused else []),
        *_titles(tally, recipe),
    ]
    return "\n\n".join(parts)


def _titles(tally: Tally, recipe: Recipe) -> Iterator[str]:
    for name in (*recipe.classes, *(reason for reason, _ in tally.refused.most_common())):
        if titles := tally.titles.get(name):
            yield "\n".join([f"{name}:", *(f"  {printable(title)}" for title in titles)])


def _as_json(tally: Tally, recipe: Recipe, taken: dict[str, int]) -> dict[str, Any]:
    return {
        "recipe": recipe.name,
        "looked_at": tally.total,
        "accepted": {name: tally.accepted[name] for name in recipe.classes},
        "taken": taken,
        "refused": {reason: count for reason, count in tally.refused.most_common() if count},
        "titles": tally.titles,
    }
