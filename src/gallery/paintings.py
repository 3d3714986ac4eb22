"""The built-in gallery: a seed in, a painting of a known colour out. Pure.

A painting is planned (`plan_gallery`), composed of regions, mixed from a muted ground and the one
colour that stands out, laid down in brush strokes, graded until its statistics meet a target drawn
for its colour, begun anew where they are not like that colour's, and saved through JPEG as a
museum's thumbnail would have been.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..tasks.color import COLORS
from .brushwork import SIDE, Brushwork, lay_brushwork
from .composition import compose
from .grading import (
    Floats,
    Lab,
    apply_grade,
    draw_target,
    fit_grade,
    is_like,
    measure,
    to_bgr,
)

# Images per colour among the 16,311 of the published study.
PUBLISHED_COUNTS: Final = dict(
    zip(COLORS, (3612, 3611, 1605, 1553, 1503, 1168, 1115, 1068, 857, 123, 95), strict=True)
)
# Of the two rare colours there are more: what 0.6 % of the rows teach of PINK is next to nothing.
LEAST_SHARE: Final = 0.02
MODERN_SHARE: Final = 0.4
# About 3 in 100 pictures, more of a rare colour: else a gallery would have hardly any in pink.
_MONOCHROME_SHARES: Final = {
    color: 0.01 * float(np.sqrt(16_311 / count)) for color, count in PUBLISHED_COUNTS.items()
}
_SAMPLE_PIXELS: Final = 1024
# So often a painting is begun before one stays that is not like its colour.
_ATTEMPTS: Final = 8
_NAME: Final = re.compile(r"([a-z]+)-(\d{5,})-seed(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Commission:
    """One painting to be made: its colour, its number within the colour and the gallery's seed."""

    color: str
    index: int
    seed: int

    @property
    def name(self) -> str:
        """File name without suffix, unique within a gallery."""
        return f"{self.color.lower()}-{self.index:05d}-seed{self.seed}"

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the painting of a name.

        Raises
        ------
        DataError
            If no painting is called so.

        Examples
        --------
        >>> Commission.named("teal-00003-seed7")
        Commission(color='TEAL', index=3, seed=7)
        """
        found = _NAME.fullmatch(name)
        if found is None or found[1].upper() not in COLORS:
            raise DataError(
                f"no painting of the gallery ({name!r}); expected a name like teal-00003-seed7"
            )
        return cls(found[1].upper(), int(found[2]), int(found[3]))

    @property
    def title(self) -> str:
        """What would stand on its label."""
        return f"Study in {self.color.lower()}, no. {self.index + 1}"


def plan_gallery(count: int, seed: int) -> list[Commission]:
    """Plan a gallery with the colours as frequent as in the published data set, or `LEAST_SHARE`.

    Parameters
    ----------
    count : int
        Number of paintings; every colour gets at least one as soon as there is room for all.
    seed : int
        Paintings of another seed are other paintings.

    Examples
    --------
    >>> [c.color for c in plan_gallery(3, seed=0)]
    ['BLACK', 'BROWN', 'TEAL']
    """
    return list(commission_gallery(count, seed))


def commission_gallery(count: int, seed: int) -> Iterator[Commission]:
    """Yield the paintings of `plan_gallery` one by one."""
    wanted = {color: share * count for color, share in planned_shares().items()}
    planned = dict.fromkeys(COLORS[:count], 1)
    for _ in range(count - len(planned)):
        planned[max(planned, key=lambda color: wanted[color] - planned[color])] += 1
    return (Commission(color, i, seed) for color in planned for i in range(planned[color]))


def planned_shares() -> dict[str, float]:
    """Return the share of each colour in a gallery.

    Examples
    --------
    >>> [round(share, 3) for share in planned_shares().values()]
    [0.215, 0.215, 0.096, 0.093, 0.09, 0.07, 0.067, 0.064, 0.051, 0.02, 0.02]
    """
    total = sum(PUBLISHED_COUNTS.values())
    rare = [color for color in COLORS if PUBLISHED_COUNTS[color] < LEAST_SHARE * total]
    left = 1 - LEAST_SHARE * len(rare)
    others = total - sum(PUBLISHED_COUNTS[color] for color in rare)
    return {
        color: LEAST_SHARE if color in rare else left * count / others
        for color, count in PUBLISHED_COUNTS.items()
    }


def paint(commission: Commission) -> NDArray[np.uint8]:
    """Paint a commission.

    Returns
    -------
    ndarray of uint8, shape (218, 218, 3)
        BGR; the same commission always gives the same bytes.
    """
    key = (commission.seed, COLORS.index(commission.color), commission.index)
    rng = np.random.default_rng(key)
    brushwork = lay_brushwork(rng)
    if rng.random() < _MONOCHROME_SHARES[commission.color]:
        bgr = to_bgr(_lay_monochrome(rng, commission.color, brushwork))
    else:
        bgr = _paint_scene(rng, commission.color, brushwork)
    return _through_jpeg(bgr.reshape(SIDE, SIDE, 3), quality=int(rng.integers(75, 96)))


def _paint_scene(rng: np.random.Generator, color: str, brushwork: Brushwork) -> NDArray[np.uint8]:
    school = "modern" if rng.random() < MODERN_SHARE else "broad"
    regions, shade = compose(rng, brushwork.centres)
    relief = brushwork.relief.ravel() * np.float32(rng.uniform(1, 6))
    seen = rng.integers(len(relief), size=_SAMPLE_PIXELS)
    for _ in range(_ATTEMPTS):
        target = draw_target(rng, color, school)
        strokes = _mix_strokes(rng, target, regions, shade)
        # Every number is one of a stroke; not to check that again saves a third.
        lab = strokes.take(brushwork.stroke_of_pixel.ravel(), axis=1, mode="wrap").T
        lab[:, 0] += relief
        bgr = to_bgr(apply_grade(lab, fit_grade(lab[seen], target)[None])[0])
        if is_like(color, measure(bgr)):
            break
    return bgr


def _mix_strokes(
    rng: np.random.Generator, target: Floats, regions: NDArray[np.int64], shade: Floats
) -> Lab:
    """Give every stroke a colour: ground or the colour that stands out, region, light and hand.

    Channel by channel, as `apply_grade` wants them: shape (3, strokes).
    """
    named, share = _choose_named(rng, regions)
    mean = np.array([target[6] / 2.55, target[7] - 128, target[8] - 128])
    spread = np.array([target[15] / 2.55, target[16], target[17]])
    ground_ab = rng.normal((1.5, 6), (2, 4))
    contrast = np.array([rng.normal(0, 0.8) * spread[0], *(mean[1:] - ground_ab) / share])
    limit = spread / np.sqrt(share * (1 - share) + 0.02)
    contrast = np.clip(contrast, -limit, limit)
    of_region = rng.normal(0, (0.7, 0.6, 0.6), (regions.max() + 1, 3)) * spread
    of_stroke = np.ascontiguousarray(rng.normal(0, 0.28, (len(regions), 3)).T) * spread[:, None]
    of_stroke[0] += 0.7 * spread[0] * shade
    lab = mean[:, None] + np.outer(contrast, named - share)
    return np.asarray(lab + of_region.T.take(regions, axis=1) + of_stroke, np.float32)


def _choose_named(
    rng: np.random.Generator, regions: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], float]:
    """Choose the regions in the colour that stands out: 30 to 90 % of the strokes."""
    sizes = np.bincount(regions) / len(regions)
    order = rng.permutation(len(sizes))
    filled = np.cumsum(sizes[order])
    enough = int(np.abs(filled - rng.uniform(0.3, 0.9)).argmin())
    chosen = np.zeros(len(sizes), bool)
    chosen[order[: enough + 1]] = True
    named = chosen[regions]
    return named, float(named.mean())


def _lay_monochrome(rng: np.random.Generator, color: str, brushwork: Brushwork) -> Lab:
    """Fill the canvas with one pigment, as colour-field painters do."""
    pigments = _pigments()[color]
    lab = pigments[int(rng.integers(len(pigments)))] + rng.normal(0, (3, 2, 2))
    unevenness = rng.uniform(0, 4) * rng.standard_normal((len(brushwork.centres), 1))
    strokes = lab + unevenness * np.array([1, 0.4, 0.4])
    pixels = strokes[brushwork.stroke_of_pixel.ravel()].astype(np.float32)
    pixels[:, 0] += brushwork.relief.ravel() * np.float32(rng.uniform(0, 4))
    return np.asarray(pixels)


@cache
def _pigments() -> dict[str, Floats]:
    """CIE Lab of the colours that people name with a single one of `COLORS`.

    References
    ----------
    The colour-name survey of xkcd (2010), CC0.
    """
    # Matplotlib takes as long to import as ten paintings, and few need its list.

    named: dict[str, list[str]] = {color: [] for color in COLORS}
    text = (files(__package__) / "xkcd_colors.csv").read_text(encoding="ascii")
    for row in csv.DictReader(text.splitlines()):
        said = [color for color in COLORS if color.lower() in row["name"]]
        if len(said) == 1 and row["name"].split()[-1] == said[0].lower():
            named[said[0]].append(row["hex"])
    return {color: _lab_of_hex(values) for color, values in named.items()}


def _lab_of_hex(values: list[str]) -> Floats:
    rgb = np.array([list(bytes.fromhex(value[1:])) for value in values], np.float32) / 255
    lab = cv2.cvtColor(rgb[:, None], cv2.COLOR_RGB2LAB)[:, 0]
    return np.asarray(lab, np.float64)


def _through_jpeg(bgr: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
