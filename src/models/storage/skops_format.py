"""A fitted estimator as bytes in the skops format, and back: without code, and repeatable.

skops names arrays after memory addresses and stamps the time into its archive. Here the arrays are
named after their content and all stamps are equal, so the same estimator gives the same bytes.
"""

import json
import struct
import tokenize
import zlib
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from ...errors import ModelError, UntrustedModel
from ...extras import name_missing
from .rebuilding import Archive, outline_type, rebuild
from .skops_nodes import abroad, audit_types, iter_nodes

SCHEMA: Final = "schema.json"
# A forest of 500 trees on 12,000 rows unpacks to about 300 MB; anything larger is a bomb.
MAX_UNPACKED_BYTES: Final = 1 << 30
# Its structure without the arrays is about 5 MB of JSON.
MAX_SCHEMA_BYTES: Final = 1 << 26
# Older protocols laid some nodes out in other ways.
MIN_PROTOCOL: Final = 2
_GENERATORS: Final = frozenset({"RandomStateNode", "RandomGeneratorNode"})
_NONE: Final = {
    "__class__": "str",
    "__module__": "builtins",
    "__loader__": "JsonNode",
    "content": "null",
    "is_json": True,
}
_EARLIEST_STAMP: Final = (1980, 1, 1, 0, 0, 0)
# Whatever a crafted archive can make zipfile, json, NumPy, scikit-learn or skops raise.
FOREIGN_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zlib.error,
)


def dump_estimator(estimator: object) -> bytes:
    """Return a fitted estimator in the skops format, compressed.

    Raises
    ------
    ModelError
        If skops has no form for something the estimator holds.
    """
    # Importing it takes a second, and only who saves needs it.
    import skops.io

    try:
        members = _unpack(skops.io.dumps(estimator))
    except (TypeError, RecursionError) as error:
        raise ModelError(
            f"the estimator cannot be saved ({error}); use one of the families in pipelines.py"
        ) from error
    return _pack(_repeatable(members))


def load_estimator(content: bytes, is_enough: Callable[[Any], bool] | None = None) -> Any:
    """Rebuild an estimator whose every type is on the allow-list.

    The archive is read with bounds, and nothing is built before all of it was looked at.

    Parameters
    ----------
    content : bytes
    is_enough : callable, optional
        Is shown an outline of the estimator, and says whether it is all that is needed; if so, the
        outline is returned, for which nothing of scikit-learn is imported.

    Raises
    ------
    UntrustedModel
        If it is not such an archive, is damaged or too large, or holds a type that is not allowed.
    MissingLibrary
        If scikit-learn is needed and not installed.
    """
    try:
        members = _unpack(content)
        schema = json.loads(members[SCHEMA])
        audit_types(schema)
        _audit_protocol(schema)
        _audit_references(schema, members)
        if is_enough and is_enough(outline := rebuild(schema, Archive(members, outline_type))):
            return outline
        return rebuild(schema, Archive(members))
    except FOREIGN_ERRORS as error:
        if isinstance(error, ModuleNotFoundError) and (
            missing := name_missing(error, "a model of this family", extra="train")
        ):
            raise missing from error
        raise UntrustedModel(
            f"model.skops cannot be read ({type(error).__name__}: {error}); copy the model folder "
            "again from where it came from, or retrain"
        ) from error


def _unpack(content: bytes) -> dict[str, bytes]:
    """Read every member of an archive, never more bytes than it declared."""
    with ZipFile(BytesIO(content)) as archive:
        infos = archive.infolist()
        _refuse_bomb(sum(info.file_size for info in infos), MAX_UNPACKED_BYTES)
        _refuse_bomb(archive.getinfo(SCHEMA).file_size, MAX_SCHEMA_BYTES)
        return {info.filename: _read_member(archive, info) for info in infos}


def _read_member(archive: ZipFile, info: ZipInfo) -> bytes:
    with archive.open(info) as member:
        return member.read(info.file_size)


def _refuse_bomb(size: int, limit: int) -> None:
    if size > limit:
        raise UntrustedModel(
            f"model.skops unpacks to {size} bytes and {limit} are allowed; use models trained "
            "with `artlens train` only"
        )


def _audit_protocol(schema: Mapping[str, Any]) -> None:
    if schema["protocol"] < MIN_PROTOCOL:
        raise ValueError(f"skops protocol {schema['protocol']}, not {MIN_PROTOCOL} or newer")


def _audit_references(schema: object, members: Mapping[str, bytes]) -> None:
    """Refuse an archive that unpacks to much by naming one array many times."""
    names = (node["file"] for node in iter_nodes(schema) if "file" in node)
    _refuse_bomb(sum(len(members[name]) for name in names), MAX_UNPACKED_BYTES)


def _repeatable(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the archive without what differs from one process to the next.

    Object ids, which no reader needs, go; our own modules get the name of the installed package;
    arrays are named after their content; random generators, which a fitted pipeline has no use
    for, become None.
    """
    arrays = {name: _settled(content) for name, content in members.items() if name != SCHEMA}
    names = {name: f"{sha256(content).hexdigest()}.npy" for name, content in arrays.items()}
    schema = json.loads(members[SCHEMA])
    for node in iter_nodes(schema):
        node.pop("__id__", None)
        node["__module__"] = abroad(node["__module__"])
        if node["__loader__"] in _GENERATORS:
            node.clear()
            node.update(_NONE)
        elif "file" in node:
            node["file"] = names[node["file"]]
    used = {node["file"] for node in iter_nodes(schema) if "file" in node}
    renamed = {names[name]: content for name, content in arrays.items() if names[name] in used}
    return {SCHEMA: json.dumps(schema, separators=(",", ":")).encode(), **renamed}


def _settled(npy: bytes) -> bytes:
    """Blank the bytes between the fields of records, where C leaves what was in memory."""
    array = np.load(BytesIO(npy), allow_pickle=False)
    if array.dtype.names is None:
        return npy
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    buffer = BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _pack(members: Mapping[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            info = ZipInfo(name, _EARLIEST_STAMP)
            archive.writestr(info, members[name], ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()
