"""What a leak makes of accuracy: much where only versions of a work are alike, nothing without."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from src.errors import DataError
from src.models.studies.leak import measure_leak
from src.models.training.rows import LabelledRows


def _works(versions: int, works: int = 60) -> tuple[LabelledRows, NDArray[np.str_]]:
    """Return versions of works whose rows say nothing of their classes."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(works, 8)), versions, axis=0)
    labels = np.repeat(np.array(["x", "y", "z"])[np.arange(works) % 3], versions)
    clusters = np.repeat([f"work {k}" if versions > 1 else "" for k in range(works)], versions)
    return LabelledRows(centres + rng.normal(scale=1e-3, size=centres.shape), labels), clusters


def test_versions_on_both_sides_look_like_knowledge() -> None:
    rows, clusters = _works(versions=3)
    leak = measure_leak(KNeighborsClassifier(1), rows, clusters)
    assert leak.leaked > 0.9
    assert leak.accuracy < 0.6
    assert leak.gain == pytest.approx(leak.leaked - leak.accuracy)
    assert (leak.repeated, leak.rows) == (180, 180)


def test_without_versions_there_is_no_leak() -> None:
    rows, clusters = _works(versions=1)
    leak = measure_leak(KNeighborsClassifier(1), rows, clusters)
    assert abs(leak.gain) < 0.25
    assert leak.repeated == 0


def test_too_few_rows_of_a_class_are_refused() -> None:
    rows = LabelledRows(np.zeros((6, 1)), np.array(["a"] * 5 + ["b"]))
    with pytest.raises(DataError, match="a class has 1 rows"):
        measure_leak(KNeighborsClassifier(1), rows, np.full(6, ""))
