"""The JSON of what is said of pictures, described once.

Each answer is a typed dictionary: mypy holds what is built against it, and the OpenAPI document is
made of it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from .. import records
from ..features.feature_words import describe_feature
from ..models import explain_model
from ..models.comparing.comparer import Comparer
from ..models.predict_model import Classifier
from ..models.reporting.explanation_text import describe_value
from ..tasks import Kind, Task
from .problems import Reason, exact

# How long the examples of the page of the API say that they took.
EXAMPLE_MS: Final = 2.5

Probability = Annotated[float, Field(ge=0, le=1)]
HexColor = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", examples=["#a01f2c"])]
Push = Annotated[
    float, Field(description="What it adds to the log-odds, to base 2: +1 doubles the odds.")
]
Milliseconds = Annotated[
    float, Field(ge=0, description="From the request's arrival to its answer.")
]


@exact
class PaletteColor(TypedDict):
    """One of the few colours that make up the picture."""

    hex: HexColor
    share: Annotated[Probability, Field(description="Part of the picture.")]
    name: Annotated[str, Field(description="In words, as people say it.", examples=["dark red"])]


@exact
class Warning(TypedDict):
    """Why an answer should be taken with care."""

    code: records.WarningCode
    message: str


@exact
class ModelVersion(TypedDict):
    """Which model answered."""

    name: Annotated[str, Field(description="By which the command line asks for it.")]
    task: str
    family: str
    version: Annotated[str, Field(description="The first 12 digits of its file's SHA-256.")]


@exact
class PictureAnswer(TypedDict):
    """What the model says of a picture."""

    filename: str
    label: Annotated[
        str | None, Field(description="The most probable class; null where it abstained.")
    ]
    labels: Annotated[
        list[str],
        Field(
            description="All that is said of it, most probable first: the label or, of a model of "
            "tags, every tag that reaches its threshold."
        ),
    ]
    score: Annotated[Probability, Field(description="Probability of the most probable class.")]
    scores: Annotated[
        dict[str, Probability],
        Field(
            description="Of every class, most probable first; they sum to 1, but for those of tags."
        ),
    ]
    stands_on: Annotated[
        PaletteColor | None,
        Field(
            description="The colour of the palette that the label stands on; null where classes "
            "are no colours, or none of the palette resembles the label."
        ),
    ]
    palette: Annotated[list[PaletteColor], Field(description="Most of it first.")]
    warnings: list[Warning]
    model: ModelVersion


@exact
class Prediction(PictureAnswer):
    """The answer for one picture."""

    milliseconds: Milliseconds


@exact
class TaskAnswer(TypedDict):
    """What the model of one task says of a picture."""

    task: str
    kind: Annotated[
        Literal["one", "many"], Field(description="Whether a picture has one label, or any number.")
    ]
    noun: Annotated[str, Field(description="What an answer is called in a sentence.")]
    label: Annotated[
        str | None, Field(description="The most probable label; null where there is none.")
    ]
    labels: Annotated[list[str], Field(description="All that is said, most probable first.")]
    score: Annotated[Probability, Field(description="Probability of the most probable class.")]
    scores: Annotated[
        dict[str, Probability],
        Field(
            description="Of every class, most probable first; they sum to 1, but for those of tags."
        ),
    ]
    thresholds: Annotated[
        dict[str, Probability] | None,
        Field(description="From which probability on each tag is said; null where one is."),
    ]
    stands_on: Annotated[
        PaletteColor | None,
        Field(description="The colour of the palette that the label stands on."),
    ]
    warnings: list[Warning]
    model: ModelVersion


@exact
class Unanswered(TypedDict):
    """A task that has no answer, since its model is not there."""

    task: str
    code: Literal["model_loading", "model_failed"]
    message: str


@exact
class Analysis(TypedDict):
    """What all models say of one picture."""

    filename: str
    palette: Annotated[list[PaletteColor], Field(description="Most of it first.")]
    warnings: Annotated[
        list[Warning], Field(description="Of the picture; those of one answer stand there.")
    ]
    answers: Annotated[list[TaskAnswer], Field(description="One of each model, task by task.")]
    unanswered: list[Unanswered]
    milliseconds: Milliseconds


@exact
class PictureFailure(TypedDict):
    """A picture of a batch that could not be used."""

    filename: str
    error: Reason


@exact
class BatchPrediction(TypedDict):
    """One result for each picture, in their order."""

    results: list[PictureAnswer | PictureFailure]
    milliseconds: Milliseconds


@exact
class Label(TypedDict):
    """The bare label of a picture."""

    prediction: str


@exact
class ClassOdds(TypedDict):
    """A class, in the picture and in what it is compared with."""

    name: str
    probability: Probability
    log_odds: Annotated[float, Field(description="To base 2, in the picture.")]
    average_log_odds: Annotated[float, Field(description="To base 2, in what it is compared with.")]


@exact
class Pushes(TypedDict):
    """What something did for the label and for the runner-up."""

    label: Push
    runner_up: Push


@exact
class Contribution(Pushes):
    """What one feature did, or one part of the picture."""

    feature: str
    words: Annotated[str, Field(description="The same in words.")]
    level: Annotated[str | None, Field(description="Its value beside those of training, in words.")]
    space: Annotated[str, Field(description="The colour space, or other group, it belongs to.")]
    value: Annotated[
        float | None, Field(description="In the picture; null for a part of the picture.")
    ]
    deviations: Annotated[
        float | None,
        Field(description="How many standard deviations that is above training's mean."),
    ]


@exact
class Explanation(TypedDict):
    """Why a picture got its label, and not the next best one."""

    filename: str
    kind: Annotated[
        Literal["one", "many"],
        Field(description="Of many, both are tags, of which the one says nothing of the other."),
    ]
    label: ClassOdds
    runner_up: ClassOdds
    contributions: Annotated[
        list[Contribution],
        Field(description="Of every feature, the most influential first; they add up."),
    ]
    by_space: Annotated[
        dict[str, Pushes], Field(description="Their sums by colour space, or other group.")
    ]
    against: Annotated[str, Field(description="What the average log-odds are of.")]
    places: Annotated[
        dict[str, float],
        Field(
            description="Share of each of nine parts of the picture that is of the label's colour; "
            "empty where classes are no colours."
        ),
    ]
    warnings: list[Warning]
    model: ModelVersion
    milliseconds: Milliseconds


def json_response(fields: object) -> Response:
    """Return an answer of status 200."""
    body = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    # A label may hold half a surrogate pair, which is no text that could be sent.
    return Response(body.encode("utf-8", "replace"), media_type="application/json")


def model_version(model: Classifier | Comparer) -> ModelVersion:
    """Return what every answer says of the model."""
    tag = model.tag
    return {"name": tag.name, "task": tag.task, "family": tag.family, "version": tag.version}


def picture_answer(
    prediction: records.Prediction, filename: str, model: ModelVersion
) -> PictureAnswer:
    """Return what an answer says of one picture."""
    return {
        "filename": filename,
        "label": prediction.label,
        "labels": list(prediction.labels),
        "score": round(prediction.score, 6),
        "scores": {label: round(score, 6) for label, score in prediction.scores.items()},
        "stands_on": _color_answer(prediction.stands_on) if prediction.stands_on else None,
        "palette": [_color_answer(color) for color in prediction.palette],
        "warnings": warning_answers(prediction.warnings),
        "model": model,
    }


def analysis_answer(
    analysis: records.Analysis,
    filename: str,
    models: Sequence[tuple[Task, ModelVersion, Mapping[str, float]]],
    unanswered: Sequence[Unanswered],
    milliseconds: float,
) -> Analysis:
    """Return what an answer says of one picture, of each model's task, version and thresholds."""
    return {
        "filename": filename,
        "palette": [_color_answer(color) for color in analysis.palette],
        "warnings": warning_answers(analysis.warnings),
        "answers": [
            _task_answer(said, *model) for said, model in zip(analysis.answers, models, strict=True)
        ],
        "unanswered": list(unanswered),
        "milliseconds": milliseconds,
    }


def _task_answer(
    prediction: records.Prediction, task: Task, model: ModelVersion, thresholds: Mapping[str, float]
) -> TaskAnswer:
    said = picture_answer(prediction, "", model)
    return {
        "task": task.name,
        "kind": "many" if task.kind is Kind.MANY else "one",
        "noun": task.called,
        "label": said["label"],
        "labels": said["labels"],
        "score": said["score"],
        "scores": said["scores"],
        "thresholds": dict(thresholds) or None,
        "stands_on": said["stands_on"],
        "warnings": said["warnings"],
        "model": model,
    }


def warning_answers(warnings: Sequence[records.PredictionWarning]) -> list[Warning]:
    """Return why an answer should be taken with care."""
    return [{"code": warning.code, "message": warning.message} for warning in warnings]


def _color_answer(color: records.PaletteColor) -> PaletteColor:
    return {"hex": color.hex, "share": round(color.share, 4), "name": color.name}


def explanation_answer(
    explanation: explain_model.Explanation, filename: str, model: ModelVersion, milliseconds: float
) -> Explanation:
    """Return why one picture got its label."""
    return {
        "filename": filename,
        "kind": "many" if explanation.many else "one",
        "label": _odds_answer(explanation.label),
        "runner_up": _odds_answer(explanation.runner_up),
        "contributions": [_contribution_answer(part) for part in explanation.contributions],
        "by_space": {
            space: {"label": round(label, 6), "runner_up": round(runner_up, 6)}
            for space, (label, runner_up) in explanation.by_space().items()
        },
        "against": explanation.against,
        "places": {part: round(share, 4) for part, share in explanation.places.items()},
        "warnings": warning_answers(explanation.warnings),
        "model": model,
        "milliseconds": milliseconds,
    }


def _odds_answer(odds: explain_model.ClassOdds) -> ClassOdds:
    return {
        "name": odds.name,
        "probability": round(odds.probability, 6),
        "log_odds": round(odds.log_odds, 6),
        "average_log_odds": round(odds.average_log_odds, 6),
    }


def _contribution_answer(part: explain_model.Contribution) -> Contribution:
    return {
        "feature": part.feature,
        "words": describe_feature(part.feature),
        "level": None if part.deviations is None else describe_value(part.deviations),
        "space": part.space,
        "value": None if part.value is None else round(part.value, 6),
        "deviations": None if part.deviations is None else round(part.deviations, 6),
        "label": round(part.label, 6),
        "runner_up": round(part.runner_up, 6),
    }
