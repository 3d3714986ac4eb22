"""What a model file may hold, the walk that proves it holds nothing else, and how it is rebuilt.

skops trusts every scikit-learn estimator and all of NumPy's and SciPy's functions by default. The
list here is narrower: the five families, the calibrators, the scaler and what these are made of.
None of them calls what it is given: no function, method, partial or operator can stand in a file,
and a type by itself only as ``str`` or ``int``, for the keys of a dictionary.

The nodes of an archive are rebuilt without skops itself, which on import goes through all of
scikit-learn for types to trust: that takes longer than naming the class of a picture. As in skops,
an object comes to be without its ``__init__`` and is given the state that it had.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from io import BytesIO
from itertools import chain
from sys import intern
from typing import Any, Final

import numpy as np

from ...errors import UntrustedModel

Node = Mapping[str, Any]
Members = Mapping[str, bytes]

# One object for each name, so that a pickle of what is rebuilt is the same every time.
_KEY_TYPES: Final[Mapping[str, Callable[[str], Any]]] = {"str": intern, "int": int}

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
            f"{OWN_PACKAGE}.models.soft_vote_svc.SoftVoteSVC",
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


def rebuild(node: Node, members: Members) -> Any:
    """Return what a node stands for, with all that it holds.

    Parameters
    ----------
    node : Mapping
        With ``__loader__``, ``__module__`` and ``__class__``. All types within it must have passed
        `audit_types` before.
    members : Mapping of str to bytes
        The archive's files; a node names that of its array.

    Raises
    ------
    Exception
        Of any of the kinds in `src.models.storage.skops_format.FOREIGN_ERRORS`, if nodes or arrays
        do not fit together.

    Examples
    --------
    >>> text = {"__loader__": "JsonNode", "content": '"rose"'}
    >>> rebuild({"__loader__": "TupleNode", "content": [text, text]}, {})
    ('rose', 'rose')
    """
    return REBUILDERS[node["__loader__"]](node, members)


def _rebuild_json(node: Node, _members: Members) -> Any:
    return json.loads(node["content"])


def _rebuild_list(node: Node, members: Members) -> list[Any]:
    return [rebuild(item, members) for item in node["content"]]


def _rebuild_tuple(node: Node, members: Members) -> tuple[Any, ...]:
    return tuple(_rebuild_list(node, members))


def _rebuild_dict(node: Node, members: Members) -> dict[Any, Any]:
    types = [_KEY_TYPES[key_type["__class__"]] for key_type in node["key_types"]["content"]]
    pairs = zip(types, node["content"].items(), strict=True)
    return {key_type(key): rebuild(value, members) for key_type, (key, value) in pairs}


def _rebuild_array(node: Node, members: Members) -> Any:
    if node["type"] == "json":
        return _rebuild_object_array(node, members)
    array = np.lib.format.read_array(BytesIO(members[node["file"]]), allow_pickle=False)
    if not array.dtype.itemsize:
        raise ValueError(f"an array of items without bytes (shape {array.shape})")
    return array if node["__class__"] == "ndarray" else _find_type(node, members)(array)


def _rebuild_object_array(node: Node, members: Members) -> Any:
    """Return an array of objects, whose rows stand in lists within lists."""
    shape, items = rebuild(node["shape"], members), _rebuild_list(node, members)
    for _ in shape[1:]:
        items = list(chain.from_iterable(items))
    return np.fromiter(items, object, len(items)).reshape(shape)


def _rebuild_object(node: Node, members: Members) -> Any:
    made = _find_type(node, members)
    instance = made.__new__(made)
    return _with_state(instance, node.get("content"), members)


def _rebuild_reduced(node: Node, members: Members) -> Any:
    """Return an object of a compiled type, which needs the arguments that it was made with."""
    arguments = rebuild(node["__reduce__"]["args"], members)
    instance = _find_type(node, members)(*arguments)
    return _with_state(instance, node["content"], members)


def _with_state(instance: Any, content: Node | None, members: Members) -> Any:
    state = None if content is None else rebuild(content, members)
    if not state:
        return instance
    if hasattr(instance, "__setstate__"):
        instance.__setstate__(state)
    else:
        instance.__dict__.update(state)
    return instance


def _find_type(node: Node, _members: Members) -> Any:
    return getattr(import_module(here(node["__module__"])), node["__class__"])


REBUILDERS: Final[Mapping[str, Callable[[Node, Members], Any]]] = {
    "JsonNode": _rebuild_json,
    "ListNode": _rebuild_list,
    "TupleNode": _rebuild_tuple,
    "DictNode": _rebuild_dict,
    "TypeNode": _find_type,
    "NdArrayNode": _rebuild_array,
    "TreeNode": _rebuild_reduced,
    "LossNode": _rebuild_reduced,
    "ObjectNode": _rebuild_object,
}
