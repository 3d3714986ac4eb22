"""A support-vector classifier like the published study's, for the study's way of serving."""

from pathlib import Path
from typing import Final

import joblib
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from src.features.extract_features import FEATURE_NAMES
from src.features.gallery_table import gallery_table
from src.tasks import COLOR

# Names the folder to the server.
FOLDER_VARIABLE: Final = "ARTLENS_REFERENCE_MODEL"
SCALER_FILE: Final = "scaler.joblib"
CLASSIFIER_FILE: Final = "classifier.joblib"
_PAINTINGS: Final = 1500


def save_reference_model(folder: Path, paintings: int = _PAINTINGS) -> int:
    """Fit a plain `SVC`, with the study's parameters, to a painted gallery.

    Parameters
    ----------
    folder : Path
        Into which the scaler and the classifier are written, for the server to read.
    paintings : int
        How many to learn from.

    Returns
    -------
    int
        How many support vectors it has.
    """
    table = gallery_table(paintings, seed=0)
    rows = table[list(FEATURE_NAMES)].to_numpy()
    scaler = StandardScaler().fit(rows)
    classifier = SVC(C=100, gamma=0.01).fit(scaler.transform(rows), table[COLOR.column])
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(scaler, folder / SCALER_FILE)
    joblib.dump(classifier, folder / CLASSIFIER_FILE)
    return len(classifier.support_)
