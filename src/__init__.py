"""Say what a picture of an artwork tells, with classical machine learning, on a CPU, offline.

In a checkout this package is ``src``; installed it is ``artlens``. What `__all__` names can be
imported from here, and is loaded when it is first asked for.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Analysis": ".records",
    "ArtlensError": ".errors",
    "Classifier": ".models.classifier",
    "Comparison": ".models.comparing.compare",
    "FailedComparison": ".models.comparing.compare",
    "FailedPrediction": ".records",
    "Prediction": ".records",
    "analyse": ".models.analyse",
    "analyse_many": ".models.analyse",
    "compare": ".models.comparing.compare",
    "compare_many": ".models.comparing.compare",
    "explain": ".models.explain_model",
    "load_comparer": ".models.comparing.comparer",
    "load_model": ".models.registry",
    "predict": ".models.predict_many",
    "predict_many": ".models.predict_many",
    "similar": ".models.comparing.similar",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
