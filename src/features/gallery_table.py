"""The paintings of the built-in gallery, measured as they are painted.

Worker processes import this file, so what only a table needs is imported where it is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..gallery.paintings import Commission, commission_gallery, paint, plan_gallery
from ..jobs.parallel_map import parallel_map
from ..jobs.runner import Work, digest
from ..jobs.shard_store import Picture, Row
from ..tasks import COLOR
from .extract_features import FEATURES_V1, FeatureSpec
from .specs import extract

if TYPE_CHECKING:
    import pandas as pd

# About a second of work: as much as an interrupt can cost.
SHARD_PAINTINGS: Final = 128
COLUMNS: Final = ("image", "page", COLOR.column)


@dataclass(frozen=True, slots=True)
class GalleryJob:
    """A `Job`: to paint a gallery and measure it.

    Attributes
    ----------
    count : int
        Number of paintings.
    seed : int
        Decides all of them.
    spec : FeatureSpec
        Which features are measured.
    """

    count: int
    seed: int
    spec: FeatureSpec

    @property
    def columns(self) -> tuple[str, ...]:
        """What `Picture.values` holds."""
        return COLUMNS

    @property
    def work(self) -> Work[Commission, NDArray[np.float64]]:
        """What is done with a commission."""
        return Work("painting", partial(paint_and_measure, self.spec))

    def shards(self) -> Iterator[list[Picture]]:
        """Yield the paintings in the order of the plan."""
        plan = commission_gallery(self.count, self.seed)
        while some := list(islice(plan, SHARD_PAINTINGS)):
            yield [describe_painting(commission) for commission in some]

    def items(self, pictures: Sequence[Picture]) -> list[Commission]:
        """Return what is to be painted."""
        return [Commission.named(picture.place) for picture in pictures]

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of names, which say all of a painting, and options."""
        return digest(self.spec, pictures)

    def row(self, picture: Picture, result: NDArray[np.float64]) -> Row:
        """Return the features."""
        return Row(picture, result.tobytes())


def gallery_table(
    count: int, seed: int, jobs: int | None = None, spec: FeatureSpec = FEATURES_V1
) -> "pd.DataFrame":
    """Paint a gallery, measure its pictures and keep the features alone.

    Parameters
    ----------
    count : int
        Number of paintings.
    seed : int
        Decides all of them.
    jobs : int, optional
        Number of processes, by default one per core; the table is the same with any.
    spec : FeatureSpec
        Which features are measured.

    Returns
    -------
    pandas.DataFrame
        A processed table as from `processed_table`; ``image`` is ``gallery:<name>``.

    Examples
    --------
    >>> table = gallery_table(2, seed=0, jobs=1)
    >>> table["color"].tolist()
    ['BLACK', 'BROWN']
    """
    from .measured_table import processed_table

    plan = plan_gallery(count, seed)
    features = list(parallel_map(partial(paint_and_measure, spec), plan, jobs, "painting"))
    return processed_table([describe_painting(each) for each in plan], features, COLUMNS, spec)


def describe_painting(commission: Commission) -> Picture:
    """Return what a table says of a painting beside its features.

    Examples
    --------
    >>> describe_painting(Commission("TEAL", 0, seed=7)).values
    ('gallery:teal-00000-seed7', '', 'TEAL')
    """
    name = commission.name
    return Picture(f"{name}.png", name, (f"gallery:{name}", "", commission.color))


def paint_again(filename: str) -> NDArray[np.uint8]:
    """Return the painting of which `describe_painting` gives the file name: uint8, BGR.

    Raises
    ------
    DataError
        If no painting is called so.
    """
    return paint(Commission.named(filename.removesuffix(".png")))


def paint_and_measure(spec: FeatureSpec, commission: Commission) -> NDArray[np.float64]:
    """Return the features of a painting."""
    return extract(paint(commission), spec)
