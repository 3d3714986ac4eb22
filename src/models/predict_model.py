"""The public way to use a model: `load_model`, `predict` and `predict_many`.

``python -m src.models.predict_model`` is the command ``artlens predict``.
"""

from ..records import FailedPrediction, Prediction
from .classifier import Classifier
from .predict_many import predict, predict_many
from .registry import load_model

__all__ = [
    "Classifier",
    "FailedPrediction",
    "Prediction",
    "load_model",
    "predict",
    "predict_many",
]


def _main() -> None:
    import typer

    from .predict_pictures import predict_pictures

    typer.run(predict_pictures)


if __name__ == "__main__":
    _main()
