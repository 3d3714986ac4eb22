import subprocess
import sys
from pathlib import Path
from typing import Final

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


CASES: Final[list[tuple[str, tuple[str, ...]]]] = [
    (family, classes)
    for family in CLASSIFIERS
    for classes in (("BLACK", "RED", "PINK"), ("RED", "PINK"))
]
ELSEWHERE = """
import joblib, numpy, pathlib, sys
for folder in sorted(pathlib.Path().iterdir()):
    rows = numpy.load(folder / "rows.npy")
    joblib.load(folder / "scaler.joblib").transform(rows)
    model = joblib.load(folder / "classifier.joblib")
    numpy.save(folder / "scores.npy", model.predict_proba(rows))
assert not {"src", "artlens"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export every case, and have each answer in a process without this package."""
    place = tmp_path_factory.mktemp("exports")
    for number, (family, classes) in enumerate(CASES):
        folder = place / str(number)
        folder.mkdir()
        exported = export_joblib(fit_model(family, classes=classes).estimator)
        for name, content in zip(("classifier", "scaler"), exported, strict=True):
            (folder / f"{name}.joblib").write_bytes(content)
        np.save(folder / "rows.npy", make_rows(classes)[0])
    subprocess.run([sys.executable, "-I", "-c", ELSEWHERE], cwd=place, check=True)
    return place


@pytest.mark.parametrize(("family", "classes"), CASES)
def test_an_export_answers_where_this_package_is_not(
    exports: Path, family: str, classes: tuple[str, ...]
) -> None:
    scores = np.load(exports / str(CASES.index((family, classes))) / "scores.npy")
    estimator = fit_model(family, classes=classes).estimator
    expected = estimator.predict_proba(make_rows(classes)[0])
    np.testing.assert_allclose(scores, expected, atol=1e-8)
