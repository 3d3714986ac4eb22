"""The paintings of the built-in gallery, measured as they are painted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from .. import __version__
from ..gallery.paintings import Commission, commission_gallery
from ..jobs.shard_map import Work, digest
from .bulk import Picture
from .extract_features import FeatureSpec
from .gallery_table import describe_painting, paint_and_measure
from .measuring import Measured

# About a second of work: as much as an interrupt can cost.
SHARD_PAINTINGS: Final = 128


@dataclass(frozen=True, slots=True)
class GalleryJob:
    """A `Job`: to paint a gallery and measure it.

    Attributes
    ----------
    count : int
        Number of paintings.
    seed : int
        Decides all of them.
    target : str
        The column that holds the colour.
    spec : FeatureSpec
        Which features are measured.
    """

    count: int
    seed: int
    target: str
    spec: FeatureSpec

    @property
    def work(self) -> Work[Commission, Measured]:
        """What is done with a commission."""
        return Work("painting", partial(paint_and_measure, self.spec))

    def check(self) -> None:
        """Do nothing: any gallery can be painted."""

    def batches(self) -> Iterator[tuple[list[Commission], list[Picture]]]:
        """Yield the paintings in the order of the plan."""
        plan = commission_gallery(self.count, self.seed)
        while some := list(islice(plan, SHARD_PAINTINGS)):
            yield some, [Picture(page="", **describe_painting(each)) for each in some]

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of names, which say all of a painting, and options."""
        return digest(__version__, self.spec, self.target, pictures)
