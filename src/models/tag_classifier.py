"""A calibrated classifier for each tag, as one."""

from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from .tag_combinations import Combinations, combine

# What each of its classifiers says of a tag.
NO: Final = "no"
YES: Final = "yes"


class TagClassifier(BaseEstimator):  # type: ignore[misc]  # untyped base
    """Calibrated classifiers of ``no`` and ``yes``, one for each tag, and what tags go together.

    Attributes
    ----------
    classes_ : ndarray of str, shape (k,)
        The tags.
    estimators_ : list of CalibratedClassifierCV
        One for each.
    tags_, combinations_ : list of ndarray
        Places of tags, and the combinations in which they stand; see `tag_combinations`.
    n_features_in_ : int
    """

    @classmethod
    def of(cls, classes: NDArray[np.str_], estimators: list[Any], found: Combinations) -> Self:
        """Return it with these classifiers, which are fitted."""
        made = cls()
        made.classes_ = classes
        made.estimators_ = estimators
        made.tags_ = [tags for tags, _ in found]
        made.combinations_ = [seen for _, seen in found]
        made.n_features_in_ = estimators[0].n_features_in_
        return made

    def predict_proba(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability of every tag, each by itself, shape (n, k)."""
        each = [estimator.predict_proba(X)[:, 1] for estimator in self.estimators_]
        found = list(zip(self.tags_, self.combinations_, strict=True))
        return combine(np.column_stack(each), found)
