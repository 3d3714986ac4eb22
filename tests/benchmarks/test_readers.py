"""Files gone wrong, a few of those that ``python -m benchmarks.soak readers`` gives to readers."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.soak.odd_sites import (
    answers_gone_wrong,
    manifests_gone_wrong,
    robots_gone_wrong,
    tiles_gone_wrong,
)
from benchmarks.soak.odd_tables import odd_file, sound_tables
from benchmarks.soak.readers import imports_gone_wrong, models_gone_wrong, tables_gone_wrong

ENDS = {"read", "refused"}


def test_the_same_number_gives_the_same_file() -> None:
    assert odd_file(3) == odd_file(3) != odd_file(3, seed=1)


@pytest.mark.parametrize("seed", range(3))
def test_readers_refuse_in_words_of_ours(tmp_path: Path, seed: int) -> None:
    count = 5 * len(sound_tables())
    for ends in (
        tables_gone_wrong(tmp_path, count, seed),
        imports_gone_wrong(tmp_path, count, seed),
    ):
        assert set(Counter(ends)) == ENDS


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of numbers that overflow, before it is
def test_a_model_folder_gone_wrong_is_refused(tmp_path: Path) -> None:
    assert set(models_gone_wrong(tmp_path, 40)) == ENDS


def test_what_a_site_says_is_read_or_refused(tmp_path: Path) -> None:
    assert set(Counter(robots_gone_wrong(150))) == {"read"}
    for ends in (
        manifests_gone_wrong(tmp_path, 150),
        tiles_gone_wrong(150),
        answers_gone_wrong(60),
    ):
        assert set(Counter(ends)) == ENDS
