"""Two pictures, one hand: the public functions, from pictures to comparisons."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import ArtlensError, ConfigError, ImageError
from ...features.measured_rows import measure_rows
from ...features.measuring import measure_picture, measure_shown
from ...images import ImageSource, Order, Shown, describe_source, load_uncut
from ...records import ModelTag
from .comparer import Comparer, load_comparer
from .one_work import Copies, find_copies
from .pair_space import Placed, shift_share, sigmoid
from .reasons import Reasons, give_reasons

Verdict: TypeAlias = Literal["same", "different", "unsure"]

# Pairs whose pictures are measured together.
_BATCH: Final = 4096


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether two pictures are by one artist.

    Attributes
    ----------
    first, second : str
        What was compared.
    score : float
        Probability that they are by one artist, where `same_share` of such pairs are; 1 for
        pictures of one work.
    verdict : {"same", "different", "unsure"}
        It does not depend on `same_share`.
    wrong : float
        How often such a verdict is wrong: of "same", the share of the pairs of two artists that get
        it, of "different", that of the pairs of one; 0 for "unsure", which claims nothing.
    copies : {"", "identical", "near-copy"}
        Whether both show one work.
    unusual : tuple of (bool, bool)
        Whether the first and the second are unlike all works of training, as a picture of one
        colour is: then nothing is known beyond `same_share`, and the verdict is "unsure".
    same_share : float
    reasons : tuple of Reasons
        Of the first and of the second; empty if they were not wanted.
    model : ModelTag
    truncated : tuple of (bool, bool)
        Whether the file of the first and of the second ends too early, and all this is about the
        part that is there.
    """

    first: str
    second: str
    score: float
    verdict: Verdict
    wrong: float
    copies: Copies
    unusual: tuple[bool, bool]
    same_share: float
    reasons: tuple[Reasons, ...]
    model: ModelTag
    truncated: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class FailedComparison:
    """Two pictures that could not be compared, and why."""

    first: str
    second: str
    error: ArtlensError


def compare(
    first: ImageSource,
    second: ImageSource,
    *,
    model: Comparer | None = None,
    same_share: float = 0.5,
    order: Order = "rgb",
) -> Comparison:
    """Say how probable it is that two pictures are by one artist.

    Parameters
    ----------
    first, second : path, bytes, binary file, PIL.Image.Image or ndarray
        See :func:`src.images.load_image`.
    model : Comparer, optional
        Default: that of ``load_comparer()``.
    same_share : float
        The share of pairs by one artist among those that might be asked about, in (0, 1).
    order : {"rgb", "bgr"}
        Channel order of arrays.

    Returns
    -------
    Comparison

    Raises
    ------
    ImageError
        If a picture cannot be read.
    ModelError
        If there is no model to use.
    ConfigError
        If `same_share` is no share.
    """
    named = [
        (describe_source(source), load_uncut(source, order=order)) for source in (first, second)
    ]
    return compare_shown(named[0], named[1], model or load_comparer(), same_share)


def compare_shown(
    first: tuple[str, Shown], second: tuple[str, Shown], comparer: Comparer, same_share: float = 0.5
) -> Comparison:
    """Do what `compare` does with pictures that have names and are decoded already."""
    _check_share(same_share)
    (one, shown), (other, beside) = first, second
    spec = comparer.metadata.feature_spec
    measured = [measure_shown(each, [spec], palette=False) for each in (shown, beside)]
    rows = np.stack([each.rows[0] for each in measured])
    placed = comparer.place(rows)
    (odds,) = comparer.log_odds(placed.at([0]), placed.at([1])).tolist()
    unusual = comparer.is_unusual(rows[0]), comparer.is_unusual(rows[1])
    copies = find_copies(placed.looks, 0, 1, lambda place: (shown, beside)[place].bgr)
    reasons = give_reasons(comparer, rows, placed)
    found = _conclude(comparer, _Pair(one, other, odds, unusual), copies, same_share, reasons)
    return replace(found, truncated=(shown.truncated, beside.truncated))


def compare_many(
    pairs: Iterable[tuple[ImageSource, ImageSource]],
    *,
    model: Comparer | None = None,
    same_share: float = 0.5,
    jobs: int | None = None,
) -> Iterator[Comparison | FailedComparison]:
    """Compare many pairs, lazily, in order; each picture of some thousand pairs is measured once.

    Rows of files are kept, so that no file is measured again later either. Reasons are not given.
    Where a picture cannot be read, a `FailedComparison` takes the place of each of its pairs.

    Parameters
    ----------
    pairs : iterable of (source, source)
        As of `compare`; arrays are RGB.
    model, same_share
        As of `compare`.
    jobs : int, optional
        Number of processes that measure files; by default one per core.

    Raises
    ------
    ModelError
        If there is no model to use.
    ConfigError
        If `same_share` is no share.
    """
    _check_share(same_share)
    return _compare_batches(iter(pairs), model or load_comparer(), same_share, jobs)


class _Pair(NamedTuple):
    """Names of two pictures, the log-odds of one artist, and which of them is unusual."""

    first: str
    second: str
    odds: float
    unusual: tuple[bool, bool]


def _compare_batches(
    pairs: Iterator[tuple[ImageSource, ImageSource]],
    comparer: Comparer,
    share: float,
    jobs: int | None,
) -> Iterator[Comparison | FailedComparison]:
    while batch := list(islice(pairs, _BATCH)):
        known = _Pictures.measure([source for pair in batch for source in pair], comparer, jobs)
        first, second = known.places[::2], known.places[1::2]
        odds = comparer.log_odds(known.placed.at(first), known.placed.at(second))
        for one, other, score in zip(first.tolist(), second.tolist(), odds.tolist(), strict=True):
            names = known.names[one], known.names[other]
            if error := known.failed.get(one) or known.failed.get(other):
                yield FailedComparison(*names, error)
            else:
                copies = find_copies(known.placed.looks, one, other, known.load)
                unusual = known.unusual[one], known.unusual[other]
                yield _conclude(comparer, _Pair(*names, score, unusual), copies, share)


@dataclass(frozen=True, slots=True)
class _Pictures:
    """The different pictures of some pairs, measured, and which of them each source is."""

    sources: list[ImageSource]
    names: list[str]
    placed: Placed
    unusual: list[bool]
    failed: dict[int, ArtlensError]
    places: NDArray[np.int64]

    @classmethod
    def measure(
        cls, sources: Sequence[ImageSource], comparer: Comparer, jobs: int | None
    ) -> "_Pictures":
        numbers, different, places = dict[Hashable, int](), list[ImageSource](), list[int]()
        for source in sources:
            place = numbers.setdefault(_key(source), len(numbers))
            different += [source] * (place == len(different))
            places.append(place)
        rows, failed = _measure(different, comparer, jobs)
        names = [describe_source(source) for source in different]
        unusual = [comparer.is_unusual(row) for row in rows.astype(np.float64)]
        placed = comparer.place(rows)
        return cls(different, names, placed, unusual, failed, np.array(places, np.int64))

    def load(self, place: int) -> NDArray[np.uint8]:
        """Return the pixels of a picture, BGR."""
        return load_uncut(self.sources[place]).bgr


def _key(source: ImageSource) -> Hashable:
    """Return what sources have in common that are one picture."""
    if isinstance(source, str | Path):
        return "path", str(source)
    return source if isinstance(source, bytes) else id(source)


def _measure(
    sources: Sequence[ImageSource], comparer: Comparer, jobs: int | None
) -> tuple[NDArray[np.float32], dict[int, ArtlensError]]:
    """Return rows, of missing numbers where a picture cannot be read, and why it cannot."""
    spec = comparer.metadata.feature_spec
    rows = np.full((len(sources), len(spec.names)), np.nan, np.float32)
    failed = dict[int, ArtlensError]()
    files = [k for k, source in enumerate(sources) if isinstance(source, str | Path)]
    measured = measure_rows([str(sources[k]) for k in files], spec, jobs=jobs)
    rows[files] = measured.rows
    failed |= {files[k]: error for k, error in measured.failed.items()}
    for k in sorted(set(range(len(sources))) - set(files)):
        try:
            rows[k] = measure_picture(sources[k], [spec], palette=False).rows[0]
        except ImageError as error:
            failed[k] = error
    return rows, failed


def _conclude(
    comparer: Comparer,
    pair: _Pair,
    copies: Copies,
    share: float,
    reasons: tuple[Reasons, ...] = (),
) -> Comparison:
    odds, limits = pair.odds, comparer.verdicts
    score = float(sigmoid(np.array(odds + shift_share(share))))
    verdict: Verdict = "unsure"
    wrong = 0.0
    if copies:
        verdict, score = "same", 1.0
    elif any(pair.unusual):
        score = share
    elif odds >= limits.same_above:
        verdict, wrong = "same", limits.same_wrong
    elif odds <= limits.different_below:
        verdict, wrong = "different", limits.different_wrong
    told = score, verdict, wrong, copies, pair.unusual, share, reasons, comparer.tag
    return Comparison(pair.first, pair.second, *told)


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise ConfigError(
            f"no share of pairs ({share}); give how many of the pairs that might be asked about "
            "are by one artist, more than 0 and less than 1"
        )
