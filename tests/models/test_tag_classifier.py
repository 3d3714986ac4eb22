from collections.abc import Callable
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.errors import UntrustedModel
from src.models.artifact import export_joblib, load_model_folder, load_parts, save_model
from src.models.predict_model import predict
from src.models.scorer import Scorer
from src.models.storage.model_checks import check_soundness
from src.models.storage.skops_format import dump_estimator
from src.models.tag_combinations import combine, find_combinations
from tests.models.fitted_models import paint
from tests.models.tag_models import TAGS, THRESHOLDS, fit_tag_model, make_tag_rows, tag_classifier

ROWS, LABELS = make_tag_rows()


@given(
    st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=4),
    st.sets(st.sampled_from(list(product((0, 1), repeat=3))), min_size=1),
)
def test_a_tag_is_as_probable_as_the_combinations_that_have_it(
    rows: list[tuple[float, float, float]], seen: set[tuple[int, ...]]
) -> None:
    scores, allowed = np.array(rows).clip(1e-6, 1 - 1e-6), np.array(sorted(seen), np.int8)
    found = combine(scores, [(np.arange(3), allowed)])
    for row, combined in zip(scores, found, strict=True):
        weights = np.prod(np.where(allowed == 1, row, 1 - row), axis=1)
        np.testing.assert_allclose(combined, weights @ allowed / weights.sum(), atol=1e-6)


def test_tags_that_were_not_known_together_know_nothing_of_each_other() -> None:
    nan = np.nan
    truth = np.array([[1, nan, 0], [0, nan, 1], [nan, 1, nan], [nan, 0, nan]])
    scores = np.array([[0.9, 0.3, 0.9]])
    found = combine(scores, find_combinations(truth))
    assert found[0, 1] == 0.3
    assert found[0, [0, 2]].sum() == pytest.approx(1)


def test_more_tags_than_can_be_told_apart_are_left_alone() -> None:
    truth = np.random.default_rng(0).integers(0, 2, (3000, 12)).astype(float)
    assert find_combinations(truth) == []


def test_numpy_answers_as_scikit_learn_does() -> None:
    estimator = fit_tag_model().estimator
    expected = Scorer.plain(estimator, TAGS)(ROWS)
    np.testing.assert_allclose(Scorer.of(estimator, TAGS)(ROWS), expected, atol=1e-9)
    read = load_parts(dump_estimator(estimator))
    assert not hasattr(read, "predict_proba")
    np.testing.assert_allclose(Scorer.of(read, TAGS)(ROWS), expected, atol=1e-9)


def test_it_comes_back_the_same_from_a_folder(tmp_path: Path) -> None:
    model = fit_tag_model()
    save_model(model, tmp_path / "motif")
    loaded = load_model_folder(tmp_path / "motif")
    assert loaded.metadata == model.metadata
    assert loaded.metadata.thresholds == THRESHOLDS
    np.testing.assert_array_equal(
        loaded.estimator.predict_proba(ROWS), model.estimator.predict_proba(ROWS)
    )
    card = (tmp_path / "motif" / "README.md").read_text()
    for tag in TAGS:
        assert f"| {tag} |" in card
    assert "mean average precision" in card


def test_an_export_answers_for_each_tag_without_this_package(tmp_path: Path) -> None:
    estimator = fit_tag_model().estimator
    pipeline, scaler = export_joblib(estimator)
    (tmp_path / "pipeline.joblib").write_bytes(pipeline)
    assert b"tag_classifier" not in pipeline
    alone = joblib.load(tmp_path / "pipeline.joblib").predict_proba(ROWS)
    each = [one.predict_proba(ROWS) for one in estimator.estimators_]
    np.testing.assert_array_equal(np.array(alone), np.array(each))
    assert len(scaler) > 0


def spoil_number(estimator: Any) -> None:
    estimator.estimators_.pop()


def spoil_answers(estimator: Any) -> None:
    estimator.estimators_[1].classes_ = np.array(["no", "perhaps"])


def spoil_places(estimator: Any) -> None:
    estimator.tags_[0] = estimator.tags_[0] + 1


def spoil_values(estimator: Any) -> None:
    estimator.combinations_[0] = estimator.combinations_[0] * 3


def spoil_shape(estimator: Any) -> None:
    estimator.combinations_[0] = estimator.combinations_[0][:, :2]


def spoil_scaler(estimator: Any) -> None:
    estimator.estimators_[2].calibrated_classifiers_[0].estimator.steps[0][1].n_features_in_ = 3


@pytest.mark.parametrize(
    "spoil",
    [spoil_number, spoil_answers, spoil_places, spoil_values, spoil_shape, spoil_scaler],
)
def test_what_would_lead_astray_is_refused(spoil: Callable[[Any], None]) -> None:
    estimator = deepcopy(fit_tag_model().estimator)
    check_soundness(estimator, 18)
    spoil(estimator)
    with pytest.raises(UntrustedModel):
        check_soundness(estimator, 18)


def test_a_picture_has_all_tags_that_reach_their_thresholds() -> None:
    rose = paint("RED", np.random.default_rng(1))
    found = predict(rose, model=tag_classifier(), order="bgr")
    assert set(found.labels) == {"rose", "warm"}
    assert list(found.scores) == sorted(found.scores, key=lambda tag: -found.scores[tag])
    assert (found.label, found.score) == (found.labels[0], found.scores[found.labels[0]])


def test_a_picture_may_have_no_tag_and_nothing_is_amiss() -> None:
    rose = paint("RED", np.random.default_rng(1))
    found = predict(rose, model=tag_classifier(), order="bgr", min_score=1.0)
    assert (found.labels, found.label) == ((), None)
    assert found.score == max(found.scores.values())
    assert "abstained" not in [warning.code for warning in found.warnings]
