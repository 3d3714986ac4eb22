from pathlib import Path

import numpy as np
import pytest

from src.errors import ModelMismatch
from src.models.artifact import save_model
from src.models.predict_model import predict
from src.models.registry import load_model
from src.records import ModelTag, PredictionWarning
from tests.models.fitted_models import fit_model, make_rows


def test_scores_of_rows_are_checked(models_dir: Path) -> None:
    save_model(fit_model(), models_dir / "color")
    with pytest.raises(ModelMismatch, match=r"shape \(n, 18\)"):
        load_model().predict_scores(make_rows(("BLACK", "RED", "PINK"))[0][:, 1:])


def test_a_model_of_few_pictures_or_classes_says_so(models_dir: Path) -> None:
    save_model(fit_model(), models_dir / "color")
    model = load_model("color")
    few_pictures, few_classes = model.cautions
    assert few_pictures == PredictionWarning(
        "few_pictures",
        "The model was trained on 60 pictures and judged on 20, so that its accuracy of 0.85 is "
        "known to some 22 points only.",
    )
    assert few_classes.code == "few_classes"
    assert "knows 3 of the task's 11 classes; it never answers BROWN, TEAL" in few_classes.message
    found = predict(np.zeros((8, 8, 3), np.uint8), model=model)
    assert found.warnings[:2] == model.cautions
    assert found.model == ModelTag("color", "color", "logistic_regression", model.sha256[:12])
    assert model.introduce() == (
        "color: your own model, logistic_regression, trained on 60 pictures"
    )
