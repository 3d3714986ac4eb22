"""Pictures that are measured for answers: what networks say of them lasts, and is looked up first.

Worker processes import this file, so it imports little.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from hashlib import sha256
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.file_bytes import read_source
from ..errors import ArtlensError, ImageError
from ..images import ImageLimits, describe_source
from .extract_features import FeatureSpec
from .measured_rows import FileRow, LastingRows, Wanted, find_row, row_type, stamp_of
from .measuring import Measured, Specs, measure_picture, name_source, only_rows

Rows = Mapping[FeatureSpec, NDArray[np.float64]]


class Looked(NamedTuple):
    """What was measured of a picture, and what tells its file from others."""

    measured: Measured
    wanted: Wanted
    sha256: bytes


class LastingPictures:
    """The rows of some networks that were ever measured here, of files and of what was fetched.

    Parameters
    ----------
    specs : tuple of FeatureSpec
        What is measured; rows of other specs than those of networks do not last.
    """

    def __init__(self, specs: Specs) -> None:
        self._specs = specs
        self._lasting = {spec: LastingRows(spec) for spec in specs if spec.network}
        # Where workers look for rows; empty for nowhere.
        self.place = next((rows.place for rows in self._lasting.values()), "")

    def __enter__(self) -> Self:
        self._open = ExitStack()
        for rows in self._lasting.values():
            self._open.enter_context(rows)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def keep(self, looked: Looked) -> Measured:
        """Return what was measured; the rows of networks are kept, unless of a part of a file."""
        if not looked.measured.truncated:
            for spec, row in zip(self._specs, looked.measured.rows, strict=True):
                if spec in self._lasting:
                    content = row.astype(row_type(spec)).tobytes()
                    self._lasting[spec].keep(FileRow(looked.wanted, looked.sha256, content))
        return looked.measured


def look_at_item(
    specs: Specs, limits: ImageLimits, palette: bool, store: str, item: str | bytes | ArtlensError
) -> Looked | ArtlensError:
    """Do a worker process's part: measure of a picture what was never measured before.

    Parameters
    ----------
    specs : tuple of FeatureSpec
    limits : ImageLimits
    palette : bool
        Whether its palette is wanted, which does not last.
    store : str
        `LastingPictures.place`.
    item : str, bytes or ArtlensError
        A path, what a file holds, or what is wrong with it.
    """
    if isinstance(item, ArtlensError):
        return item
    name = describe_source(item)
    wanted = Wanted(item, stamp_of(item)) if isinstance(item, str) else Wanted(name, b"")
    try:
        data = item if isinstance(item, bytes) else read_source(item, limits.max_bytes, name)
        digest = sha256(data).digest()
        found = _find_rows(specs, store, digest)
        return Looked(_complete(found, specs, limits, palette, data), wanted, digest)
    except ImageError as error:
        return name_source(error.with_traceback(None), name)


def _find_rows(specs: Specs, store: str, digest: bytes) -> Rows:
    """Return the rows that are there already, which are those of whole files."""
    contents = {spec: find_row(store, spec, digest) for spec in specs if spec.network}
    return {
        spec: np.frombuffer(content, row_type(spec)).astype(np.float64)
        for spec, content in contents.items()
        if content is not None
    }


def _complete(
    found: Rows, specs: Specs, limits: ImageLimits, palette: bool, data: bytes
) -> Measured:
    """Return all that is wanted; the picture is decoded only where something is missing."""
    missing = tuple(spec for spec in specs if spec not in found)
    if not missing and not palette:
        return only_rows([found[spec] for spec in specs])
    measured = measure_picture(data, missing, limits=limits, palette=palette)
    rows = {**found, **dict(zip(missing, measured.rows, strict=True))}
    return measured.with_rows([rows[spec] for spec in specs])
