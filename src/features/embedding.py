"""A picture's row by a frozen network: pixels in, numbers out, by onnxruntime on one thread."""

from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ModelMismatch, UnreadableImage
from .backbones import Backbone, backbone_of, checked_file
from .borders import crop_borders
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
    row = run_network(backbone, prepare_pixels(bgr, backbone))
    with np.errstate(over="ignore"):
        kept = row.astype(np.float16)
    if not np.isfinite(kept).all():
        raise UnreadableImage(
            f"the network {backbone.name} has no finite numbers for this picture; take another "
            "network"
        )
    return kept.astype(np.float64)


def prepare_pixels(bgr: NDArray[np.uint8], backbone: Backbone) -> NDArray[np.float32]:
    """Return a picture as a network takes it: borders cut, a square whatever its ratio, scaled.

    Returns
    -------
    ndarray of float32, shape (1, 3, side, side)
        Planes of red, green and blue.
    """
    if bgr.ndim != 3 or not bgr.size:
        raise UnreadableImage(
            f"no pixels to measure (shape {bgr.shape}); give a picture of shape (h, w, 3)"
        )
    cut, side = crop_borders(bgr), backbone.input_size
    how = cv2.INTER_AREA if min(cut.shape[:2]) > side else cv2.INTER_LINEAR
    square = cv2.resize(cut, (side, side), interpolation=how)
    mean, scale = (np.array(part, np.float32) for part in (backbone.mean, backbone.scale))
    rgb = (np.asarray(square[..., ::-1], np.float32) - mean) / scale
    return np.ascontiguousarray(rgb.transpose(2, 0, 1)[np.newaxis], np.float32)


def run_network(backbone: Backbone, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the row of one picture, shape (width,).

    One at a time: on one thread, several at once are no quicker, and their last bits would depend
    on how many there are.
    """
    session = open_session(backbone)
    found = session.run(None, {session.get_inputs()[0].name: pixels})
    row: NDArray[np.float32] = np.concatenate([_pool(np.asarray(each)) for each in found])
    if len(row) != backbone.width:
        raise ModelMismatch(
            f"the network {backbone.name} gives {len(row)} numbers, and {backbone.width} are "
            "noted of it; add its file again with `artlens backbone add`"
        )
    return row


def _pool(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mean and deviation of each channel of a map, or what has no map as it is."""
    channels = output[0]
    if channels.ndim < 2:
        return channels.reshape(-1)
    flat = channels.reshape(len(channels), -1)
    row: NDArray[np.float32] = np.hstack([flat.mean(axis=1), flat.std(axis=1)])
    return row


@cache
def open_session(backbone: Backbone) -> "InferenceSession":
    """Return the network, ready to run; once for a process, whose threads may share it."""
    # Whoever only asks for colours should not wait for it.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Processes and threads work side by side on pictures already.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _QUIET
    path = checked_file(backbone)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
