"""The same pipeline as a joblib file, for those who use scikit-learn directly.

Reading such a file runs whatever code it holds; nothing here reads one that was not trusted by
name.
"""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UntrustedModel
from .skops_format import FOREIGN_ERRORS
from .soundness import fitted_parts


def export_joblib(estimator: Any) -> tuple[bytes, bytes]:
    """Return a calibrated pipeline and its scaler as joblib files; the same one, the same bytes.

    In the pipeline, the bytes between the fields of tree nodes, where C leaves what was in memory
    before, become zero.
    """
    scaler, classifier = fitted_parts(estimator)
    for tree in np.ravel(getattr(classifier, "estimators_", [])):
        _blank_padding(tree.tree_.__getstate__()["nodes"])
    return _dump(estimator), _dump(scaler)


def load_joblib(content: bytes) -> Any:
    """Rebuild an estimator from a joblib file, running any code that the file holds.

    Raises
    ------
    UntrustedModel
        If it is not such a file, or is damaged.
    """
    import joblib

    try:
        return joblib.load(BytesIO(content))
    except FOREIGN_ERRORS as error:
        raise UntrustedModel(
            f"the joblib file cannot be read ({type(error).__name__}: {error}); "
            "export it again with `artlens train`"
        ) from error


def _blank_padding(nodes: NDArray[np.void]) -> None:
    clean = np.zeros_like(nodes)
    for name in nodes.dtype.names or ():
        clean[name] = nodes[name]
    # Copied as one piece: field by field would leave the padding as it is.
    record = np.dtype((np.void, nodes.itemsize))
    nodes.view(record)[...] = clean.view(record)


def _dump(estimator: Any) -> bytes:
    import joblib

    buffer = BytesIO()
    joblib.dump(estimator, buffer)
    return buffer.getvalue()
