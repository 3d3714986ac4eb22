import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

from src.models.components import Components


def make_rows(rows: int, columns: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 30)) @ rng.normal(size=(30, columns)) + rng.normal(
        size=(rows, columns)
    )


def test_it_is_a_transformer_as_scikit_learn_wants_them() -> None:
    # These ask of float32 what float64 has: products of matrices differ in the last bit.
    close = dict.fromkeys(
        ["check_methods_sample_order_invariance", "check_methods_subset_invariance"], "float32"
    )
    check_estimator(Components(), on_skip=None, expected_failed_checks=close)


def test_rows_are_placed_alike_in_any_order_and_alone() -> None:
    rows = make_rows(60, 20)
    found = Components(5).fit(rows)
    placed = found.transform(rows)
    np.testing.assert_allclose(found.transform(rows[::-1])[::-1], placed, atol=1e-5)
    np.testing.assert_allclose(found.transform(rows[:1]), placed[:1], atol=1e-5)


@pytest.mark.parametrize("shape", [(60, 200), (200, 60)])
def test_components_are_those_of_pca(shape: tuple[int, int]) -> None:
    rows = make_rows(*shape)
    expected, found = PCA(12, svd_solver="full").fit(rows), Components(12).fit(rows)
    turned = np.abs(found.components_ @ expected.components_.T)
    np.testing.assert_allclose(turned, np.eye(12), atol=1e-4)
    np.testing.assert_allclose(
        np.abs(found.transform(rows)), np.abs(expected.transform(rows)), atol=1e-3
    )


def test_the_first_axes_are_the_same_whatever_number_is_kept() -> None:
    rows = make_rows(60, 200)
    np.testing.assert_allclose(
        Components(5).fit(rows).transform(rows),
        Components().fit(rows).transform(rows)[:, :5],
        atol=1e-3,
    )


def test_a_penalised_linear_model_is_the_same_on_all_axes() -> None:
    rows = make_rows(60, 200)
    labels = np.arange(60) % 3
    plain = LogisticRegression(C=0.01, tol=1e-8, max_iter=1000).fit(
        rows - rows.mean(axis=0), labels
    )
    axes = Components().fit(rows)
    turned = LogisticRegression(C=0.01, tol=1e-8, max_iter=1000).fit(
        axes.transform(rows).astype(np.float64), labels
    )
    np.testing.assert_allclose(turned.coef_ @ axes.components_, plain.coef_, atol=1e-4)


def test_no_more_axes_are_kept_than_there_are() -> None:
    assert Components(100).fit(make_rows(20, 50)).components_.shape == (19, 50)
    assert Components().fit(np.ones((4, 3))).components_.shape == (1, 3)


def test_blocks_count_the_same_however_many_columns_they_have() -> None:
    rows = np.random.default_rng(0).normal(size=(3000, 30))
    lone, shared = rows[:, :1], rows[:, 1:]
    plain = Components(1).fit(rows).components_
    found = Components(blocks=(1, 29)).fit(rows)
    assert abs(plain[0, 0]) < 0.9
    # The weight of the only column of its block is that of all others together.
    assert np.abs(found.components_[0]).argmax() == 0
    moved = found.transform(rows - rows.mean(axis=0))
    variances = moved.var(axis=0)
    assert variances[0] == pytest.approx(lone.var() * 15, rel=0.05)
    assert variances.sum() == pytest.approx(lone.var() * 15 + shared.var() * 15, rel=0.05)


def test_blocks_that_are_no_parts_of_the_rows_are_refused() -> None:
    with pytest.raises(ValueError, match=r"7 columns and the rows 6"):
        Components(blocks=(3, 4)).fit(make_rows(9, 6))
