import pickle
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from src.config import project_root
from src.features.extract_features import FEATURE_NAMES
from src.models.artifact import load_model_folder, save_model
from src.models.classifier import Classifier
from src.models.scorer import NumpySteps, Scorer
from src.models.soft_vote_svc import SoftVoteSVC
from src.models.storage.rebuilding import Outline
from src.models.storage.skops_format import dump_estimator, load_estimator
from src.tasks import COLOR
from tests.models.fitted_models import CLASSIFIERS, fit_model, make_rows
from tests.models.training_tables import make_table

THREE, TWO = ("BLACK", "RED", "PINK"), ("RED", "BLACK")
BY_NUMPY = {
    "svm",
    "svm_on_components",
    "logistic_regression",
    "kernel_logistic_regression",
    "neural_network",
    "neural_network_adam",
    "average_of_quick",
}


@cache
def shipped() -> Any:
    return load_estimator((project_root() / "models" / "color" / "model.skops").read_bytes())


@cache
def shipped_scorer() -> Scorer:
    return Scorer.of(shipped(), COLOR.classes)


def by_libsvm(estimator: Any) -> Any:
    """Return a copy whose machines are asked by scikit-learn itself."""

    class Slow(SoftVoteSVC):
        _dense_decision_function = SVC._dense_decision_function

    copy = deepcopy(estimator)
    copy.calibrated_classifiers_[0].estimator.steps[-1][1].__class__ = Slow
    return copy


def outline_of(estimator: Any) -> Any:
    """Return what is read of a file without scikit-learn."""
    return load_estimator(dump_estimator(estimator), lambda _: True)


def random_rows(count: int) -> NDArray[np.float64]:
    """Return rows like those of pictures, and rows like none."""
    rng = np.random.default_rng(0)
    likely = shipped().calibrated_classifiers_[0].estimator.steps[0][1]
    near = rng.normal(likely.mean_, 1.5 * likely.scale_, (count // 2, 18))
    return np.vstack([near, rng.uniform(0, 255, (count - count // 2, 18))])


@pytest.mark.parametrize("method", ["temperature", "sigmoid"])
@pytest.mark.parametrize("classes", [THREE, TWO])
@pytest.mark.parametrize("family", CLASSIFIERS)
def test_scores_are_those_of_scikit_learn(
    family: str, classes: tuple[str, ...], method: str
) -> None:
    estimator = fit_model(family, method, classes).estimator
    rows = np.vstack([make_rows(classes)[0], np.random.default_rng(0).uniform(0, 255, (200, 18))])
    columns = [estimator.classes_.tolist().index(name) for name in classes]
    expected = by_libsvm(estimator).predict_proba(rows) if "svm" in family else None
    if expected is None:
        expected = estimator.predict_proba(rows)
    found = Scorer.of(estimator, classes)(rows)
    closeness = 1e-9 if "svm" in family else 1e-12
    np.testing.assert_allclose(found, expected[:, columns], rtol=0, atol=closeness)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert (NumpySteps.of(estimator) is not None) == (family in BY_NUMPY)


@pytest.mark.parametrize("classes", [THREE, TWO])
@pytest.mark.parametrize("family", sorted(BY_NUMPY))
def test_an_outline_answers_with_the_same_bits(family: str, classes: tuple[str, ...]) -> None:
    estimator = fit_model(family, "sigmoid", classes).estimator
    outline, rows = outline_of(estimator), make_rows(classes)[0]
    assert isinstance(outline, Outline)
    found = Scorer.of(outline, classes)(rows)
    np.testing.assert_array_equal(found, Scorer.of(estimator, classes)(rows))


def test_an_outline_can_be_sent_to_another_process() -> None:
    copy, rows = pickle.loads(pickle.dumps(outline_of(shipped()))), random_rows(20)
    found = Scorer.of(copy, COLOR.classes)(rows)
    np.testing.assert_array_equal(found, shipped_scorer()(rows))


def test_labels_of_machines_for_all_classes_are_those_of_libsvm() -> None:
    table = make_table(dict.fromkeys(COLOR.classes, 40))
    machines = SoftVoteSVC(C=10, decision_function_shape="ovo")
    pipeline = Pipeline([("scale", StandardScaler()), ("classify", machines)])
    fitted = CalibratedClassifierCV(pipeline, method="temperature", ensemble=False)
    fitted.fit(table[list(FEATURE_NAMES)].to_numpy(), table["color"].to_numpy(str))
    rows, estimator = random_rows(1500), by_libsvm(fitted)
    expected = estimator.predict_proba(rows)
    columns = [estimator.classes_.tolist().index(name) for name in COLOR.classes]
    found = Scorer.of(fitted, COLOR.classes)(rows)
    np.testing.assert_allclose(found, expected[:, columns], atol=1e-9)
    labels = np.array(COLOR.classes)[found.argmax(axis=1)]
    # Of two classes that are as probable as each other, either is right.
    first, second = np.sort(found, axis=1)[:, :-3:-1].T
    clear = first - second > 1e-9
    assert clear.mean() > 0.9
    assert labels[clear].tolist() == estimator.predict(rows)[clear].tolist()
    assert len(set(labels)) == 11


def test_a_row_by_itself_is_scored_as_among_others() -> None:
    rows = random_rows(300)
    alone = np.vstack([shipped_scorer()(row[np.newaxis]) for row in rows])
    np.testing.assert_allclose(shipped_scorer()(rows), alone, atol=1e-11)


def test_wide_rows_have_the_same_bits_with_any_number_of_threads() -> None:
    tags = load_model_folder(project_root() / "models" / "tags")
    width = len(tags.metadata.feature_spec.names)
    rows, found = np.random.default_rng(0).exponential(size=(16, width)), []
    for threads in (1, 2, 4):
        with threadpool_limits(threads, user_api="blas"):
            found.append(Scorer.of(tags.estimator, tags.metadata.classes)(rows))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_classes_that_are_all_improbable_share_equally() -> None:
    estimator = deepcopy(fit_model("svm", "sigmoid").estimator)
    for calibrator in estimator.calibrated_classifiers_[0].calibrators:
        calibrator.a_, calibrator.b_ = 0.0, 1e4
    rows = make_rows(THREE)[0][:2]
    found = Scorer.of(estimator, THREE)(rows)
    np.testing.assert_array_equal(found, estimator.predict_proba(rows))
    np.testing.assert_array_equal(found, np.full((2, 3), 1 / 3))


@pytest.mark.parametrize(
    ("family", "part", "setting", "value"),
    [
        ("svm", "classify", "kernel", "linear"),
        ("svm", "classify", "_sparse", True),
        ("svm", "scale", "with_mean", False),
        ("logistic_regression", "scale", "with_std", False),
        ("neural_network", "classify", "activation", "tanh"),
        ("neural_network", "classify", "out_activation_", "logistic"),
    ],
)
def test_what_it_does_not_know_is_left_to_scikit_learn(
    family: str, part: str, setting: str, value: object
) -> None:
    estimator = deepcopy(fit_model(family).estimator)
    assert NumpySteps.of(estimator) is not None
    setattr(estimator.calibrated_classifiers_[0].estimator.named_steps[part], setting, value)
    assert NumpySteps.of(estimator) is None
    assert Scorer.of(estimator, THREE).ask == estimator.predict_proba


@pytest.mark.parametrize("family", sorted(BY_NUMPY))
def test_a_loaded_model_answers_without_its_estimator(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(fit_model(family), tmp_path)
    model = Classifier(load_model_folder(tmp_path))
    rows = make_rows(THREE)[0]
    expected = model.predict_scores(rows)
    monkeypatch.delattr(CalibratedClassifierCV, "predict_proba")
    np.testing.assert_array_equal(model.predict_scores(rows), expected)
