import numpy as np
import pytest

from src.errors import DataError
from src.models.comparing.pairs import PARTNERS, all_pairs, study_pairs

ARTISTS = np.repeat([f"a{k}" for k in range(40)], 30)


def test_pairs_come_in_the_proportion_of_the_study() -> None:
    pairs = study_pairs(ARTISTS)
    same = int(pairs.same.sum())
    assert len(pairs.same) - same == round(1.75 * same)
    assert (pairs.same == (ARTISTS[pairs.first] == ARTISTS[pairs.second])).all()


def test_each_pair_stands_once_and_none_is_of_one_work() -> None:
    pairs = study_pairs(ARTISTS)
    assert (pairs.first < pairs.second).all()
    assert len({*zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)}) == len(pairs.same)


def test_all_pairs_of_one_artist_that_were_drawn_are_kept() -> None:
    # Of partners that are drawn, 29 of 1,199 are by the same artist.
    expected = len(ARTISTS) * PARTNERS * 29 / 1199
    assert 0.9 * expected < study_pairs(ARTISTS).same.sum() <= expected * 1.1


def test_a_seed_decides_the_pairs() -> None:
    first, again, other = study_pairs(ARTISTS, 1), study_pairs(ARTISTS, 1), study_pairs(ARTISTS, 2)
    assert np.array_equal(first.first, again.first)
    assert not np.array_equal(first.first, other.first)


@pytest.mark.parametrize("artists", [["a", "b", "c"], ["a", "a", "a"], ["a"], []])
def test_nothing_can_be_learned_from_one_kind_of_pairs(artists: list[str]) -> None:
    with pytest.raises(DataError, match="several works of each of several artists"):
        study_pairs(np.array(artists, np.str_))


def test_all_pairs_are_as_many_as_there_are() -> None:
    assert len(all_pairs(ARTISTS[:100]).same) == 4950
