"""What a model file may hold, and the walk that proves it holds nothing else.

skops trusts every scikit-learn estimator and all of NumPy's and SciPy's functions by default. The
list here is narrower: the families, the calibrators, the scaler and what these are made of.
None of them calls what it is given: no function, method, partial or operator can stand in a file,
and a type by itself only as ``str`` or ``int``, for the keys of a dictionary.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...errors import UntrustedModel

# What our own modules are under in a file, whatever this package is called where it was written: it
# is `src` in a checkout, and `artlens` when it is installed.
OWN_PACKAGE: Final = "artlens"
_ROOT: Final = __name__.partition(".")[0]

# loader (what skops calls the part that rebuilds an object) -> the types it may rebuild.
ALLOWED_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "JsonNode": frozenset({"builtins.str"}),
    "ListNode": frozenset({"builtins.list"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "DictNode": frozenset({"builtins.dict"}),
    "TypeNode": frozenset({"builtins.str", "builtins.int"}),
    "NdArrayNode": frozenset(
        {
            "numpy.bool",
            "numpy.float32",
            "numpy.float64",
            "numpy.int32",
            "numpy.int64",
            "numpy.ndarray",
            "numpy.str_",
            "numpy.uint64",
        }
    ),
    "TreeNode": frozenset({"sklearn.tree._tree.Tree"}),
    "LossNode": frozenset(
        {
            "sklearn._loss._loss.CyHalfBinomialLoss",
            "sklearn._loss._loss.CyHalfMultinomialLoss",
        }
    ),
    "ObjectNode": frozenset(
        {
            "sklearn._loss.link.Interval",
            "sklearn._loss.link.LogitLink",
            "sklearn._loss.link.MultinomialLogit",
            "sklearn._loss.loss.HalfBinomialLoss",
            "sklearn._loss.loss.HalfMultinomialLoss",
            "sklearn.calibration.CalibratedClassifierCV",
            "sklearn.calibration._CalibratedClassifier",
            "sklearn.calibration._SigmoidCalibration",
            "sklearn.calibration._TemperatureScaling",
            "sklearn.dummy.DummyClassifier",
            "sklearn.ensemble._forest.RandomForestClassifier",
            "sklearn.ensemble._gb.GradientBoostingClassifier",
            "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
            "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
            ".HistGradientBoostingClassifier",
            "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
            "sklearn.ensemble._voting.VotingClassifier",
            "sklearn.linear_model._logistic.LogisticRegression",
            "sklearn.neural_network._multilayer_perceptron.MLPClassifier",
            "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
            "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
            "sklearn.pipeline.Pipeline",
            "sklearn.preprocessing._data.StandardScaler",
            "sklearn.preprocessing._label.LabelBinarizer",
            "sklearn.preprocessing._label.LabelEncoder",
            "sklearn.tree._classes.DecisionTreeClassifier",
            "sklearn.tree._classes.DecisionTreeRegressor",
            f"{OWN_PACKAGE}.models.components.Components",
            f"{OWN_PACKAGE}.models.kernel_logistic_regression.KernelLogisticRegression",
            f"{OWN_PACKAGE}.models.soft_vote_svc.SoftVoteSVC",
            f"{OWN_PACKAGE}.models.tag_classifier.TagClassifier",
        }
    ),
}

_NODE_KEYS: Final = frozenset({"__loader__", "__class__", "__module__"})


def iter_nodes(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every node of a skops schema: each mapping, however deep, that names a type."""
    pending = [schema]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if not _NODE_KEYS.isdisjoint(value):
                yield value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def audit_types(schema: object) -> None:
    """Refuse a schema in which any node is not on the list.

    Raises
    ------
    UntrustedModel
        Names every type that is not allowed, with its loader.
    """
    strangers = {_describe(node) for node in iter_nodes(schema) if not _is_allowed(node)}
    if strangers:
        raise UntrustedModel(
            f"the model holds types that are not allowed ({', '.join(sorted(strangers))}); use "
            "models trained with `artlens train` only"
        )


def _is_allowed(node: dict[str, Any]) -> bool:
    loader = node.get("__loader__")
    return isinstance(loader, str) and _type_name(node) in ALLOWED_TYPES.get(loader, ())


def _describe(node: dict[str, Any]) -> str:
    return f"{_type_name(node)} as {node.get('__loader__')}"


def _type_name(node: dict[str, Any]) -> str:
    return f"{abroad(str(node.get('__module__')))}.{node.get('__class__')}"


def here(module: str) -> str:
    """Return what a module that a file names is called in this process.

    Examples
    --------
    >>> here("artlens.models.scorer") == f"{_ROOT}.models.scorer", here("numpy")
    (True, 'numpy')
    """
    package, dot, rest = module.partition(".")
    return f"{_ROOT}{dot}{rest}" if package == OWN_PACKAGE else module


def abroad(module: str) -> str:
    """Return what a module of this process is called in a file; the inverse of `here`."""
    package, dot, rest = module.partition(".")
    return f"{OWN_PACKAGE}{dot}{rest}" if package == _ROOT else module
