"""How the nodes of a model file become what they stand for.

That is done without skops itself, which on import goes through all of scikit-learn for types to
trust: that takes longer than naming the class of a picture. As in skops, an object comes to be
without its ``__init__`` and is given the state that it had. Its class can be left out too: then an
`Outline` with the same attributes stands for it, and nothing of scikit-learn is imported.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from itertools import chain
from sys import intern
from typing import Any, Final

import numpy as np

from .skops_nodes import here

Node = Mapping[str, Any]

# One object for each name, so that a pickle of what is rebuilt is the same every time.
_KEY_TYPES: Final[Mapping[str, Callable[[str], Any]]] = {"str": intern, "int": int}


class Outline:
    """Stands for an object of a type that bears its name, and has its attributes, but no methods.

    What compiled code alone could read has no attributes either.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _outline, (type(self).__name__, vars(self))


def _outline(type_name: str, state: dict[str, Any]) -> Outline:
    made = _outline_type(type_name)()
    made.__dict__.update(state)
    return made


@cache
def _outline_type(name: str) -> type[Outline]:
    return type(name, (Outline,), {})


def import_type(node: Node) -> Any:
    """Return the type that a node names."""
    return getattr(import_module(here(node["__module__"])), node["__class__"])


def outline_type(node: Node) -> Any:
    """Return what stands for the type that a node names: NumPy's and Python's own do themselves."""
    if node["__module__"] in ("builtins", "numpy"):
        return import_type(node)
    return _outline_type(node["__class__"])


@dataclass(frozen=True, slots=True)
class Archive:
    """What nodes are rebuilt from.

    Attributes
    ----------
    members : Mapping of str to bytes
        The archive's files; a node names that of its array.
    find_type : callable
        From a node to the type of the object: `import_type` or `outline_type`.
    """

    members: Mapping[str, bytes]
    find_type: Callable[[Node], Any] = import_type


def rebuild(node: Node, archive: Archive) -> Any:
    """Return what a node stands for, with all that it holds.

    Parameters
    ----------
    node : Mapping
        With ``__loader__``, ``__module__`` and ``__class__``. All types within it must have passed
        `audit_types` before.
    archive : Archive

    Raises
    ------
    Exception
        Of any of the kinds in `src.models.storage.skops_format.FOREIGN_ERRORS`, if nodes or arrays
        do not fit together.

    Examples
    --------
    >>> text = {"__loader__": "JsonNode", "content": '"rose"'}
    >>> rebuild({"__loader__": "TupleNode", "content": [text, text]}, Archive({}))
    ('rose', 'rose')
    """
    return REBUILDERS[node["__loader__"]](node, archive)


def _rebuild_json(node: Node, _archive: Archive) -> Any:
    return json.loads(node["content"])


def _rebuild_list(node: Node, archive: Archive) -> list[Any]:
    return [rebuild(item, archive) for item in node["content"]]


def _rebuild_tuple(node: Node, archive: Archive) -> tuple[Any, ...]:
    return tuple(_rebuild_list(node, archive))


def _rebuild_dict(node: Node, archive: Archive) -> dict[Any, Any]:
    types = [_KEY_TYPES[key_type["__class__"]] for key_type in node["key_types"]["content"]]
    pairs = zip(types, node["content"].items(), strict=True)
    return {key_type(key): rebuild(value, archive) for key_type, (key, value) in pairs}


def _rebuild_type(node: Node, _archive: Archive) -> Any:
    return import_type(node)


def _rebuild_array(node: Node, archive: Archive) -> Any:
    if node["type"] == "json":
        return _rebuild_object_array(node, archive)
    content = BytesIO(archive.members[node["file"]])
    array = np.lib.format.read_array(content, allow_pickle=False)
    if not array.dtype.itemsize:
        raise ValueError(f"an array of items without bytes (shape {array.shape})")
    return array if node["__class__"] == "ndarray" else import_type(node)(array)


def _rebuild_object_array(node: Node, archive: Archive) -> Any:
    """Return an array of objects, whose rows stand in lists within lists."""
    shape, items = rebuild(node["shape"], archive), _rebuild_list(node, archive)
    for _ in shape[1:]:
        items = list(chain.from_iterable(items))
    return np.fromiter(items, object, len(items)).reshape(shape)


def _rebuild_object(node: Node, archive: Archive) -> Any:
    made = archive.find_type(node)
    instance = made.__new__(made)
    return _with_state(instance, node.get("content"), archive)


def _rebuild_reduced(node: Node, archive: Archive) -> Any:
    """Return an object of a compiled type, which needs the arguments that it was made with."""
    made = archive.find_type(node)
    if issubclass(made, Outline):
        return made()
    instance = made(*rebuild(node["__reduce__"]["args"], archive))
    return _with_state(instance, node["content"], archive)


def _with_state(instance: Any, content: Node | None, archive: Archive) -> Any:
    state = None if content is None else rebuild(content, archive)
    if not state:
        return instance
    if hasattr(instance, "__setstate__"):
        instance.__setstate__(state)
    else:
        instance.__dict__.update(state)
    return instance


REBUILDERS: Final[Mapping[str, Callable[[Node, Archive], Any]]] = {
    "JsonNode": _rebuild_json,
    "ListNode": _rebuild_list,
    "TupleNode": _rebuild_tuple,
    "DictNode": _rebuild_dict,
    "TypeNode": _rebuild_type,
    "NdArrayNode": _rebuild_array,
    "TreeNode": _rebuild_reduced,
    "LossNode": _rebuild_reduced,
    "ObjectNode": _rebuild_object,
}
