"""The one bulk runner, with work that takes no time and pictures that are nowhere."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from src.jobs.runner import Work, digest, run_job, stamp_file, survey_job
from src.jobs.shard_store import Picture, Row, ShardStore


@dataclass
class Negation:
    """A job: the negative of each picture's name; those that are no numbers fail."""

    sizes: Sequence[int]
    state: dict[str, int] = field(default_factory=dict)
    looked: int = 0

    @property
    def work(self) -> Work[str, int | None]:
        return Work("negative", negate)

    def shards(self) -> Iterator[list[Picture]]:
        self.looked += 1
        numbers = itertools.count()
        for size in self.sizes:
            names = [str(n) if n % 10 else f"no {n}" for n in itertools.islice(numbers, size)]
            yield [Picture(name, name) for name in names]

    def items(self, pictures: Sequence[Picture]) -> list[str]:
        return [picture.place for picture in pictures]

    def key(self, pictures: Sequence[Picture]) -> str:
        return digest(pictures, [self.state.get(picture.name) for picture in pictures])

    def row(self, picture: Picture, result: int | None) -> Row:
        if result is None:
            return Row(picture, None, "no number")
        return Row(picture, str(result).encode())


def negate(name: str) -> int | None:
    return -int(name) if name.isdecimal() else None


def done(
    job: Negation, survey: list[tuple[str, int]], store: ShardStore, failed: list[Row] | None = None
) -> list[str]:
    told = [] if failed is None else failed
    return list(run_job(job, survey, store, told.append, jobs=1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ShardStore]:
    with ShardStore(tmp_path / "store") as opened:
        yield opened


def test_each_picture_is_there_once_in_order_with_its_result(store: ShardStore) -> None:
    job, failed = Negation((1, 70, 329)), list[Row]()
    survey = survey_job(job, store)
    assert [size for _, size in survey] == [1, 70, 329]
    keys = list(run_job(job, survey, store, failed.append, jobs=2))
    assert keys == [key for key, _ in survey]
    rows = list(store.rows(keys))
    assert [row.content for row in rows if row.content] == [
        str(-n).encode() for n in range(400) if n % 10
    ]
    assert [row.picture.name for row in failed] == [f"no {n}" for n in range(0, 400, 10)]
    assert job.looked == 1


def test_what_is_finished_is_not_done_again_but_told_again(
    store: ShardStore, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Negation((30, 30))
    done(job, survey_job(job, store), store)
    failed = list[Row]()
    again = Negation((30, 30))
    survey = survey_job(again, store)
    assert "goes on after 60 pictures of an earlier run" in capsys.readouterr().err
    assert done(again, survey, store, failed) == [key for key, _ in survey]
    assert len(failed) == 6


def test_what_changes_between_survey_and_work_is_kept_for_this_run_only(store: ShardStore) -> None:
    job = Negation((30, 30))
    survey = survey_job(job, store)
    done(job, survey, store)
    job.state["31"] = 1
    keys = done(job, survey, store)
    assert keys[0] == survey[0][0]
    assert keys[1] not in {survey[1][0], job.key(list(job.shards())[1])}
    assert len(list(store.rows(keys))) == len(list(store.sorted_rows())) + 6 == 60


def test_a_shard_is_told_of_when_it_is_there_and_others_are_not(store: ShardStore) -> None:
    job = Negation((30, 900))
    survey = survey_job(job, store)
    (first, _), (second, _) = survey
    keys = run_job(job, survey, store, list[Row]().append, jobs=1)
    assert next(keys) == first
    assert store.finished() == {first}
    assert len(list(store.rows([first]))) == 30
    keys.close()
    assert done(job, survey, store) == [first, second]


def test_other_shards_than_those_of_the_survey_are_forgotten(store: ShardStore) -> None:
    done(Negation((30,)), survey_job(Negation((30,)), store), store)
    survey_job(Negation((20,)), store)
    assert store.finished() == set()


def test_a_file_has_another_stamp_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    assert stamp_file(str(path)) == stamp_file("nul\0") == ()
    path.write_bytes(b"one")
    before = stamp_file(str(path))
    path.write_bytes(b"other")
    assert () != before != stamp_file(str(path))
