import io
import json

import pytest

from src.reddit.collected import ClassRow, Collected, CollectingProgress
from src.reddit.post_store import ListingRow


def collected(**changes: object) -> Collected:
    whole: dict[str, object] = {
        "holds": "posts of Reddit by few (0123abcd) out of r/Art new",
        "classes": (ClassRow("ink", 5, 5, 0),),
        "looked_at": 9,
        "refused": {"no class": 4},
        "gone": {"http-404": 2},
        "failed": {},
        "unreadable": 0,
        "lacking": 0,
        "deleted": 0,
        "listings": (ListingRow("r/Art new", 9, ""),),
        "blocked": "",
        "stopped": False,
    }
    return Collected(**(whole | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"deleted": 3, "lacking": 1}, 0),
        ({"classes": ()}, 1),
        ({"classes": (ClassRow("ink", 5, 4, 0),)}, 1),
        ({"failed": {"timeout": 1}}, 1),
        ({"unreadable": 1}, 1),
        ({"listings": (ListingRow("r/Art new", 9, "403"),)}, 1),
        ({"blocked": "429", "failed": {"timeout": 1}}, 75),
        ({"stopped": True, "blocked": "429"}, 130),
    ],
)
def test_only_what_is_whole_ends_with_zero(changes: dict[str, object], code: int) -> None:
    assert collected(**changes).exit_code == code
    assert json.loads(json.dumps(collected(**changes).as_dict()))["exit_code"] == code


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "posts of Reddit by few (0123abcd) out of r/Art new"),
        ({}, "ink: 5 of 5 pictures stored"),
        ({}, "posts looked at: 9, refused: 4 no class"),
        ({}, "gone, and replaced where there were more posts: 2 http-404"),
        ({"deleted": 3}, "deleted since they were listed: 3 posts"),
        ({"unreadable": 2}, "lines of files that are no posts: 2"),
        ({"stopped": True}, "stopped; run the same command again to go on"),
        ({"blocked": "429"}, "blocked: 429"),
        ({"listings": (ListingRow("r/Art new", 9, "403"),)}, "r/Art new: 403"),
        (
            {"listings": (ListingRow("r/Art new", 998, ""),)},
            "r/Art new: 998 posts; Reddit lists no more than a thousand, a dump has all",
        ),
    ],
)
def test_each_loss_has_a_line_of_its_own(changes: dict[str, object], line: str) -> None:
    assert line in collected(**changes).text().splitlines()


def test_what_did_not_happen_is_not_told() -> None:
    text = collected(gone={}).text()
    assert not any(word in text for word in ("gone", "failed", "deleted", "blocked", "stopped"))


def test_progress_counts_what_came_and_what_did_not() -> None:
    stream = io.StringIO()
    progress = CollectingProgress(stream)
    for reason in ("", "html", ""):
        progress.tell("image", label="ink", reason=reason)
    progress.tell("comparing", pictures=2)
    last = stream.getvalue().split("\r")[-1]
    assert "3 pictures" in last
    assert "lost=1" in last
