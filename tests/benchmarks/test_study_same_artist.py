from pathlib import Path

import numpy as np
import pytest

from benchmarks.hand_scores import KINDS, Fitted, Works, scale_locally
from benchmarks.networks.art_table import HOLDOUT, STRANGER, TRAIN
from benchmarks.study_same_artist import (
    judge,
    judge_folds,
    read_works,
    render_folds,
    render_judged,
)
from src.errors import DataError

WIDTH = 60
# With which no kind finds all there is.
NOISE = 10


def draw_works(names: list[str], each: int, seed: int, hands: float = 1.0) -> Works:
    """Return works whose artists differ in twelve directions, and works in sixty."""
    rng = np.random.default_rng(seed)
    axes = np.random.default_rng(99).normal(size=(12, WIDTH))
    points = [np.random.default_rng(list(name.encode())).normal(size=12) for name in names]
    artists = np.repeat(names, each)
    rows = np.repeat(hands * np.array(points), each, axis=0) @ axes
    rows += rng.normal(0, NOISE, rows.shape)
    return Works(rows.astype(np.float32), artists)


KNOWN = [f"known {k}" for k in range(12)]
NEW = [f"new {k}" for k in range(8)]


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return Fitted.to(draw_works(KNOWN, 20, seed=0))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_hands_apart_and_known_ones_best(fitted: Fitted, kind: str) -> None:
    known, new = (
        judge(KINDS[kind], fitted, draw_works(names, 10, seed=1), resamples=20)
        for names in (KNOWN, NEW)
    )
    assert 0.6 < new.over_all.figures.auc < known.over_all.figures.auc < 0.99
    assert known.over_all.low.auc < known.over_all.figures.auc < known.over_all.high.auc
    assert known.study_auc == pytest.approx(known.over_all.figures.auc, abs=0.1)


def test_folds_judge_artists_that_were_left_out() -> None:
    found = judge_folds(draw_works(KNOWN, 20, seed=5), folds=3)
    assert {len(folds) for folds in found.values()} == {3}
    means = {name: np.mean([fold.auc for fold in folds]) for name, folds in found.items()}
    assert all(0.55 < mean < 0.8 for mean in means.values())
    lines = render_folds(found).splitlines()
    assert len(lines) == 2 + len(KINDS)
    first = next(iter(KINDS))
    assert lines[2].startswith(f"| {first} | {means[first]:.3f} |")


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_finds_hands_where_there_are_none(fitted: Fitted, kind: str) -> None:
    works = draw_works(NEW, 15, seed=2, hands=0)
    assert judge(KINDS[kind], fitted, works, 0).over_all.figures.auc == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("kind", KINDS)
def test_a_score_is_of_two_works_alone(fitted: Fitted, kind: str) -> None:
    rows = draw_works(NEW, 4, seed=3).rows
    scores = KINDS[kind](fitted, rows)
    assert scores.shape == (len(rows), len(rows))
    np.testing.assert_allclose(scores, scores.T, atol=1e-3)
    np.testing.assert_allclose(KINDS[kind](fitted, rows[:5]), scores[:5, :5], atol=1e-3)


def test_a_work_in_a_crowd_is_marked_down() -> None:
    crowd = np.tile(np.array([[1, 0]], np.float32), (3, 1))
    rows = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    # Cosines to the crowd are 1, 0.8 and 0.
    scaled = scale_locally(rows, crowd, neighbours=2)
    assert scaled[0, 1] == pytest.approx(2 * 0.8 - 1 - 0.8)
    assert scaled[1, 2] == pytest.approx(2 * 0.6 - 0.8 - 0)


def test_works_are_read_by_part_and_nameless_ones_left_out(tmp_path: Path) -> None:
    parts = np.array([TRAIN, TRAIN, HOLDOUT, STRANGER])
    rows = np.arange(8, dtype=np.float16).reshape(4, 2)
    np.savez(tmp_path / "rows.npz", rows=rows, artist=np.array(["a", "", "a", "b"]), part=parts)
    works = read_works(tmp_path / "rows.npz")
    assert works[TRAIN].rows.tolist() == [[0, 1]]
    assert works[STRANGER].artists.tolist() == ["b"]


def test_files_without_what_is_needed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.npz"
    with pytest.raises(DataError, match="not a file of measured works"):
        read_works(path)
    np.savez(path, rows=np.zeros((1, 2)), artist=np.array(["a"]))
    with pytest.raises(DataError, match="part"):
        read_works(path)
    np.savez(path, rows=np.zeros((1, 2)), artist=np.array(["a"]), part=np.array([TRAIN]))
    with pytest.raises(DataError, match=f"no works of {HOLDOUT}, {STRANGER}"):
        read_works(path)


def test_the_table_has_a_row_for_each_kind(fitted: Fitted) -> None:
    works = draw_works(NEW, 5, seed=4)
    found = {name: judge(KINDS[name], fitted, works, 5) for name in list(KINDS)[:2]}
    lines = render_judged(found).splitlines()
    assert [line.count("|") for line in lines] == [8] * 4
    assert lines[2].startswith(f"| {next(iter(KINDS))} | 0.")
