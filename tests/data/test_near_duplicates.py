"""Clusters of one work: what belongs to them, which is kept, and what never does."""

import shutil
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from src.data.near_duplicates import Duplicates, find_duplicates, link_completely
from tests.data import versions
from tests.data.versions import Bgr, paint_work


def _write(folder: Path, pictures: dict[str, Bgr]) -> list[str]:
    for name, bgr in pictures.items():
        assert cv2.imwrite(str(folder / name), bgr)
    return [str(folder / name) for name in pictures]


def _names(paths: Sequence[str], found: Duplicates) -> list[set[str]]:
    return [{Path(paths[i]).name for i in cluster.members} for cluster in found.clusters]


def _all_pairs(places: Sequence[int]) -> Iterable[tuple[int, int]]:
    return combinations(places, 2)


def test_versions_of_a_work_are_one_cluster_and_the_best_is_kept(tmp_path: Path) -> None:
    work = paint_work(1)
    pictures = {
        "half.png": versions.halve(work),
        "bars.png": versions.letterbox(work),
        "whole.png": work,
        "grey.png": versions.grey(work),
        "part.png": work[20:-40, 50:],
        "mirror.jpg": versions.mirror(work),
        "wall.jpg": versions.photograph(work),
        "other.png": paint_work(2),
    }
    paths = _write(tmp_path, pictures)
    found = find_duplicates(paths, _all_pairs, jobs=1)
    (cluster,) = found.clusters
    assert _names(paths, found) == [set(pictures) - {"other.png"}]
    assert Path(paths[cluster.kept]).name in ("whole.png", "bars.png")
    said = dict(zip((Path(paths[i]).name for i in cluster.others), cluster.relations, strict=True))
    assert said["half.png"] == "smaller"
    assert said["grey.png"] == "in grey"
    assert said["part.png"] == "a part of it"
    assert said["mirror.jpg"] == "mirrored"
    assert said["wall.jpg"] == "with more around it"


def test_a_photograph_of_a_wall_is_found_by_a_close_look_at_all(tmp_path: Path) -> None:
    pictures = {f"{seed}.png": paint_work(seed) for seed in range(12)}
    paths = _write(tmp_path, pictures | {"wall.jpg": versions.photograph(paint_work(3))})
    assert find_duplicates(paths, jobs=1).clusters == []
    (cluster,) = find_duplicates(paths, jobs=1, closely=True).clusters
    assert cluster.members == [3, 12]


def test_copies_are_known_by_bytes_and_by_pixels(tmp_path: Path) -> None:
    flat = np.full((50, 60, 3), 120, np.uint8)
    paths = _write(tmp_path, {"a.png": flat, "b.bmp": flat})
    paths.append(shutil.copy(paths[0], str(tmp_path / "c.png")))
    (cluster,) = find_duplicates(paths, jobs=1).clusters
    said = {
        Path(paths[i]).name: word for i, word in zip(cluster.others, cluster.relations, strict=True)
    }
    assert Path(paths[cluster.kept]).name == "b.bmp"  # the larger file
    assert said == {"a.png": "the same pixels", "c.png": "the same pixels"}


def test_a_folder_of_one_picture_is_one_cluster(tmp_path: Path) -> None:
    (first,) = _write(tmp_path, {"0.png": paint_work(5)})
    paths = [first, *(shutil.copy(first, str(tmp_path / f"{k}.png")) for k in range(1, 40))]
    (cluster,) = find_duplicates(paths, _all_pairs, jobs=1).clusters
    assert cluster.kept == 0
    assert set(cluster.relations) == {"the same file"}


def test_flat_pictures_of_different_colors_are_no_cluster(tmp_path: Path) -> None:
    flat = {f"{k}.png": np.full((20, 20 + k, 3), k, np.uint8) for k in range(100)}
    assert find_duplicates(_write(tmp_path, flat), jobs=1).clusters == []


def test_a_broken_file_is_told_and_the_others_are_compared(tmp_path: Path) -> None:
    paths = _write(tmp_path, {"a.png": paint_work(1), "b.png": versions.halve(paint_work(1))})
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    found = find_duplicates([str(broken), *paths, str(tmp_path / "missing.png")], jobs=1)
    assert sorted(found.failed) == [0, 3]
    assert "broken.jpg" in str(found.failed[0])
    assert found.clusters[0].members == [1, 2]


def test_strange_shapes_do_no_harm(tmp_path: Path) -> None:
    strip = paint_work(4, 800, 40)
    pictures = {
        "dot.png": np.zeros((1, 1, 3), np.uint8),
        "strip.png": strip,
        "strip.jpg": strip,
        "line.png": np.full((1, 300, 3), 9, np.uint8),
    }
    paths = _write(tmp_path, pictures)
    assert _names(paths, find_duplicates(paths, _all_pairs, jobs=1)) == [{"strip.png", "strip.jpg"}]


def test_links_do_not_chain() -> None:
    clusters = link_completely(
        range(20), [(a, a + 1) for a in range(19)], lambda a, b: abs(a - b) <= 2
    )
    assert max(map(len, clusters)) == 3
    assert sorted(place for cluster in clusters for place in cluster) == list(range(20))


@pytest.mark.parametrize("count", [500, 1000])
def test_a_large_cluster_does_not_compare_all_with_all(count: int) -> None:
    asked = []

    def is_same(one: int, other: int) -> bool:
        asked.append((one, other))
        return True

    clusters = link_completely(range(count), [(a, a + 1) for a in range(count - 1)], is_same)
    assert len(clusters) == 1
    assert len(asked) <= 14 * count
