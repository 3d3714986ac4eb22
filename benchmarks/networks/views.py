"""Pictures as a network in training sees them: cut, shifted in colour, blurred, covered, mixed.

All is done to whole batches, on the device that trains.
"""

from collections.abc import Sequence
from multiprocessing import get_context
from typing import Final, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, interpolate
from tqdm import tqdm

from src.decoding.borders import crop_borders
from src.images import decode_image

# In which pictures are kept: a little larger than most of them are.
SIDE: Final = 256
# Of the picture's area, and its sides' ratio against the picture's own, as logarithm.
AREA: Final = (0.3, 1.0)
RATIO: Final = (-0.25, 0.25)
# How often colours are changed, and by which factors.
RECOLORED: Final = 0.6
BRIGHTNESS: Final = (0.8, 1.2)
SATURATION: Final = (0.7, 1.3)
CONTRAST: Final = (0.8, 1.2)
CAST: Final = (0.93, 1.07)
GREYED: Final = 0.05
BLURRED: Final = 0.15
# How often a rectangle of one colour covers a part, and its sides as parts of the picture's.
COVERED: Final = 0.25
COVER: Final = (0.1, 0.4)
# How often a batch is mixed, half of these by H. Zhang et al., "mixup: Beyond Empirical Risk
# Minimization", ICLR 2018, half by S. Yun et al., "CutMix", ICCV 2019.
MIXED: Final = 0.5
MIX_ALPHA: Final = 0.4
LEAST_SHARE: Final = 0.5


class Mixed(NamedTuple):
    """A batch of which each picture may hold a part of another.

    Attributes
    ----------
    pixels : Tensor of float32, shape (n, 3, side, side)
    partners : Tensor of int64, shape (n,)
        Of which picture each holds a part.
    share : float
        How much of each is its own; 1 where nothing is mixed.
    """

    pixels: Tensor
    partners: Tensor
    share: float


def read_squares(paths: Sequence[str], processes: int = 2) -> Tensor:
    """Return pictures without their bars as squares: uint8, shape (n, 3, `SIDE`, `SIDE`), RGB."""
    with get_context("spawn").Pool(processes) as pool:
        read = pool.imap(_read_square, paths, chunksize=64)
        return torch.from_numpy(np.stack(list(tqdm(read, "reading", len(paths), disable=None))))


def _read_square(path: str) -> NDArray[np.uint8]:
    cv2.setNumThreads(1)
    bgr = crop_borders(decode_image(path))
    how = cv2.INTER_AREA if min(bgr.shape[:2]) > SIDE else cv2.INTER_LINEAR
    square = cv2.resize(bgr, (SIDE, SIDE), interpolation=how)
    return np.ascontiguousarray(square[..., ::-1].transpose(2, 0, 1))


def see_whole(squares: Tensor, side: int) -> Tensor:
    """Return pictures as they are, as a network of this side takes them."""
    shrinks = side < squares.shape[-1]
    whole = interpolate(squares.float(), (side, side), mode="bilinear", antialias=shrinks)
    return _to_input(whole)


def vary(squares: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Return a random part of each picture, perhaps mirrored and changed, as a network takes it.

    Parameters
    ----------
    squares : Tensor of uint8, shape (n, 3, h, w)
    side : int
        Of the result.
    generator : torch.Generator
        On the device of the pictures.

    Returns
    -------
    Tensor of float32, shape (n, 3, side, side)
    """
    chance = _Chance(generator, len(squares))
    pixels = _random_parts(squares.float(), side, chance)
    pixels = torch.where(chance.happens(RECOLORED), _recolor(pixels, chance), pixels)
    grey = pixels.mean(1, keepdim=True).expand_as(pixels)
    pixels = torch.where(chance.happens(GREYED), grey, pixels)
    soft = avg_pool2d(pixels, 3, 1, 1, count_include_pad=False)
    amount = chance.draw(0, 1, 1, 1, 1) * chance.happens(BLURRED)
    return _to_input(_cover(torch.lerp(pixels, soft, amount), chance))


def mix(pixels: Tensor, rng: np.random.Generator) -> Mixed:
    """Blend the pictures of a batch with others of it, or cut parts of others in, or do nothing."""
    partners = torch.as_tensor(rng.permutation(len(pixels)), device=pixels.device)
    if rng.random() >= MIXED:
        return Mixed(pixels, partners, 1.0)
    if rng.random() < LEAST_SHARE:
        share = float(rng.beta(MIX_ALPHA, MIX_ALPHA))
        share = max(share, 1 - share)
        return Mixed(share * pixels + (1 - share) * pixels[partners], partners, share)
    return _cut_in(pixels, partners, rng)


class _Chance:
    """Random numbers for the pictures of a batch, on their device."""

    def __init__(self, generator: torch.Generator, count: int) -> None:
        self._generator, self._count = generator, count

    def draw(self, low: float, high: float, *shape: int) -> Tensor:
        drawn = torch.rand(
            self._count, *shape, device=self._generator.device, generator=self._generator
        )
        return drawn * (high - low) + low

    def happens(self, share: float) -> Tensor:
        return self.draw(0, 1, 1, 1, 1) < share


def _random_parts(pixels: Tensor, side: int, chance: _Chance) -> Tensor:
    area, ratio = chance.draw(*AREA), torch.exp(chance.draw(*RATIO))
    wide, high = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    mirrored = torch.where(chance.draw(0, 1) < 0.5, -1.0, 1.0)
    across, down = (1 - wide) * chance.draw(-1, 1), (1 - high) * chance.draw(-1, 1)
    none = torch.zeros_like(wide)
    rows = [torch.stack([wide * mirrored, none, across], 1), torch.stack([none, high, down], 1)]
    grid = affine_grid(torch.stack(rows, 1), [len(pixels), 3, side, side], align_corners=False)
    return grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)


def _recolor(pixels: Tensor, chance: _Chance) -> Tensor:
    pixels = pixels * chance.draw(*BRIGHTNESS, 1, 1, 1)
    grey = pixels.mean(1, keepdim=True)
    pixels = grey + (pixels - grey) * chance.draw(*SATURATION, 1, 1, 1)
    mean = pixels.mean((1, 2, 3), keepdim=True)
    pixels = mean + (pixels - mean) * chance.draw(*CONTRAST, 1, 1, 1)
    return pixels * chance.draw(*CAST, 3, 1, 1)


def _cover(pixels: Tensor, chance: _Chance) -> Tensor:
    places = torch.linspace(0, 1, pixels.shape[-1], device=pixels.device)
    high, wide = (
        (places - chance.draw(0, 1)[:, None]).abs() < chance.draw(*COVER)[:, None] / 2
        for _ in range(2)
    )
    inside = high[:, None, :, None] & wide[:, None, None, :] & chance.happens(COVERED)
    return torch.where(inside, chance.draw(0, 255, 3, 1, 1), pixels)


def _cut_in(pixels: Tensor, partners: Tensor, rng: np.random.Generator) -> Mixed:
    side = pixels.shape[-1]
    part = int(side * np.sqrt(1 - rng.uniform(LEAST_SHARE, 1)))
    top, left = rng.integers(0, side - part + 1, 2)
    here = (..., slice(top, top + part), slice(left, left + part))
    mixed = pixels.clone()
    mixed[here] = pixels[partners][here]
    return Mixed(mixed, partners, 1 - part * part / side**2)


def _to_input(levels: Tensor) -> Tensor:
    """Return levels of [0, 255] as the networks take them: ``(level - 127) / 128``."""
    pixels = (levels.clamp(0, 255) - 127) / 128
    return pixels.contiguous(memory_format=torch.channels_last)
