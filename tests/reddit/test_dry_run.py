"""``artlens collect reddit --dry-run``: what would be taken, without fetching a picture."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from src.cli import app
from src.reddit.dry_run import look_only
from src.reddit.dumps import Batch
from src.reddit.judging import Reason
from src.reddit.looking import Tally, look_at
from src.reddit.posts import post_of
from src.reddit.recipe_file import read_recipe
from tests.reddit.conftest import Write, as_lines, submission

STUDY = read_recipe("rart-medium")
MIXED = [
    submission("1a"),
    submission("2b", title="Night, me, oil, 2019"),
    submission("3c", subreddit="pics"),
    submission("4d", title="no form"),
    submission("1a"),
]


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["collect", "reddit", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_counts_and_titles_are_shown(dump: Write) -> None:
    code, out, err = run("--recipe", "rart-medium", "--dry-run", dump(MIXED))
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0].startswith("5 posts looked at: 2 accepted by rart-medium, of which 0 would")
    for line in ("ink 1 0", "paint 1 0", "sculpture 0 0", "seen before 1", "another subreddit 1"):
        assert line in lines
    place = lines.index("another form of title:")
    assert lines[place + 1] == "no form"


def test_ten_titles_at_most_are_shown_of_each(dump: Write) -> None:
    made = [submission(f"{number}", title=f"{number}, me, ink, 2019") for number in range(1, 40)]
    tally = look_only([dump(made)], STUDY)
    expected = [f"{number}, me, ink, 2019" for number in range(1, 11)]
    assert tally.titles == {"ink": expected}
    elsewhere = [{**post, "subreddit": "pics"} for post in made]
    tally = look_only([dump(100 * elsewhere)], STUDY)
    assert tally.titles == {"another subreddit": expected}
    assert tally.refused == {Reason.SUBREDDIT: 3900, Reason.UNREADABLE: 0}


def test_every_post_has_a_row(dump: Write, tmp_path: Path) -> None:
    table = tmp_path / "looked_at.csv"
    others = [submission(f"{number}x", subreddit="pics") for number in range(1, 3000)]
    code, _, _ = run("--dry-run", dump(MIXED), dump(others, "b.jsonl"), "-o", table)
    assert code == 0
    assert table.read_text().splitlines()[:5] == [
        "id,accepted,reason,medium",
        "1a,true,,ink",
        "2b,true,,paint",
        "3c,false,another subreddit,",
        "4d,false,another form of title,",
    ]
    found = rows(table)
    assert len(found) == 5 + len(others)
    assert {row["reason"] for row in found[5:]} == {"another subreddit"}


def test_the_column_is_the_recipe_s(dump: Write, tmp_path: Path) -> None:
    recipe, table = tmp_path / "mine.toml", tmp_path / "out.csv"
    recipe.write_text('[label]\ncolumn = "made_of"\n[classes.ink]\nwords = ["ink"]\n')
    code, out, _ = run("--recipe", recipe, "--dry-run", dump(MIXED[:1]), "-o", table)
    assert code == 0
    assert rows(table) == [{"id": "1a", "accepted": "true", "reason": "", "made_of": "ink"}]
    assert "made_of" in out


def test_the_same_as_json(dump: Write) -> None:
    code, out, _ = run("--dry-run", dump(MIXED), "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert found["looked_at"] == 5
    assert found["accepted"]["ink"] == 1
    assert found["refused"] == {
        "another subreddit": 1,
        "another form of title": 1,
        "seen before": 1,
    }
    assert found["titles"]["another form of title"] == ["no form"]


def test_a_table_is_there_only_if_all_was_read(dump: Write, tmp_path: Path) -> None:
    table = tmp_path / "looked_at.csv"
    whole = dump([submission(f"{number}") for number in range(1, 3000)])
    whole.write_bytes(whole.read_bytes()[:-9])
    code, out, err = run("--dry-run", dump(MIXED, "a.ndjson"), whole, "-o", table)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: a file without its end ({whole}")
    assert not table.exists()


def test_a_table_that_is_there_stays(dump: Write, tmp_path: Path) -> None:
    table = tmp_path / "looked_at.csv"
    table.write_text("mine")
    path = dump(MIXED)
    assert run("--dry-run", path, "-o", table)[0] == 2
    assert table.read_text() == "mine"
    assert run("--dry-run", path, "-o", table, "--force")[0] == 0
    assert len(rows(table)) == 5


def test_lines_that_are_no_posts_are_counted_and_told(dump: Write) -> None:
    path = dump(as_lines(MIXED[:1]) + b"nothing\n", "a.ndjson")
    code, out, err = run("--dry-run", path)
    assert (code, err) == (1, "error: 1 lines are no posts; all others were looked at\n")
    assert "unreadable" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--dry-run"], "no posts to look at"),
        (["--dry-run", "gone.zst"], "No such file or directory (gone.zst)"),
        (["--dry-run", "gone.zst", "--recipe", "mine"], "no recipe (mine)"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: list[str], told: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_only_some_posts_may_be_wanted() -> None:
    tally = Tally()
    batch = Batch([post_of(submission(name)) for name in ("1a", "2b", "3c")])
    (looked,) = look_at([batch], STUDY, tally, only={"2b"})
    assert [post.id for post, verdict in looked.judged if verdict.accepted] == ["2b"]
    assert tally.refused[Reason.UNLISTED] == 2


def test_posts_are_known_again_whatever_their_ids_look_like() -> None:
    posts = [post_of(submission("1a", id=name)) for name in ("1a", "1A", "a-b", "a-b", "a-c")]
    tally = Tally()
    list(look_at([Batch(posts[:3]), Batch(posts[3:])], STUDY, tally))
    assert (tally.accepted.total(), tally.refused[Reason.SEEN]) == (3, 2)
