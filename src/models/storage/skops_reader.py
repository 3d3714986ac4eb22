"""What the nodes of a skops archive stand for, rebuilt without skops itself.

On import skops goes through all of scikit-learn for types to trust, which takes longer than naming
the class of a picture. What a model file may hold stands on a list of our own, and few kinds of
nodes make it up. As in skops, an object comes to be without its ``__init__`` and is given the state
that it had.
"""

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from io import BytesIO
from itertools import chain
from typing import Any, Final

import numpy as np

from .allowed_types import here

Node = Mapping[str, Any]
Members = Mapping[str, bytes]

_KEY_TYPES: Final = {"str": str, "int": int}


def rebuild(node: Node, members: Members) -> Any:
    """Return what a node stands for, with all that it holds.

    Parameters
    ----------
    node : Mapping
        With ``__loader__``, ``__module__`` and ``__class__``. All types within it must have passed
        :func:`src.models.storage.allowed_types.audit_types` before.
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
