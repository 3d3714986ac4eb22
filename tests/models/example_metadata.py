"""A model's metadata with round figures."""

from dataclasses import replace

from src.features.extract_features import FEATURES_V1
from src.models.storage.metadata import HoldoutMetrics, LeaderboardRow, Leak, ModelMetadata
from src.tasks import COLOR, Task

SVM = LeaderboardRow("svm", {"C": 100, "gamma": 0.01}, 0.8785, 0.0021, 1.26)
MLP = LeaderboardRow("neural_network", {"hidden_layer_sizes": [50, 50]}, 0.87, 0.0041, 30.0)
METADATA = ModelMetadata(
    task=COLOR,
    classes=("BLACK", "RED", "PINK"),
    feature_spec=FEATURES_V1,
    family="svm",
    parameters=SVM.params,
    calibration="temperature",
    leaderboard=(SVM, MLP),
    holdout=HoldoutMetrics(
        rows=20,
        accuracy=0.85,
        balanced_accuracy=0.55,
        macro_f1=0.5,
        ece=0.0312,
        confusion_matrix=[[12, 1, 0], [2, 5, 0], [0, 0, 0]],
    ),
    training_rows=60,
    search="fast",
    seed=0,
    data_source="pictures.csv",
    data_sha256="ab" * 32,
    library_versions={"python": "3.11.7", "scikit-learn": "1.9.1"},
)
# Of a table in which some works occur more than once.
WITH_LEAK = replace(
    METADATA,
    task=Task("shape", "shape", group="cluster"),
    holdout=replace(METADATA.holdout, top_5=0.925),
    leak=Leak(accuracy=0.95, repeated=12),
    mirrored_rows=7,
)
