"""A network of one's own among those that measure pictures: looked at, tried, copied, noted."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ArtlensError, ConfigError, UntrustedModel
from ..files import write_whole
from .backbones import SHIPPED, Backbone, Output, own_folder
from .embedding import make_session, run_session, scale_pixels

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# Every process that measures holds it in memory.
MAX_BYTES: Final = 1 << 29
# More makes neither a better classifier nor one that could be trained.
MAX_WIDTH: Final = 1 << 14
SIZES: Final = (16, 1024)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FLOAT: Final = "tensor(float)"
# The key, in an ONNX file, of the name of another file in which a weight is.
_ELSEWHERE: Final = b"\n\x08location\x12"
_LEVELS: Final = ((127.0,) * 3, (128.0,) * 3)

Levels = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says of a network; what is not said is found out, or as for the shipped one.

    Attributes
    ----------
    name : str or None
        By default that of the file.
    input_size : int or None
        Needed where the file leaves it open.
    mean, scale : tuple of float
        Levels in [0, 255] are given to it as ``(level - mean) / scale``: red, green, blue.
    license, source : str
    """

    name: str | None = None
    input_size: int | None = None
    mean: Levels = _LEVELS[0]
    scale: Levels = _LEVELS[1]
    license: str = "not said"
    source: str = "not said"


def add_backbone(path: Path, wish: Wish) -> Backbone:
    """Copy a network to the folder of your own ones, if it measures pictures.

    Parameters
    ----------
    path : Path
        An ONNX file with all weights in it: one input, float32 of shape (n, 3, side, side), and
        outputs of float32, each a map (n, channels, h, w) or a vector (n, numbers).
    wish : Wish

    Returns
    -------
    Backbone
        The same as before if it is there already.

    Raises
    ------
    ConfigError
        If it cannot be called so, or a file is none that fits.
    UntrustedModel
        If onnxruntime cannot run it, or what comes out is of no use.
    """
    name = _check_name(wish.name or path.stem)
    content = _read_file(path)
    session = make_session(content, str(path))
    side = _input_size(session, wish.input_size)
    target = own_folder() / f"{name}.onnx"
    digest = sha256(content).hexdigest()
    rest = (wish.mean, wish.scale, (), wish.license, wish.source)
    backbone = Backbone(name, target, digest, side, *rest)
    backbone = _with_outputs(backbone, session)
    _refuse_another(backbone)
    write_whole(target, content)
    # The note makes it known, so it comes last.
    write_whole(target.with_suffix(".json"), render_note(backbone))
    return backbone


def render_note(backbone: Backbone) -> str:
    """Return what ``NAME.json`` says of a network."""
    fields: dict[str, Any] = {
        "name": backbone.name,
        "sha256": backbone.sha256,
        "input_size": backbone.input_size,
        "mean": backbone.mean,
        "scale": backbone.scale,
        "outputs": backbone.outputs,
        "license": backbone.license,
        "source": backbone.source,
    }
    return json.dumps(fields, indent=2) + "\n"


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"no name for a network ({name!r}); give one with --name, of up to 64 letters, digits, "
            "., - and _, a letter or digit first"
        )
    if (SHIPPED / f"{name}.json").exists():
        raise ConfigError(f"{name} is a shipped network, which stays as it is; give another --name")
    return name


def _read_file(path: Path) -> bytes:
    if not path.is_file():
        raise ConfigError(f"no such file ({path}); give the ONNX file of a network")
    if (size := path.stat().st_size) > MAX_BYTES:
        raise ConfigError(
            f"{path} is too large ({size >> 20} MB, and {MAX_BYTES >> 20} MB are allowed, since "
            "every process holds it in memory); take a smaller network, or its weights in float16"
        )
    content = path.read_bytes()
    if _ELSEWHERE in content:
        raise ConfigError(
            f"{path} keeps weights in another file, whose sum would not be known; save it with all "
            "its weights in it"
        )
    return content


def _input_size(session: "InferenceSession", wanted: int | None) -> int:
    """Return the side of the square that a network takes."""
    inputs = session.get_inputs()
    shapes = ", ".join(f"{each.type} {each.shape}" for each in inputs)
    shape = inputs[0].shape if len(inputs) == 1 and inputs[0].type == _FLOAT else []
    if len(shape) != 4 or not (_can_be(shape[0], 1) and _can_be(shape[1], 3)):
        raise ConfigError(
            f"the network takes something else than pictures ({shapes or 'nothing'}); expected "
            "one input, tensor(float) of shape (n, 3, side, side): red, green, blue planes"
        )
    sides = {side for side in shape[2:] if isinstance(side, int)}
    if len(sides) > 1:
        raise ConfigError(f"the network takes no squares ({shapes}); export it for a square")
    return _agree(sides.pop() if sides else None, wanted)


def _can_be(side: Any, wanted: int) -> bool:
    """Tell whether a side is so long, or left open: then it has a name, or nothing."""
    return side == wanted or not isinstance(side, int)


def _agree(fixed: int | None, wanted: int | None) -> int:
    side = fixed or wanted
    if side is None:
        raise ConfigError(
            "the network leaves the size of its input open; say with --input-size for which side, "
            "in pixels, it was trained"
        )
    if fixed and wanted and fixed != wanted:
        raise ConfigError(f"the network takes {fixed} pixels, not {wanted}; leave --input-size out")
    if not SIZES[0] <= side <= SIZES[1]:
        raise ConfigError(f"no size for pictures ({side} pixels); from {SIZES[0]} to {SIZES[1]}")
    return side


def _with_outputs(backbone: Backbone, session: "InferenceSession") -> Backbone:
    """Try a network on two pictures; return it with what comes out."""
    first, again, other = (
        run_session(session, scale_pixels(picture, backbone))
        for picture in _pictures(backbone.input_size)
    )
    names = [output.name for output in session.get_outputs()]
    outputs = tuple(_describe(n, name, first[n]) for n, name in enumerate(names))
    _check_values(backbone.name, first, again, other)
    found = replace(backbone, outputs=outputs)
    if not 0 < found.width <= MAX_WIDTH:
        raise ConfigError(
            f"the network gives {found.width:,} numbers for a picture, and 1 to {MAX_WIDTH:,} are "
            "allowed; export it with fewer outputs"
        )
    return found


def _pictures(side: int) -> Iterator[NDArray[np.uint8]]:
    """Yield a picture twice, and another one."""
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    yield noise
    yield noise
    yield np.full_like(noise, 77)


def _describe(place: int, name: str, found: NDArray[np.float32]) -> Output:
    if found.dtype != np.float32 or found.ndim not in (2, 4) or found.shape[0] != 1:
        raise ConfigError(
            f"output {name!r} is of no use here ({found.dtype} of shape {found.shape}); expected "
            "float32, a map (1, channels, h, w) or a vector (1, numbers)"
        )
    # Features are called after it, and columns of tables after these.
    return Output(
        name if name.isidentifier() else f"output{place}", found.shape[1], found.ndim == 4
    )


def _check_values(name: str, *runs: Sequence[NDArray[np.float32]]) -> None:
    first, again, other = (np.concatenate([each.ravel() for each in found]) for found in runs)
    if not all(np.isfinite(values).all() for values in (first, other)):
        raise UntrustedModel(
            f"the network {name} gives what are no finite numbers; check --mean and --scale, or "
            "take another one"
        )
    if not np.array_equal(first, again):
        raise UntrustedModel(
            f"the network {name} gives other numbers when asked again; export it for inference, "
            "without dropout"
        )
    if np.array_equal(first, other):
        raise UntrustedModel(f"the network {name} gives the same for different pictures")


def _refuse_another(backbone: Backbone) -> None:
    """Let nobody lose a network that models may be made with."""
    note = backbone.path.with_suffix(".json")
    if not note.exists():
        return
    try:
        same = json.loads(note.read_bytes()) == json.loads(render_note(backbone))
    except (ValueError, ArtlensError):
        same = False
    if not same:
        raise ConfigError(
            f"there is another network called {backbone.name} ({note}), which models may be made "
            "with; give another --name"
        )
