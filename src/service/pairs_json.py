"""The JSON of what is said of pictures beside others, described once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from ..models.answers import TRUNCATED, UNUSUAL
from ..models.comparing import compare
from ..models.comparing.compare_pictures import explain_verdict, name_artists
from ..models.comparing.pair_model import Verdicts
from ..models.comparing.reasons import Reasons
from ..models.comparing.similar import SimilarWork
from .answers_json import Milliseconds, ModelVersion, Probability, Warning
from .problems import exact


@exact
class PairWarning(Warning):
    """Why a comparison should be taken with care, for the sake of one of the pictures."""

    picture: Annotated[Literal["a", "b"], Field(description="Which one.")]


@exact
class LikelyArtist(TypedDict):
    """An artist who may have made a picture."""

    name: str
    probability: Probability


@exact
class NearWork(TypedDict):
    """A work of training that is like a picture."""

    name: str
    artist: str
    score: Annotated[Probability, Field(description="That both are by one artist.")]


@exact
class Hand(TypedDict):
    """What is known of the hand that made one of two pictures."""

    artists: Annotated[list[LikelyArtist], Field(description="The likeliest of those known.")]
    none_of_these: Annotated[
        Probability | None, Field(description="That it is another one, where that is likely.")
    ]
    known: Annotated[list[NearWork], Field(description="The nearest works of training.")]


@exact
class Comparison(TypedDict):
    """Whether two pictures are by one artist."""

    a: Annotated[str, Field(description="Name of the first file.")]
    b: Annotated[str, Field(description="Name of the second file.")]
    same: Annotated[
        Probability | None,
        Field(
            description="That both are by one artist, where every second pair is; null where "
            "nothing can be told."
        ),
    ]
    verdict: compare.Verdict
    wrong: Annotated[Probability, Field(description="How often such a verdict is wrong.")]
    one_work: Annotated[bool, Field(description="Whether both show one work.")]
    reasons: Annotated[list[str], Field(description="In words: the verdict, then each picture.")]
    hands: Annotated[list[Hand], Field(description="The same of the first and of the second.")]
    warnings: list[PairWarning]
    model: ModelVersion
    milliseconds: Milliseconds


@exact
class SimilarPicture(TypedDict):
    """A work of the folder that is searched."""

    path: Annotated[str, Field(description="Within the folder.")]
    score: Annotated[
        float,
        Field(
            ge=-1,
            le=1,
            description="By hand, the probability of one artist where every second pair is by one; "
            "by look, the cosine of what the network says.",
        ),
    ]
    copies: Annotated[
        Literal["", "identical", "near-copy"], Field(description="Whether it is the same work.")
    ]
    url: Annotated[str, Field(description="Where a small JPEG of it is.")]


@exact
class Similar(TypedDict):
    """The works of the folder that are like a picture, nearest first."""

    filename: str
    by: Literal["hand", "look"]
    pictures: list[SimilarPicture]
    searched: Annotated[int, Field(description="Works that were measured until now.")]
    warnings: list[Warning]
    model: ModelVersion
    milliseconds: Milliseconds


def comparison_answer(
    found: compare.Comparison,
    names: Sequence[str],
    limits: Verdicts,
    model: ModelVersion,
    milliseconds: float,
) -> Comparison:
    """Return whether two pictures, by their names, are by one artist."""
    told = replace(found, first=names[0], second=names[1])
    likely = [
        f"{name}: {line}"
        for name, reasons in zip(names, found.reasons, strict=True)
        for line in name_artists(reasons)
    ]
    return {
        "a": names[0],
        "b": names[1],
        "same": None if any(found.unusual) and not found.copies else round(found.score, 6),
        "verdict": found.verdict,
        "wrong": found.wrong,
        "one_work": bool(found.copies),
        "reasons": [explain_verdict(told, limits), *likely],
        "hands": [_hand_answer(reasons) for reasons in found.reasons],
        "warnings": list(_pair_warnings(found)),
        "model": model,
        "milliseconds": milliseconds,
    }


def _hand_answer(reasons: Reasons) -> Hand:
    return {
        "artists": [{"name": name, "probability": score} for name, score in reasons.artists],
        "none_of_these": reasons.stranger,
        "known": [
            {"name": work.name, "artist": work.artist, "score": work.score}
            for work in reasons.known
        ],
    }


def _pair_warnings(found: compare.Comparison) -> Iterator[PairWarning]:
    places: Sequence[Literal["a", "b"]] = ("a", "b")
    for warning, met in ((TRUNCATED, found.truncated), (UNUSUAL, found.unusual)):
        for place, is_met in zip(places, met, strict=True):
            if is_met:
                yield {"code": warning.code, "message": warning.message, "picture": place}


def similar_picture(url: str, path: str, work: SimilarWork) -> SimilarPicture:
    """Return what an answer says of a work of the folder."""
    score = round(min(1.0, max(-1.0, work.score)), 6)
    return {"path": path, "score": score, "copies": work.copies, "url": url}
