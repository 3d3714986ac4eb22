"""The public way to use models: `load_model`, `predict` and `predict_many`; all at once, `analyse`.

``python -m src.models.predict_model`` is the command ``artlens predict``.
"""

from ..records import Analysis, FailedPrediction, Prediction
from .analyse import analyse, analyse_many
from .classifier import Classifier
from .predict_many import predict, predict_many
from .registry import load_model

__all__ = [
    "Analysis",
    "Classifier",
    "FailedPrediction",
    "Prediction",
    "analyse",
    "analyse_many",
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
