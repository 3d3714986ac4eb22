import itertools
from collections.abc import Iterator

from src.jobs.shard_map import Shard, Work, digest, key_to_keep, map_shards


def test_each_shard_gets_the_results_for_its_items() -> None:
    numbers = iter(range(400))
    shards = [Shard(str(size), list(itertools.islice(numbers, size))) for size in (1, 70, 329)]
    done = list(map_shards(Work("negative", int.__neg__), shards, 400, jobs=2))
    assert [shard for shard, _ in done] == shards
    for shard, results in done:
        assert results == [-item for item in shard.items]


def test_shards_are_taken_as_they_are_needed() -> None:
    taken = itertools.count()

    def endless() -> Iterator[Shard[int]]:
        while True:
            yield Shard("some", range(next(taken), 100))

    done = map_shards(Work("sizes", abs), endless(), 0, jobs=1)
    assert len(list(itertools.islice(done, 5))) == 5
    assert next(taken) < 100


def test_results_from_before_and_after_a_change_are_for_one_run_only() -> None:
    before, after = digest("a.jpg", 1), digest("a.jpg", 2)
    assert key_to_keep(before, before) == before
    assert key_to_keep(before, after) not in {before, after}
