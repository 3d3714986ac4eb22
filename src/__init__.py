"""Say what a picture of an artwork tells, with classical machine learning, on a CPU, offline.

In a checkout this package is ``src``; installed it is ``artlens``. `load_model`, `predict` and the
others of `__all__` can be imported from here; they are loaded when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import ArtlensError
    from .models.explain_model import explain
    from .models.predict_model import (
        Classifier,
        FailedPrediction,
        Prediction,
        load_model,
        predict,
        predict_many,
    )

__all__ = [
    "ArtlensError",
    "Classifier",
    "FailedPrediction",
    "Prediction",
    "explain",
    "load_model",
    "predict",
    "predict_many",
]

__version__ = "0.1.0"

_ELSEWHERE = {"ArtlensError": ".errors", "explain": ".models.explain_model"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, ".models.predict_model"), __name__), name)
