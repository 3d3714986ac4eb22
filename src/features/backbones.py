"""Networks that measure pictures: values, each an ONNX file with what is to be known of it.

A network ``NAME`` is two files, or three: ``NAME.onnx``; ``NAME.json``, which holds the fields of
`Backbone`; and ``NAME.seen``, the beginnings of the SHA-256 sums of the pictures that it was
trained on, a line each, if those are known. Shipped ones lie in ``networks/`` beside this file,
your own ones in ``backbones/`` in the folder of models.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import accumulate, pairwise, starmap
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..errors import ConfigError, ModelError, ModelMismatch, ModelNotFound, UntrustedModel
from .extract_features import FeatureSpec

SHIPPED: Final = Path(__file__).parent / "networks"
# What measures where none is named.
DEFAULT: Final = "lite0-art"
_OWN: Final = "backbones"
# Of a sum, in a list of what a network has seen: enough to tell billions of pictures apart.
SUM_DIGITS: Final = 16


class Output(NamedTuple):
    """An output of a network that is measured.

    Attributes
    ----------
    name : str
        Of the stage that its numbers are of, or of the output itself.
    channels : int
        Each gives two numbers: its mean and its population standard deviation over the map, or
        over the tokens. Of a vector, where `pooled` is false, each gives one.
    pooled : bool
    """

    name: str
    channels: int
    pooled: bool = True

    @property
    def width(self) -> int:
        """How many numbers of a row are its own."""
        return self.channels * (2 if self.pooled else 1)

    @property
    def names(self) -> Iterator[str]:
        """What its numbers are called."""
        parts = ("mean", "std") if self.pooled else ("value",)
        return (f"{self.name}_{part}_{n}" for part in parts for n in range(self.channels))


@dataclass(frozen=True, slots=True)
class Backbone:
    """A frozen network that measures pictures.

    Attributes
    ----------
    name : str
    path : Path
        The ONNX file.
    sha256 : str
        Of that file.
    input_size : int
        Side, in pixels, of the square that it takes.
    mean, scale : tuple of float
        A level of red, green or blue in [0, 255] is given to it as ``(level - mean) / scale``.
    outputs : tuple of Output
        In the order of the row.
    license, source : str
        Under which terms it is passed on, and where it comes from.
    """

    name: str
    path: Path
    sha256: str
    input_size: int
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    outputs: tuple[Output, ...]
    license: str
    source: str

    @property
    def width(self) -> int:
        """Return how many numbers a row has."""
        return sum(output.width for output in self.outputs)

    @property
    def blocks(self) -> tuple[int, ...]:
        """Return how many numbers of a row each output has."""
        return tuple(output.width for output in self.outputs)

    @property
    def middle(self) -> list[slice]:
        """Return where in a row each output of the middle half has its numbers."""
        ends = list(accumulate((output.width for output in self.outputs), initial=0))
        places = list(starmap(slice, pairwise(ends)))
        quarter = len(places) // 4
        return places[quarter : len(places) - quarter]

    def has_seen(self, sums: Iterable[str]) -> list[bool]:
        """Tell of pictures, by the SHA-256 sums of their files, whether it was trained on them.

        Its rows of those are better than of others; so is whatever is judged by them.
        """
        path = self.path.with_suffix(".seen")
        seen = set(path.read_text("ascii").split()) if path.is_file() else set()
        return [digest[:SUM_DIGITS] in seen for digest in sums]


@cache
def embedding_spec(backbone: Backbone) -> FeatureSpec:
    """Return what is measured of a picture by a network."""
    return FeatureSpec(
        name="embedding",
        version=1,
        names=tuple(name for output in backbone.outputs for name in output.names),
        working_size=backbone.input_size,
        decode="JPEG at the smallest DCT scale of 1, 1/2, 1/4, 1/8 with a short side of at least "
        f"436, others in full; flat borders cut; resized to {backbone.input_size} x "
        f"{backbone.input_size}, by area where it shrinks, else bilinearly; RGB less "
        f"{list(backbone.mean)} by {list(backbone.scale)}",
        network=f"{backbone.name} {backbone.sha256}",
    )


def find_backbone(name: str | None = None) -> Backbone:
    """Return a network by its name.

    Parameters
    ----------
    name : str, optional
        By default the shipped one.

    Raises
    ------
    ConfigError
        If none is called so.
    UntrustedModel
        If what is noted of it cannot be read.
    """
    name = name or DEFAULT
    for folder in _folders():
        if (note := folder / f"{name}.json").is_file():
            return _read(note)
    known = ", ".join(backbone.name for backbone in list_backbones())
    raise ConfigError(
        f"no network is called so ({name!r}; there are {known or 'none'}); give one of these, or "
        "add one with `artlens backbone add FILE.onnx`"
    )


def list_backbones(
    report: Callable[[ModelError], object] = lambda error: None,
) -> list[Backbone]:
    """Return all networks, shipped ones first, then by name.

    Parameters
    ----------
    report : callable
        Is told of those whose notes cannot be read.
    """
    found = []
    for note in (note for folder in _folders() for note in sorted(folder.glob("*.json"))):
        try:
            found.append(_read(note))
        except ModelError as error:
            report(error)
    return found


def backbone_of(spec: FeatureSpec) -> Backbone:
    """Return the network that measures what a spec asks for.

    Raises
    ------
    ModelNotFound
        If it is not here.
    ModelMismatch
        If another one is called as it was.
    """
    name, _, digest = spec.network.partition(" ")
    backbone = _find_again(name, digest)
    if embedding_spec(backbone) != spec:
        raise ModelMismatch(
            f"rows of the network {name} are measured in another way now than when the model was "
            "made; train it anew, or install the artlens that made it"
        )
    return backbone


@cache
def _find_again(name: str, digest: str) -> Backbone:
    for folder in _folders():
        if not (note := folder / f"{name}.json").is_file():
            continue
        backbone = _read(note)
        if backbone.sha256 != digest:
            raise ModelMismatch(
                f"the network {name} here is another one than the model's rows were measured with "
                f"({backbone.sha256[:12]}, expected {digest[:12]}); add that one, or train anew"
            )
        return backbone
    raise ModelNotFound(
        f"the network that measures for this model is not here ({name}, sha256 {digest[:12]}...); "
        "add its file with `artlens backbone add FILE.onnx`"
    )


def read_network(backbone: Backbone) -> bytes:
    """Return a network's file after a look at whether it is still the one that was added.

    Raises
    ------
    ModelNotFound
        If it is missing.
    UntrustedModel
        If it is another one.
    """
    if not backbone.path.is_file():
        raise ModelNotFound(
            f"the network {backbone.name} lacks its file ({backbone.path}); install artlens again, "
            "or add the file with `artlens backbone add`"
        )
    content = backbone.path.read_bytes()
    if (found := sha256(content).hexdigest()) != backbone.sha256:
        raise UntrustedModel(
            f"{backbone.path} is not the file of the network {backbone.name} (sha256 "
            f"{found[:12]}, expected {backbone.sha256[:12]}); get it again from where it came from"
        )
    return content


def _folders() -> Iterator[Path]:
    yield SHIPPED
    # Worker processes, which start anew, read no settings for what is shipped.
    yield own_folder()


def own_folder() -> Path:
    """Return where your own networks are, or will be."""
    from ..config import settings

    return settings().models_dir / _OWN


def _read(note: Path) -> Backbone:
    try:
        fields: dict[str, Any] = json.loads(note.read_bytes())
        outputs = tuple(Output(*parts) for parts in fields.pop("outputs"))
        mean, scale = tuple(fields.pop("mean")), tuple(fields.pop("scale"))
        path = note.with_suffix(".onnx")
        return Backbone(path=path, outputs=outputs, mean=mean, scale=scale, **fields)
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise UntrustedModel(
            f"{note} cannot be read ({error!r}); copy it again from where it came from"
        ) from error
