"""A support-vector classifier of the shipped model's size, for the study's way of serving."""

from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from src.config import project_root
from src.features.extract_features import FEATURE_NAMES
from src.models.artifact import load_model_folder
from src.tasks import COLOR

# Names the folder to the server.
FOLDER_VARIABLE: Final = "ARTLENS_REFERENCE_MODEL"
SCALER_FILE: Final = "scaler.joblib"
CLASSIFIER_FILE: Final = "classifier.joblib"


def save_reference_model(folder: Path) -> int:
    """Fit a plain `SVC` on the shipped model's support vectors; return how many it keeps.

    What the rows between the margins do not change, leaving them out does not change either: the
    classifier comes out as large as the shipped one, without painting the gallery again.
    """
    shipped = load_model_folder(project_root() / "models" / COLOR.name)
    pipeline = shipped.estimator.calibrated_classifiers_[0].estimator
    scaler, machine = pipeline.named_steps["scale"], pipeline.named_steps["classify"]
    columns = [shipped.metadata.feature_spec.names.index(name) for name in FEATURE_NAMES]
    rows = scaler.inverse_transform(machine.support_vectors_)[:, columns]
    labels = np.repeat(machine.classes_, machine.n_support_)
    return _fit_and_save(rows, labels, machine.get_params(), folder)


def _fit_and_save(rows: Any, labels: Any, params: dict[str, Any], folder: Path) -> int:
    scaler = StandardScaler().fit(rows)
    classifier = SVC(C=params["C"], gamma=params["gamma"]).fit(scaler.transform(rows), labels)
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(scaler, folder / SCALER_FILE)
    joblib.dump(classifier, folder / CLASSIFIER_FILE)
    return len(classifier.support_)
