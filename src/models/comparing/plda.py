r"""Two-covariance probabilistic discriminant analysis: is one artist behind two rows (pure).

A row is its artist's mean, drawn around that of all artists with covariance B, and what the work
adds, with covariance W. Both are estimated in closed form. In the coordinates in which W is the
unit and B diagonal, with variances :math:`\psi_k`, the logarithm of how much likelier two rows are
under one artist than under two is a sum over the coordinates of

.. math:: \tfrac12\ln\frac{(1+\psi)^2}{1+2\psi} + \frac{\psi}{1+2\psi}ab
          - \frac{\psi^2}{2(1+\psi)(1+2\psi)}(a^2+b^2)

Of the coordinates only those that tell artists apart count: at most one fewer than there are
artists. The product of two rows and a number of each row are all that it takes.

References
----------
.. [1] S. Ioffe, "Probabilistic Linear Discriminant Analysis", ECCV 2006.
.. [2] N. Brümmer, E. de Villiers, "The Speaker Partitioning Problem", Odyssey 2010.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plda:
    """Where rows are in the coordinates that tell artists apart.

    Attributes
    ----------
    mean : ndarray of float64, shape (d,)
    directions : ndarray of float64, shape (d, k)
        From rows less their mean to coordinates.
    spread : ndarray of float64, shape (k,)
        Variance of artists in each coordinate, in which works of one artist have variance 1.
    """

    mean: Floats
    directions: Floats
    spread: Floats

    @property
    def product_weights(self) -> Floats:
        """What the product of two works' coordinates adds to the score, for each coordinate."""
        return self.spread / (1 + 2 * self.spread)

    @property
    def square_weights(self) -> Floats:
        """What the square of a work's coordinate takes from it, for each coordinate."""
        return self.spread**2 / (2 * (1 + self.spread) * (1 + 2 * self.spread))

    def score(self, first: Floats, second: Floats) -> Floats:
        """Return the log likelihood ratio of one artist against two, for each pair of rows.

        Parameters
        ----------
        first, second : ndarray of float64, shape (n, d)
        """
        a, b = ((rows - self.mean) @ self.directions for rows in (first, second))
        constant = 0.5 * np.log((1 + self.spread) ** 2 / (1 + 2 * self.spread)).sum()
        likeness = (a * b) @ self.product_weights
        return np.asarray(constant + likeness - (a**2 + b**2) @ self.square_weights)


def fit_plda(rows: Floats, artists: NDArray[np.str_], shrinkage: float = 0.5) -> Plda:
    """Estimate where artists and works lie.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, d)
    artists : ndarray of str, shape (n,)
        Two or more, each with as many works as it has.
    shrinkage : float
        How far the covariance of works within an artist is drawn towards an equal variance in all
        directions, in [0, 1]: with few works for many columns it would be overrated otherwise.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> means = np.repeat(rng.normal(0, 3, (20, 4)), 10, axis=0)
    >>> artists = np.repeat(np.arange(20).astype(str), 10)
    >>> plda = fit_plda(means + rng.normal(0, 1, means.shape), artists, shrinkage=0)
    >>> here, there = np.zeros((1, 4)), np.full((1, 4), 3.0)
    >>> bool(plda.score(here, here)[0] > 0 > plda.score(here, there)[0])
    True
    """
    mean = rows.mean(axis=0)
    names, whose, counts = np.unique(artists, return_inverse=True, return_counts=True)
    means = np.zeros((len(names), rows.shape[1]))
    np.add.at(means, whose, rows - mean)
    means /= counts[:, None]
    left = rows - mean - means[whose]
    within = left.T @ left / max(len(rows) - len(names), 1)
    within = shrink(within, shrinkage)
    # The mean of an artist of few works is off by what these works add.
    noise = within * np.mean(1 / counts)
    between = means.T @ means / max(len(names) - 1, 1) - noise
    return _diagonalise(mean, within, between, most=len(names) - 1)


def shrink(covariance: Floats, shrinkage: float) -> Floats:
    """Draw a covariance towards an equal variance in all directions.

    Examples
    --------
    >>> shrink(np.diag([3.0, 1.0]), 0.5).tolist()
    [[2.5, 0.0], [0.0, 1.5]]
    """
    width = len(covariance)
    level = max(np.trace(covariance) / width, np.finfo(float).tiny)
    drawn: Floats = (1 - shrinkage) * covariance + shrinkage * level * np.eye(width)
    return drawn


def _diagonalise(mean: Floats, within: Floats, between: Floats, most: int) -> Plda:
    """Find the coordinates in which `within` is the unit and `between` diagonal."""
    values, vectors = np.linalg.eigh(within)
    floor = values[-1] * 1e-9
    whitening = vectors / np.sqrt(np.maximum(values, floor))
    spread, turned = np.linalg.eigh(whitening.T @ between @ whitening)
    kept = np.argsort(-spread)[:most]
    kept = kept[spread[kept] > 0]
    return Plda(mean, whitening @ turned[:, kept], spread[kept])
