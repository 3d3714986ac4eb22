import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.models.artifact import export_joblib
from src.models.soft_vote_svc import SoftVoteSVC
from src.models.storage.plain_svc import count_duels
from tests.models.fitted_models import CLASSIFIERS, fit_model, make_rows


@settings(max_examples=25)
@given(classes=st.integers(2, 8), seed=st.integers(0, 99))
def test_parts_of_scikit_learn_decide_alike(classes: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    labels = np.repeat([f"class {n}" for n in range(classes)], 6)
    rows = chance.normal(size=(len(labels), 3)) + np.repeat(np.arange(classes), 6)[:, None]
    svc = SoftVoteSVC(C=chance.choice([0.1, 10]), decision_function_shape="ovo").fit(rows, labels)
    plain, others = count_duels(svc), chance.normal(2, 3, (50, 3))
    decided = svc.decision_function(others)
    np.testing.assert_allclose(plain.decision_function(others), decided, atol=1e-8)
    assert plain.predict(others).tolist() == svc.predict(others).tolist()


@pytest.mark.parametrize("classes", [("BLACK", "RED", "PINK"), ("RED", "PINK")])
@pytest.mark.parametrize("family", CLASSIFIERS)
def test_an_export_answers_where_this_package_is_not(
    tmp_path: Path, family: str, classes: tuple[str, ...]
) -> None:
    estimator, rows = fit_model(family, classes=classes).estimator, make_rows(classes)[0]
    for name, content in zip(("classifier", "scaler"), export_joblib(estimator), strict=True):
        (tmp_path / f"{name}.joblib").write_bytes(content)
    np.save(tmp_path / "rows.npy", rows)
    code = (
        "import joblib, numpy, sys; rows = numpy.load('rows.npy');"
        "joblib.load('scaler.joblib').transform(rows); model = joblib.load('classifier.joblib');"
        "numpy.save('scores.npy', model.predict_proba(rows));"
        "assert not {'src', 'artlens'} & set(sys.modules)"
    )
    command = [sys.executable, "-I", "-c", code]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    scores = np.load(tmp_path / "scores.npy")
    np.testing.assert_allclose(scores, estimator.predict_proba(rows), atol=1e-8)
