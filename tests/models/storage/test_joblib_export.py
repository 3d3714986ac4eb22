from copy import deepcopy
from io import BytesIO

import joblib
import numpy as np
import pytest

from src.errors import UntrustedModel
from src.models.storage.joblib_export import export_joblib, load_joblib
from src.models.storage.soundness import fitted_parts
from tests.models.fitted_models import fit_model, make_rows, soil_tree_padding


def test_a_pipeline_and_its_scaler_come_back_the_same() -> None:
    estimator, rows = fit_model().estimator, make_rows(("BLACK", "RED", "PINK"))[0]
    pipeline, scaler = map(load_joblib, export_joblib(estimator))
    np.testing.assert_array_equal(pipeline.predict_proba(rows), estimator.predict_proba(rows))
    np.testing.assert_allclose(scaler.transform(rows).std(axis=0), 1)


@pytest.mark.parametrize("family", ["random_forest", "gradient_boosting"])
def test_what_was_in_memory_between_the_fields_of_trees_is_not_exported(family: str) -> None:
    estimator = deepcopy(fit_model(family).estimator)
    exported = export_joblib(estimator)
    soil_tree_padding(fitted_parts(estimator)[1])
    soiled = BytesIO()
    joblib.dump(estimator, soiled)
    assert soiled.getvalue() != exported[0]
    assert export_joblib(estimator) == exported


@pytest.mark.parametrize("content", [b"", b"no pickle", b"\x80\x04."])
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(UntrustedModel, match="joblib file cannot be read"):
        load_joblib(content)
