import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from src.errors import DataError, ModelError
from src.features.extract_features import FEATURE_NAMES
from src.models.studies.groups import group_by_space
from src.models.studies.importance import measure_importance
from src.models.training.rows import LabelledRows

NAMES = ["b_bgr_mean", "l_lab_mean", "a_lab_mean"]


def make_rows(count: int = 300) -> LabelledRows:
    """Give rows whose class is the sign of the second feature, which the third one copies."""
    features = np.random.default_rng(0).normal(size=(count, 3))
    features[:, 2] = features[:, 1]
    return LabelledRows(features, np.where(features[:, 1] > 0, "light", "dark"))


def by_either(features: NDArray[np.float64]) -> NDArray[np.str_]:
    return np.where(features[:, 1] + features[:, 2] > 0, "light", "dark")


def test_what_is_not_used_costs_nothing_and_what_stands_in_shows_in_the_group() -> None:
    found = measure_importance(by_either, make_rows(), NAMES, repeats=4)
    assert (found.accuracy, found.rows) == (1.0, 300)
    assert found.single["b_bgr_mean"].tolist() == [0, 0, 0, 0]
    assert found.by_space["bgr"].tolist() == [0, 0, 0, 0]
    assert found.by_space["lab"].shape == (4,)
    # Each of the two halves the other's loss; together they lose all that chance does not give.
    assert 0.15 < found.single["l_lab_mean"].mean() < 0.35
    assert 0.4 < found.by_space["lab"].mean() < 0.6
    assert found.ranking()[-1] == "b_bgr_mean"


def test_the_features_of_a_space_are_shuffled_as_one() -> None:
    rows = make_rows()
    alike = LabelledRows(rows.features, np.full(300, "same"))
    found = measure_importance(
        lambda X: np.where(X[:, 1] == X[:, 2], "same", "other"), alike, NAMES
    )
    assert found.by_space["lab"].tolist() == [0] * 5
    assert found.single["l_lab_mean"].min() > 0.9


def test_the_same_seed_shuffles_alike_and_rows_stay_as_they_are() -> None:
    rows = make_rows()
    before = rows.features.copy()
    once = measure_importance(by_either, rows, NAMES, seed=3)
    again = measure_importance(by_either, rows, NAMES, seed=3)
    other = measure_importance(by_either, rows, NAMES, seed=4)
    assert once.single["l_lab_mean"].tolist() == again.single["l_lab_mean"].tolist()
    assert once.single["l_lab_mean"].tolist() != other.single["l_lab_mean"].tolist()
    assert np.array_equal(rows.features, before)


def test_a_model_that_is_not_fitted_is_refused() -> None:
    with pytest.raises(ModelError, match="not fitted"):
        measure_importance(LogisticRegression().predict, make_rows(), NAMES)


def test_no_rows_or_other_features_are_refused() -> None:
    with pytest.raises(DataError, match=r"shape \(0, 3\)"):
        measure_importance(by_either, LabelledRows(np.empty((0, 3)), np.array([], str)), NAMES)
    with pytest.raises(DataError, match="of the 18 features"):
        measure_importance(by_either, make_rows(), FEATURE_NAMES)


def test_the_eighteen_features_fall_into_three_spaces() -> None:
    groups = group_by_space(FEATURE_NAMES)
    assert {space: len(places) for space, places in groups.items()} == {
        "bgr": 6,
        "hsv": 6,
        "lab": 6,
    }
    assert sorted(i for places in groups.values() for i in places) == list(range(18))
    assert group_by_space(["share_of_red", "l_lab_p10"]) == {"lab": (1,), "others": (0,)}
