"""A picture's row by a frozen network: pixels in, numbers out, by onnxruntime on one thread."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..decoding.borders import crop_borders
from ..errors import ModelMismatch, UnreadableImage, UntrustedModel
from .backbones import Backbone, backbone_of, read_network
from .extract_features import FeatureSpec

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# Of ONNX Runtime's levels: errors, which are raised as well, and nothing below.
_QUIET: Final = 4


def extract_embedding(bgr: NDArray[np.uint8], spec: FeatureSpec) -> NDArray[np.float64]:
    """Return what a network says of a whole picture.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
        The decoded picture, before it is cut to the working image of other features.
    spec : FeatureSpec
        From `embedding_spec`.

    Returns
    -------
    ndarray of float64, shape (width,)
        Rounded to float16, as rows are kept: the last bits differ between machines.

    Raises
    ------
    ModelError
        If the network is not here, or is another one.
    UnreadableImage
        If there are no pixels, or the network has no numbers for them.
    """
    backbone = backbone_of(spec)
    return measure_square(see_square(bgr, backbone), backbone)


def see_square(bgr: NDArray[np.uint8], backbone: Backbone) -> NDArray[np.uint8]:
    """Return what a network sees of a picture: without its borders, whole, but as a square.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3)
        BGR.
    """
    if bgr.ndim != 3 or not bgr.size:
        raise UnreadableImage(
            f"no pixels to measure (shape {bgr.shape}); give a picture of shape (h, w, 3)"
        )
    cut, side = crop_borders(bgr), backbone.input_size
    how = cv2.INTER_AREA if min(cut.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, (side, side), interpolation=how), np.uint8)


def measure_square(square: NDArray[np.uint8], backbone: Backbone) -> NDArray[np.float64]:
    """Return the row of what a network sees, as of `extract_embedding`."""
    row = run_network(backbone, scale_pixels(square, backbone))
    with np.errstate(over="ignore"):
        kept = row.astype(np.float16)
    if not np.isfinite(kept).all():
        raise UnreadableImage(
            f"the network {backbone.name} has no finite numbers for this picture; take another "
            "network"
        )
    return kept.astype(np.float64)


def scale_pixels(square: NDArray[np.uint8], backbone: Backbone) -> NDArray[np.float32]:
    """Return pixels as a network takes them.

    Parameters
    ----------
    square : ndarray of uint8, shape (side, side, 3)
        BGR.
    backbone : Backbone

    Returns
    -------
    ndarray of float32, shape (1, 3, side, side)
        Planes of red, green and blue.
    """
    planes: NDArray[np.float32] = np.array([cv2.split(square)[::-1]], np.float32)
    planes -= _by_channel(backbone.mean)
    planes /= _by_channel(backbone.scale)
    return planes


def _by_channel(values: Sequence[float]) -> NDArray[np.float32]:
    return np.array(values, np.float32)[:, np.newaxis, np.newaxis]


def run_network(backbone: Backbone, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the row of one picture, shape (width,).

    One at a time: on one thread, several at once are no quicker, and their last bits would depend
    on how many there are.
    """
    found = run_session(open_session(backbone), pixels)
    row: NDArray[np.float32] = np.concatenate([_pool(each) for each in found])
    if len(row) != backbone.width:
        raise ModelMismatch(
            f"the network {backbone.name} gives {len(row)} numbers, and {backbone.width} are "
            "noted of it; add its file again with `artlens backbone add`"
        )
    return row


def _pool(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mean and deviation of each channel of a map, or what has no map as it is."""
    channels: NDArray[np.float32] = output[0]
    if channels.ndim < 2:
        return channels.reshape(-1)
    flat = channels.reshape(len(channels), -1)
    return np.hstack([flat.mean(axis=1), flat.std(axis=1)])


@cache
def open_session(backbone: Backbone) -> "InferenceSession":
    """Return the network, ready to run; once for a process, whose threads may share it.

    Raises
    ------
    ModelError
        If its file is missing, or is another one.
    """
    return make_session(read_network(backbone), str(backbone.path))


def make_session(content: bytes, name: str) -> "InferenceSession":
    """Return the network that is in a file.

    Parameters
    ----------
    content : bytes
        Of an ONNX file.
    name : str
        What errors call it.

    Raises
    ------
    UntrustedModel
        If it cannot be run.
    """
    # Whoever only asks for colours should not wait for it.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Processes and threads work side by side on pictures already.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    with _explained(name):
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run_session(
    session: "InferenceSession", pixels: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """Return all outputs of a network for its only input.

    Raises
    ------
    UntrustedModel
        If it cannot take it.
    """
    taken = session.get_inputs()[0].name
    with _explained(f"input {taken!r}"):
        return list(map(np.asarray, session.run(None, {taken: pixels})))


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Raise what ONNX Runtime says as an error of ours; its own have no base but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    known = (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    )
    try:
        yield
    except known as error:
        said = str(error).splitlines()[0].rpartition(" : ")[2]
        raise UntrustedModel(
            f"{name} is no network that can be run here ({said}); give an ONNX file that "
            "onnxruntime runs on the CPU"
        ) from error
