"""The families that compete: their pipelines and what is tried of each (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from ..components import Components
from ..kernel_logistic_regression import KernelLogisticRegression
from ..soft_f1_classifier import SoftF1Classifier
from ..soft_vote_svc import SoftVoteSVC
from .plan import WIDE, Preset

CLASSIFY: Final = "classify"
REDUCE: Final = "reduce"


@dataclass(frozen=True, slots=True)
class Candidates:
    """A classifier, the settings all its candidates share, and the grid of those that differ.

    Where the classifier takes the first `components` of a row, rather than the row, this is how
    many. `more` are further grids, whose candidates compete as well. `brief` is what makes a
    candidate soon done, and nearly as good.
    """

    classifier: type[BaseEstimator]
    grid: Mapping[str, Sequence[Any]]
    fixed: Mapping[str, Any]
    components: int | None = None
    more: Sequence[Mapping[str, Sequence[Any]]] = ()
    brief: Mapping[str, Any] = field(default_factory=dict)


# The form in which soft votes are counted.
_DUELS: Final = {"decision_function_shape": "ovo"}
# The default of 100 iterations stops before convergence for the weakly regularised candidates.
_LOGISTIC: Final = {"max_iter": 1000}

# The grids and fixed settings of the published study of these tables, unchanged, and `more` for
# rows that are harder than its own: of those, its forests, networks and boosted trees learn too
# much by heart, and a family that it did not have does better. See docs/colour.md.
_PUBLISHED: Final = {
    "svm": Candidates(
        SoftVoteSVC,
        {"C": [0.1, 1, 10, 100, 1000], "gamma": [1, 0.1, 0.01, 0.001, 0.0001]},
        _DUELS,
        more=[
            {"C": [10, 30, 100, 300, 1000], "gamma": [0.003, 0.03]},
            {"C": [30, 300], "gamma": [0.01]},
        ],
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
        more=[{"n_estimators": [200], "min_samples_leaf": [3, 5, 10]}],
    ),
    "gradient_boosting": Candidates(
        GradientBoostingClassifier,
        {"n_estimators": [5, 50], "max_depth": [1, 100]},
        {"n_iter_no_change": 20, "learning_rate": 1},
        more=[
            {
                "n_estimators": [200],
                "max_depth": [3],
                "learning_rate": [0.05],
                "subsample": [0.5],
                "max_features": [0.4],
                "n_iter_no_change": [None],
            }
        ],
    ),
    "neural_network": Candidates(
        MLPClassifier,
        {
            "alpha": [0, 0.5, 1],
            "hidden_layer_sizes": [[100], [200], [400], [50, 50], [10, 10, 10]],
            "solver": ["lbfgs", "adam"],
        },
        {"max_iter": 500, "n_iter_no_change": 400, "learning_rate_init": 0.001, "batch_size": 50},
        more=[
            {"alpha": [3, 10, 30], "hidden_layer_sizes": [[100]], "solver": ["lbfgs"]},
            {
                "alpha": [1, 2, 3, 5, 10],
                "hidden_layer_sizes": [[50]],
                "solver": ["lbfgs"],
                "max_iter": [200],
            },
        ],
    ),
    "kernel_logistic_regression": Candidates(
        KernelLogisticRegression,
        {"C": [1, 10, 100, 1000], "gamma": [0.003, 0.01, 0.03, 0.1]},
        {},
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
        RandomForestClassifier,
        {"max_features": ["sqrt", 8]},
        {"n_estimators": 100},
        brief={"n_estimators": 20},
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
    "kernel_logistic_regression": Candidates(
        KernelLogisticRegression, {"C": [10, 100], "gamma": [0.01, 0.03]}, {}
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
    "kernel_logistic_regression": Candidates(
        KernelLogisticRegression, {"C": [10, 100]}, {"n_components": 30}
    ),
}

# Rows of a network, several thousand numbers each. On fifty artists more than a thousand components
# win nothing, and of a grid's values those next to each other differ by less than 0.005.
_AXES: Final = 1024
# Each candidate begins where the one before it ended.
_ALONG: Final = {"max_iter": 300, "tol": 0.001, "warm_start": True}
# Where classes weigh the same, a few rows speak for a whole class, and the weaker penalties above
# would have them learned by heart.
_FIRM: Final = {"C": [0.00001, 0.00003, 0.0001, 0.0003]}
_SHRUNK: Final = {"solver": "lsqr"}
_HINGE: Final = {"dual": True, "tol": 0.05, "max_iter": 100}
_BOOSTED: Final = {
    "learning_rate": 0.2,
    "max_leaf_nodes": 15,
    "l2_regularization": 5,
    "early_stopping": False,
}
_LAYER: Final = {"solver": "adam", "batch_size": 128, "max_iter": 20, "hidden_layer_sizes": [200]}

_WIDE_FAST: Final = {
    "logistic_regression": Candidates(
        LogisticRegression, {"C": [0.001, 0.002, 0.004]}, _ALONG, _AXES
    ),
    "soft_f1": Candidates(SoftF1Classifier, {"a": [0.6, 0.3], "C": [0.007, 0.02]}, _ALONG, _AXES),
    "lda": Candidates(LinearDiscriminantAnalysis, {"shrinkage": [0.2, 0.4, 0.6]}, _SHRUNK, _AXES),
    "linear_svm": Candidates(LinearSVC, {"C": [0.0001, 0.0003]}, _HINGE, 512),
    "svm": Candidates(SoftVoteSVC, {"C": [3, 10]}, _DUELS, 256),
    "neural_network": Candidates(MLPClassifier, {"alpha": [0.1, 1]}, _LAYER, 512),
    "gradient_boosting": Candidates(
        HistGradientBoostingClassifier, {"max_iter": [6, 12]}, _BOOSTED, 32
    ),
}
_WIDE_ALL: Final = {
    "logistic_regression": Candidates(
        LogisticRegression,
        {"C": [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 1]},
        _ALONG,
        4 * _AXES,
    ),
    "soft_f1": Candidates(
        SoftF1Classifier,
        {"a": [1, 0.8, 0.6, 0.45, 0.3, 0.15, 0], "C": [0.003, 0.007, 0.02, 0.05]},
        _ALONG,
        2 * _AXES,
    ),
    "lda": Candidates(
        LinearDiscriminantAnalysis,
        {"shrinkage": [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8]},
        _SHRUNK,
        2 * _AXES,
    ),
    "linear_svm": Candidates(
        LinearSVC, {"C": [0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01]}, _HINGE, _AXES
    ),
    "svm": Candidates(
        SoftVoteSVC, {"C": [1, 3, 10, 30], "gamma": ["scale", 0.0001, 0.0003]}, _DUELS, 256
    ),
    "neural_network": Candidates(
        MLPClassifier,
        {"alpha": [0.01, 0.1, 1, 3], "hidden_layer_sizes": [[100], [200], [400]]},
        _LAYER,
        512,
    ),
    "gradient_boosting": Candidates(
        HistGradientBoostingClassifier,
        {"max_iter": [50, 100], "max_leaf_nodes": [7, 15]},
        _BOOSTED,
        128,
    ),
}
_WIDE_SMOKE: Final = {
    "logistic_regression": Candidates(LogisticRegression, {"C": [0.001, 0.01]}, _ALONG, 64),
    "soft_f1": Candidates(SoftF1Classifier, {"a": [0.6, 0.3]}, {"C": 0.02} | _ALONG, 64),
    "lda": Candidates(LinearDiscriminantAnalysis, {"shrinkage": [0.2, 0.5]}, _SHRUNK, 64),
    "linear_svm": Candidates(LinearSVC, {"C": [0.001, 0.01]}, _HINGE, 64),
    "svm": Candidates(SoftVoteSVC, {"C": [1, 10]}, _DUELS, 32),
    "neural_network": Candidates(
        MLPClassifier, {"alpha": [0.1, 1]}, {"hidden_layer_sizes": [10], "max_iter": 50}, 32
    ),
    "gradient_boosting": Candidates(
        HistGradientBoostingClassifier,
        {"max_leaf_nodes": [4, 8]},
        {"max_iter": 5, "early_stopping": False},
        16,
    ),
}

_PRESETS: Final[Mapping[Preset, Mapping[str, Candidates]]] = {
    Preset.FAST: _FAST,
    Preset.PUBLISHED: _PUBLISHED,
    Preset.SMOKE: _SMOKE,
}
_WIDE_PRESETS: Final[Mapping[Preset, Mapping[str, Candidates]]] = {
    Preset.FAST: _WIDE_FAST,
    Preset.PUBLISHED: _WIDE_ALL,
    Preset.SMOKE: _WIDE_SMOKE,
}


def candidates_of(
    family: str, preset: Preset, width: int = 1, *, balanced: bool = False
) -> Candidates:
    """Return what a preset tries of a family.

    Parameters
    ----------
    family : str
        One of `SearchPlan.families_for` such rows.
    preset : Preset
        ``published`` holds the published study's own grids and some more, ``fast`` (minutes) the
        part of them where the best candidates lie, ``smoke`` (seconds) the least that still is a
        search. No study has grids for the rows of a network; ``published`` then is whatever may be
        good.
    width : int
        Numbers in a row.
    balanced : bool
        Whether all classes weigh the same, in families that can weigh them.

    Examples
    --------
    >>> candidates_of("svm", Preset.PUBLISHED).grid["gamma"]
    [1, 0.1, 0.01, 0.001, 0.0001]
    """
    presets = _WIDE_PRESETS if width >= WIDE else _PRESETS
    found = presets[preset][family]
    return _weigh(found, width >= WIDE) if balanced else found


def _weigh(candidates: Candidates, wide: bool) -> Candidates:
    if "class_weight" not in candidates.classifier().get_params():
        return candidates
    firmer = wide and candidates.classifier is LogisticRegression
    return replace(
        candidates,
        grid=_FIRM if firmer else candidates.grid,
        fixed={**candidates.fixed, "class_weight": "balanced"},
    )


def build_pipeline(candidates: Candidates, seed: int, blocks: Sequence[int] = ()) -> Pipeline:
    """Return an unfitted pipeline that scales within every fit, so that no fold sees another.

    Parameters
    ----------
    candidates : Candidates
        Whose classifier and fixed settings to use.
    seed : int
        ``random_state`` of the classifier, if it has one.
    blocks : sequence of int
        Numbers of each part of a row, if all parts are to count the same.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``scale`` (to mean 0, standard deviation 1), ``reduce`` (to components) where that is
        wanted, and ``classify``.

    Examples
    --------
    >>> list(build_pipeline(candidates_of("svm", Preset.FAST), seed=0).named_steps)
    ['scale', 'classify']
    """
    reduce = [(REDUCE, Components(candidates.components, blocks))] * (
        candidates.components is not None
    )
    return Pipeline(
        [("scale", StandardScaler()), *reduce, (CLASSIFY, _classifier(candidates, seed))]
    )


def _classifier(candidates: Candidates, seed: int) -> BaseEstimator:
    classifier = candidates.classifier(**candidates.fixed)
    random = {"random_state": seed} if "random_state" in classifier.get_params() else {}
    return classifier.set_params(**random)


def pipeline_grid(candidates: Candidates) -> list[dict[str, list[Any]]]:
    """Return the grids with their parameters named as the pipeline knows them.

    Examples
    --------
    >>> pipeline_grid(candidates_of("logistic_regression", Preset.SMOKE))
    [{'classify__C': [1, 15]}]
    """
    return [
        {f"{CLASSIFY}__{name}": list(values) for name, values in grid.items()}
        for grid in (candidates.grid, *candidates.more)
    ]
