"""How much faster an SVM answers than by scikit-learn and libsvm, and how fast a model loads.

Run with ``python -m benchmarks.benchmark_svm_scoring``. The SVM has the parameters that a search on
a gallery finds, and is fitted here; what is loaded is the shipped model of colours. What is
compared gives the same answers, which is checked first.
"""

from copy import deepcopy
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks.report import Ratio, run_alone
from benchmarks.timing import compare, median_seconds
from src.config import project_root
from src.features.extract_features import FEATURE_NAMES
from src.features.gallery_table import gallery_table
from src.models.artifact import load_model_folder
from src.models.scorer import Scorer
from src.models.soft_vote_svc import SoftVoteSVC
from src.tasks import COLOR

PAINTINGS: Final = 1500
ROWS: Final = 10_000
LOAD_LIMIT_S: Final = 0.050


class LibsvmSoftVoteSVC(SoftVoteSVC):
    """The same classifier, whose duels libsvm decides."""

    _dense_decision_function = SVC._dense_decision_function


def measure() -> list[Ratio]:
    """Compare many rows, one row, and loading."""
    fitted = fit_svm()
    scorer, plain = Scorer.of(fitted, COLOR.classes), by_libsvm(fitted)
    rows = likely_rows(plain)
    require_same_answers(scorer, plain, rows[:2000])
    return [
        compare_many(scorer, plain, rows),
        compare_one(scorer, plain, rows[:1]),
        time_loading(partial(load_model_folder, project_root() / "models" / COLOR.name)),
    ]


def fit_svm() -> CalibratedClassifierCV:
    """Return a calibrated SVM of a painted gallery."""
    table = gallery_table(PAINTINGS, seed=0)
    svc = SoftVoteSVC(C=300, gamma=0.003, decision_function_shape="ovo")
    pipeline = Pipeline([("scale", StandardScaler()), ("classify", svc)])
    calibrated = CalibratedClassifierCV(pipeline, ensemble=False)
    return calibrated.fit(table[list(FEATURE_NAMES)].to_numpy(), table[COLOR.column])


def by_libsvm(estimator: Any) -> Any:
    """Return a copy that asks libsvm, as it would without anything of ours."""
    plain = deepcopy(estimator)
    _pipeline(plain)[1].__class__ = LibsvmSoftVoteSVC
    return plain


def likely_rows(estimator: Any) -> NDArray[np.float64]:
    """Return feature rows that are spread like those of training, the same every time."""
    scaler = _pipeline(estimator)[0]
    return np.random.default_rng(0).normal(scaler.mean_, scaler.scale_, (ROWS, len(scaler.mean_)))


def require_same_answers(scorer: Scorer, plain: Any, rows: NDArray[np.float64]) -> None:
    """Refuse to compare what answers differently."""
    scores = scorer(rows)
    # Of two classes that are as probable as each other, either is right.
    second, first = np.partition(scores, -2, axis=1)[:, -2:].T
    clear = first - second > 1e-9
    labels = np.array(COLOR.classes)[scores.argmax(axis=1)]
    if clear.mean() < 0.9 or (labels != plain.predict(rows))[clear].any():
        raise AssertionError("the two ways give other labels; a comparison would mean nothing")


def compare_many(scorer: Scorer, plain: Any, rows: NDArray[np.float64]) -> Ratio:
    """Compare our probabilities with scikit-learn's bare labels, which cost it less."""
    scaler, svc = _pipeline(plain)
    scaled = scaler.transform(rows)
    ways = (partial(scorer, rows), partial(SVC.predict, svc, scaled))
    name = f"SVM with scores against SVC.predict without, {ROWS:,} rows"
    return compare(name, 3, ways, rounds=3, count=ROWS)


def compare_one(scorer: Scorer, plain: Any, row: NDArray[np.float64]) -> Ratio:
    """Compare the probabilities of one row."""
    ways = (partial(scorer, row), partial(plain.predict_proba, row))
    return compare("SVM against predict_proba, one row", 4, ways, rounds=300)


def time_loading(load: Any) -> Ratio:
    """Compare loading with the time that it may take."""
    (ours_s,) = median_seconds((load,), rounds=15)
    note = f"{ours_s * 1e3:.0f} ms with all checks, after imports"
    return Ratio("loading the shipped model, against 50 ms", LOAD_LIMIT_S / ours_s, 1, note)


def _pipeline(estimator: Any) -> tuple[Any, Any]:
    scaler, svc = (part for _, part in estimator.calibrated_classifiers_[0].estimator.steps)
    return scaler, svc


if __name__ == "__main__":
    run_alone(measure)
