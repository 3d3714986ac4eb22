"""How a model learns to say that a picture is of none of its classes.

On every fold a share of the classes is left out as if nobody knew them. Of the rows that are
compared by, those of these classes are strangers, and the others are not; from the signs of both
a logistic regression learns what the signs are worth. No row tells of a fit that it was part of.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular, svd
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils.parallel import Parallel, delayed

from ..components import Components
from ..novelty import Novelty
from ..one_answer import Labels, Places
from .rows import LabelledRows, Split

# With fewer classes, too few can be left out to learn anything from it.
LEAST_CLASSES: Final = 10
_AXES: Final = 600
_SHRINKAGE: Final = 0.4
# The share of known works that may be taken for strangers.
_FALSE_ALARMS: Final = 0.1


def fit_novelty(split: Split, seed: int, jobs: int) -> Novelty | None:
    """Learn what tells a stranger; None where there are too few classes.

    Parameters
    ----------
    split : Split
        Of which only the training rows are looked at.
    seed : int
        Decides which classes are left out together.
    jobs : int
        Processes.
    """
    rows, folds = split.training, split.sides.folds
    names = np.unique(rows.labels)
    if len(names) < LEAST_CLASSES:
        return None
    shuffled = np.random.default_rng(seed).permutation(names)
    left_out = [shuffled[place :: len(folds)] for place in range(len(folds))]
    found = Parallel(n_jobs=jobs)(
        delayed(_look_at_strangers)(rows, *fold, names)
        for fold, names in zip(folds, left_out, strict=True)
    )
    sharpness = float(np.median([sharpness for _, _, sharpness in found]))
    signs = np.concatenate([signs for signs, _, _ in found])
    strange = np.concatenate([strange for _, strange, _ in found])
    weights = _weigh(signs, strange)
    novelty = replace(
        discriminate(rows.features, rows.labels),
        sharpness=np.array(sharpness),
        weights=weights,
    )
    chances = 1 / (1 + np.exp(-(signs @ weights[:2] + weights[2])))
    limit = np.quantile(chances[~strange], 1 - _FALSE_ALARMS)
    return replace(novelty, limit=np.array(limit))


def _look_at_strangers(
    rows: LabelledRows, kept: Places, compared: Places, left_out: Labels
) -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
    """Return the signs of the rows to compare by, and which of them are strangers."""
    known = kept[~np.isin(rows.labels[kept], left_out)]
    fitted = discriminate(rows.features[known], rows.labels[known])
    strange = np.isin(rows.labels[compared], left_out)
    features, labels = rows.features[compared], rows.labels[compared]
    sharpness = _sharpen(fitted, features[~strange], labels[~strange], rows.labels[known])
    fitted = replace(fitted, sharpness=np.array(sharpness))
    return fitted.signs(features), strange, sharpness


def discriminate(features: NDArray[np.float64], labels: Labels) -> Novelty:
    """Find the axes on which classes are far apart and the rows of one class lie around its centre.

    Returns
    -------
    Novelty
        Whose sharpness, weights and limit are yet to be learned.
    """
    scaler, axes = StandardScaler(), Components(_AXES)
    inner = axes.fit_transform(scaler.fit_transform(features.astype(np.float32)))
    inner = inner.astype(np.float64)
    names, places = np.unique(labels, return_inverse=True)
    means = np.stack([inner[places == place].mean(axis=0) for place in range(len(names))])
    within = _shrunk_covariance(inner - means[places])
    root = cholesky(within, lower=True)
    centre = means.mean(axis=0)
    apart = solve_triangular(root, (means - centre).T, lower=True)
    turned = svd(apart, full_matrices=False)[0][:, : len(names) - 1]
    between = solve_triangular(root.T, turned, lower=False)
    on_columns = (axes.components_.T @ between) / scaler.scale_[:, None]
    origin = scaler.mean_ @ on_columns + axes.mean_ @ (axes.components_.T @ between)
    works = (inner - centre) @ between
    return Novelty(
        axes=on_columns.astype(np.float32),
        origin=(origin + centre @ between).astype(np.float32),
        centres=((means - centre) @ between).astype(np.float32),
        works=(works / np.linalg.norm(works, axis=1, keepdims=True)).astype(np.float16),
        sharpness=np.array(1.0),
        weights=np.zeros(3),
        limit=np.array(1.0),
    )


def _shrunk_covariance(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    covariance = centred.T @ centred / len(centred)
    evenly = np.trace(covariance) / len(covariance)
    return np.asarray((1 - _SHRINKAGE) * covariance + _SHRINKAGE * evenly * np.eye(len(covariance)))


def _sharpen(fitted: Novelty, features: Any, labels: Labels, known: Labels) -> float:
    """Return the sharpness at which the classes' shares mean what they say of new works."""
    inner = features @ fitted.axes - fitted.origin
    apart = np.square(inner[:, None] - fitted.centres[None]).sum(axis=2) / 2
    columns = np.searchsorted(np.unique(known), labels)

    def loss(log_sharpness: float) -> float:
        odds = -np.exp(log_sharpness) * apart
        odds -= odds.max(axis=1, keepdims=True)
        own = odds[np.arange(len(odds)), columns]
        return float((np.log(np.exp(odds).sum(axis=1)) - own).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-7, 3), method="bounded").x))


def _weigh(signs: NDArray[np.float64], strange: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weights of the signs and the constant, as if every second row were a stranger."""
    mean, std = signs.mean(axis=0), signs.std(axis=0) + 1e-9
    learned = LogisticRegression(class_weight="balanced").fit((signs - mean) / std, strange)
    weights = learned.coef_[0] / std
    return np.append(weights, learned.intercept_[0] - weights @ mean)
