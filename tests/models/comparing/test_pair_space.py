from dataclasses import replace

import numpy as np
import pytest

from src.models.comparing.fit_space import fit_space
from src.models.comparing.judging_hands import (
    Works,
    calibrate,
    calibrate_space,
    find_verdicts,
    new_artists,
    score_known_artists,
    score_new_artists,
    score_pairs,
)
from src.models.comparing.pair_figures import Curve
from src.models.comparing.pair_space import PairSpace, sigmoid
from src.models.comparing.pairs import all_pairs
from tests.models.comparing.hands import draw_rows

ROWS, ARTISTS = draw_rows()
SPACE = fit_space(ROWS, ARTISTS)
NEW_ROWS, NEW_ARTISTS = draw_rows(artists=10, seed=1)


def make_works(seen: int = 0) -> Works:
    return Works(
        ROWS, ARTISTS, np.arange(len(ROWS)) < seen, np.array([f"{k}" for k in range(len(ROWS))])
    )


def test_pairs_of_new_artists_are_told_apart() -> None:
    pairs = all_pairs(NEW_ARTISTS)
    scores = score_pairs(SPACE, SPACE.place(NEW_ROWS), pairs)
    assert Curve.of(scores, pairs.same).figures().auc > 0.85


def test_scores_do_not_depend_on_the_order_of_a_pair() -> None:
    placed = SPACE.place(NEW_ROWS)
    one, other = placed.at([0, 1]), placed.at([20, 3])
    assert np.allclose(SPACE.log_odds(one, other), SPACE.log_odds(other, one))


def test_pair_by_pair_and_all_at_once_are_the_same() -> None:
    placed, pairs = SPACE.place(NEW_ROWS), all_pairs(NEW_ARTISTS)
    alone = SPACE.log_odds(placed.at(pairs.first), placed.at(pairs.second))
    assert np.allclose(score_pairs(SPACE, placed, pairs), alone, atol=1e-4)


def test_missing_numbers_stay_missing_and_spoil_no_other_row() -> None:
    rows = NEW_ROWS.copy()
    rows[3] = np.nan
    placed = SPACE.place(rows)
    assert np.flatnonzero(np.isnan(placed.vectors).any(axis=1)).tolist() == [3]
    assert np.allclose(placed.at([0]).vectors, SPACE.place(NEW_ROWS[:1]).vectors, atol=1e-6)


def test_a_space_is_the_same_after_it_was_written() -> None:
    content = SPACE.to_bytes()
    read = PairSpace.from_bytes(content, 30)
    assert read.to_bytes() == content
    assert np.array_equal(read.place(NEW_ROWS).vectors, SPACE.place(NEW_ROWS).vectors)


@pytest.mark.parametrize(
    "spoilt",
    [
        replace(SPACE, products=SPACE.products[1:]),
        replace(SPACE, scale=SPACE.scale * np.nan),
        replace(SPACE, weights=np.ones(2)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(spoilt: PairSpace) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        PairSpace.from_bytes(spoilt.to_bytes(), 30)


def test_scores_of_artists_left_out_are_calibrated() -> None:
    scored = score_new_artists(make_works(), 0)
    found = scored.calibrated(*calibrate(scored))
    weights = np.where(
        found.pairs.same, 1 / found.pairs.same.mean(), 1 / (~found.pairs.same).mean()
    )
    for low, high in ((0.0, 0.3), (0.7, 1.0)):
        inside = (sigmoid(found.scores) >= low) & (sigmoid(found.scores) <= high)
        share = np.average(found.pairs.same[inside], weights=weights[inside])
        assert low < share < high


def test_a_calibrated_space_gives_calibrated_scores() -> None:
    placed, pairs = SPACE.place(NEW_ROWS), all_pairs(NEW_ARTISTS)
    raw = score_pairs(SPACE, placed, pairs)
    space = calibrate_space(SPACE, 0.5, -2.0)
    found = score_pairs(space, space.place(NEW_ROWS), pairs)
    assert np.allclose(found, 0.5 * raw - 2, atol=1e-3)


def test_no_artist_that_is_judged_was_fitted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = list[set[str]]()

    def spy(rows: np.ndarray, artists: np.ndarray, seed: int) -> PairSpace:
        fitted.append({*artists.tolist()})
        return fit_space(rows, artists, seed)

    monkeypatch.setattr("src.models.comparing.judging_hands.fit_space", spy)
    scored = score_new_artists(make_works(), 0)
    assert len(fitted) == 5
    assert all(len(names) == 16 for names in fitted)
    assert {*scored.artists.tolist()} == {*ARTISTS.tolist()}
    # Each artist was left out of one fit.
    assert all(sum(name not in names for names in fitted) == 1 for name in {*ARTISTS.tolist()})


def test_artists_that_the_network_saw_are_not_new() -> None:
    works = make_works(seen=108)  # of nine artists
    assert new_artists(works).tolist() == [f"artist {k:02}" for k in range(9, 20)]
    assert {*score_new_artists(works, 0).artists.tolist()} == {*new_artists(works).tolist()}


def test_of_known_artists_works_that_the_network_did_not_see_are_judged() -> None:
    seen = np.arange(len(ROWS)) % 12 < 8
    seen[ARTISTS >= "artist 10"] = False
    scored = score_known_artists(replace(make_works(), seen=seen), 0)
    names, counts = np.unique(scored.artists, return_counts=True)
    assert names.tolist() == [f"artist {k:02}" for k in range(10)]
    assert set(counts.tolist()) == {4}


def test_pictures_of_one_work_make_no_pair() -> None:
    two_by_two = np.array([f"{k // 2}" for k in range(len(ROWS))])
    scored = score_new_artists(replace(make_works(), groups=two_by_two), 0)
    alone = score_new_artists(make_works(), 0)
    assert alone.pairs.same.sum() - scored.pairs.same.sum() == len(ROWS) // 2


def test_verdicts_are_wrong_as_seldom_as_promised() -> None:
    scored = score_new_artists(make_works(), 0)
    told = find_verdicts(scored)
    assert told.same_above >= told.different_below
    assert told.same_wrong <= 0.05
    assert told.different_wrong <= 0.05
    assert told.same_found > 0.2
