"""The five families that compete: their pipelines and what is tried of each (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from ..soft_vote_svc import SoftVoteSVC
from .plan import Preset

CLASSIFY: Final = "classify"


@dataclass(frozen=True, slots=True)
class Candidates:
    """A classifier, the settings all its candidates share, and the grid of those that differ."""

    classifier: type[BaseEstimator]
    grid: Mapping[str, Sequence[Any]]
    fixed: Mapping[str, Any]


# The form in which soft votes are counted.
_DUELS: Final = {"decision_function_shape": "ovo"}
# The default of 100 iterations stops before convergence for the weakly regularised candidates.
_LOGISTIC: Final = {"max_iter": 1000}

# The grids and fixed settings of the published study of these tables, unchanged.
_PUBLISHED: Final = {
    "svm": Candidates(
        SoftVoteSVC,
        {"C": [0.1, 1, 10, 100, 1000], "gamma": [1, 0.1, 0.01, 0.001, 0.0001]},
        _DUELS,
    ),
    "logistic_regression": Candidates(
        LogisticRegression,
        {"C": [0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 3, 5, 7, 10, 15, 20]},
        _LOGISTIC,
    ),
    "random_forest": Candidates(
        RandomForestClassifier,
        {"n_estimators": list(range(10, 201, 10)), "max_depth": [10, 15, 20, 25]},
        {},
    ),
    "gradient_boosting": Candidates(
        GradientBoostingClassifier,
        {"n_estimators": [5, 50], "max_depth": [1, 100]},
        {"n_iter_no_change": 20, "learning_rate": 1},
    ),
    "neural_network": Candidates(
        MLPClassifier,
        {
            "alpha": [0, 0.5, 1],
            "hidden_layer_sizes": [[100], [200], [400], [50, 50], [10, 10, 10]],
            "solver": ["lbfgs", "adam"],
        },
        {"max_iter": 500, "n_iter_no_change": 400, "learning_rate_init": 0.001, "batch_size": 50},
    ),
}

# Of the wide grids below, what wins on the gallery's table and its subsamples or comes within 0.003
# of it; of forests, which are 0.02 behind the winner, 0.006. See benchmarks/study_search_grids.py;
# its results are in docs/performance.md. Histogram boosting replaces the exact one: more accurate
# here, in a fraction of the time.
_FAST: Final = {
    "svm": Candidates(SoftVoteSVC, {"C": [10, 30, 100, 300], "gamma": [0.003, 0.01]}, _DUELS),
    "logistic_regression": Candidates(LogisticRegression, {"C": [3, 20]}, _LOGISTIC),
    "random_forest": Candidates(
        RandomForestClassifier, {"max_features": ["sqrt", 8]}, {"n_estimators": 100}
    ),
    "gradient_boosting": Candidates(
        HistGradientBoostingClassifier,
        {"max_iter": [50, 100]},
        {"max_leaf_nodes": 15, "l2_regularization": 5, "early_stopping": False},
    ),
    "neural_network": Candidates(
        MLPClassifier,
        {"alpha": [2, 4]},
        {"hidden_layer_sizes": [100], "solver": "lbfgs", "max_iter": 100},
    ),
}

_SMOKE: Final = {
    "svm": Candidates(SoftVoteSVC, {"C": [1, 100]}, {"gamma": 0.01} | _DUELS),
    "logistic_regression": Candidates(LogisticRegression, {"C": [1, 15]}, _LOGISTIC),
    "random_forest": Candidates(
        RandomForestClassifier, {"max_depth": [5, 10]}, {"n_estimators": 5}
    ),
    "gradient_boosting": Candidates(
        HistGradientBoostingClassifier,
        {"max_leaf_nodes": [4, 8]},
        {"max_iter": 5, "early_stopping": False},
    ),
    "neural_network": Candidates(
        MLPClassifier,
        {"alpha": [0.1, 1]},
        {"hidden_layer_sizes": [10], "solver": "lbfgs", "max_iter": 50},
    ),
}

_PRESETS: Final[Mapping[Preset, Mapping[str, Candidates]]] = {
    Preset.FAST: _FAST,
    Preset.PUBLISHED: _PUBLISHED,
    Preset.SMOKE: _SMOKE,
}


def candidates_of(family: str, preset: Preset) -> Candidates:
    """Return what a preset tries of a family.

    Parameters
    ----------
    family : str
        One of `src.models.training.plan.FAMILIES`.
    preset : Preset
        ``published`` holds the published study's own grids, ``fast`` (minutes) the part of them
        where the best candidates lie, ``smoke`` (seconds) the least that still is a search.

    Examples
    --------
    >>> candidates_of("svm", Preset.PUBLISHED).grid["gamma"]
    [1, 0.1, 0.01, 0.001, 0.0001]
    """
    return _PRESETS[preset][family]


def build_pipeline(candidates: Candidates, seed: int) -> Pipeline:
    """Return an unfitted pipeline that scales within every fit, so that no fold sees another.

    Parameters
    ----------
    candidates : Candidates
        Whose classifier and fixed settings to use.
    seed : int
        ``random_state`` of the classifier.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``scale`` (to mean 0, standard deviation 1) and ``classify``.

    Examples
    --------
    >>> list(build_pipeline(candidates_of("svm", Preset.FAST), seed=0).named_steps)
    ['scale', 'classify']
    """
    classifier = candidates.classifier(random_state=seed, **candidates.fixed)
    return Pipeline([("scale", StandardScaler()), (CLASSIFY, classifier)])


def pipeline_grid(candidates: Candidates) -> dict[str, list[Any]]:
    """Return the grid with its parameters named as the pipeline knows them.

    Examples
    --------
    >>> pipeline_grid(candidates_of("logistic_regression", Preset.SMOKE))
    {'classify__C': [1, 15]}
    """
    return {f"{CLASSIFY}__{name}": list(values) for name, values in candidates.grid.items()}
