"""Any number of picture files -> what a model says of each: in shards, which are done only once."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Final, TypeAlias

from ... import __version__
from ...errors import ArtlensError
from ...features.measuring import killed_by
from ...images import default_limits
from ...jobs.shard_map import Shard, Work, digest, key_to_keep, map_shards
from ...records import FailedPrediction
from .answers import BATCH, Finished, answer_batch
from .classifier import Classifier
from .formats import Result
from .measuring import Measured, measure_found
from .picture_paths import STDIN, find_pictures
from .result_store import Found, ResultStore

# Half a second of work on thumbnails: as much as an interrupt can cost. Whole batches, so that
# scores have the same bits as without shards.
SHARD_PICTURES: Final = 64 * BATCH

# A path, what standard input holds, or a place in which nothing was found.
Picture: TypeAlias = Found | bytes


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of which pictures.

    Attributes
    ----------
    arguments : sequence of str
        See `find_pictures`.
    stdin : bytes
        What ``-`` among them stands for.
    model : Classifier
    min_score : float
        See `predict`.
    palette : bool
        Whether palettes are wanted.
    """

    arguments: Sequence[str]
    stdin: bytes
    model: Classifier
    min_score: float
    palette: bool


@dataclass(slots=True)
class _Shard(Shard[Picture]):
    """Some of the pictures, and how many shards are before it."""

    place: int


def survey_job(job: Job, store: ResultStore) -> list[tuple[str, int]]:
    """Look for the pictures and at their files.

    Parameters
    ----------
    job : Job
    store : ResultStore
        Is told which pictures each shard has: a folder that goes away later cannot say it again.

    Returns
    -------
    list of tuple
        Key of each shard, with its number of pictures. The key is a digest of all that decides
        about the results, so that a change of a file, of the model or of an option makes it another
        shard.
    """
    found, survey = find_pictures(job.arguments), list[tuple[str, int]]()
    while some := list(islice(found, SHARD_PICTURES)):
        store.plan(len(survey), some)
        survey.append((_key(job, _opened(job, some)), len(some)))
    return survey


def answer_job(
    job: Job,
    survey: Sequence[tuple[str, int]],
    store: ResultStore,
    report: Callable[[ArtlensError], None],
    jobs: int | None = None,
) -> list[str]:
    """Answer for every picture that is not in the store yet.

    Pictures are measured in processes; they are scored in this one, in the batches of
    `predict_many`, so that every score has the same bits.

    Parameters
    ----------
    job : Job
    survey : sequence of tuple
        From `survey_job`.
    store : ResultStore
        Gets each shard when it is finished.
    report : callable
        Is told why a picture cannot be read, when its shard is finished, or found finished.
    jobs : int, optional
        Number of processes; by default one per core.

    Returns
    -------
    list of str
        The keys of all shards, in order, under which the store has them. A shard of which a file
        changed or went away since the survey is there under another key than it had then.
    """
    finished, keys = store.finished(), list[str]()
    left = sum(size for key, size in survey if key not in finished)

    def unfinished() -> Iterator[_Shard]:
        for place, (key, _) in enumerate(survey):
            pictures = _opened(job, store.planned(place))
            keys.append(key)
            if key in finished and key == _key(job, pictures):
                _report_failures(store.results([key]), report)
            else:
                yield _Shard(key, pictures, place)

    spec, limits = job.model.metadata.feature_spec, default_limits()
    function = partial(measure_found, spec, limits, palette=job.palette)
    work = Work("predict", function, _killed_by)
    for shard, measured in map_shards(work, unfinished(), left, jobs):
        keys[shard.place] = key_to_keep(shard.key, _key(job, shard.items))
        results = list(_answers(job, shard.items, measured))
        store.finish(keys[shard.place], results)
        _report_failures(results, report)
    return keys


def _killed_by(picture: Picture) -> ArtlensError:
    return killed_by(_name(picture))


def _answers(
    job: Job, pictures: Sequence[Picture], measured: Sequence[Measured | ArtlensError]
) -> Iterator[Result]:
    found = map(_finished, pictures, measured)
    while batch := list(islice(found, BATCH)):
        yield from answer_batch(batch, job.model, job.min_score)


def _report_failures(results: Iterable[Result], report: Callable[[ArtlensError], None]) -> None:
    for result in results:
        if isinstance(result, FailedPrediction):
            report(result.error)


def _finished(picture: Picture, measured: Measured | ArtlensError) -> Finished:
    if isinstance(measured, ArtlensError):
        return FailedPrediction(_name(picture), measured)
    return _name(picture), measured


def _name(picture: Picture) -> str:
    if isinstance(picture, FailedPrediction):
        return picture.source
    return STDIN if isinstance(picture, bytes) else picture


def _opened(job: Job, found: Iterable[Found]) -> list[Picture]:
    return [job.stdin if item == STDIN else item for item in found]


def _key(job: Job, pictures: Sequence[Picture]) -> str:
    place = os.getcwd()  # noqa: PTH109 - a str
    asked = (__version__, job.model.sha256, job.min_score, job.palette, default_limits(), place)
    return digest(asked, [(_name(picture), _stamp(picture)) for picture in pictures])


def _stamp(picture: Picture) -> tuple[int, ...] | str:
    """Return what changes when the picture does."""
    if isinstance(picture, FailedPrediction):
        return str(picture.error)
    if isinstance(picture, bytes):
        return sha256(picture).hexdigest()
    try:
        status = os.stat(picture)  # noqa: PTH116 - several times as fast, and there may be millions
    except (OSError, ValueError):
        return ()
    return status.st_size, status.st_mtime_ns
