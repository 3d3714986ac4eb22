"""What requests and answers look like, for the OpenAPI document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
HexColor = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", examples=["#a01f2c"])]


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PaletteColor(_Schema):
    """One of the few colours that make up the picture."""

    hex: HexColor
    share: Probability = Field(description="Part of the picture.")
    name: str | None = Field(description="The class that it looks like, if classes are colours.")


class Warning(_Schema):
    """Why an answer should be taken with care."""

    code: Literal["abstained", "unusual_image"]
    message: str


class ModelVersion(_Schema):
    """Which model answered."""

    task: str
    family: str
    version: str = Field(description="The first 12 digits of its file's SHA-256.")


class PictureAnswer(_Schema):
    """What the model says of a picture."""

    filename: str
    label: str | None = Field(description="The most probable class; null where it abstained.")
    score: Probability = Field(description="Probability of the most probable class.")
    scores: dict[str, Probability] = Field(description="Of every class, most probable first.")
    palette: list[PaletteColor] = Field(description="Most of it first.")
    warnings: list[Warning]
    model: ModelVersion


class Prediction(PictureAnswer):
    """The answer for one picture."""

    milliseconds: float = Field(ge=0, description="From the request's arrival to its answer.")


class Reason(_Schema):
    """Why a picture got no answer."""

    code: str
    message: str


class PictureFailure(_Schema):
    """A picture of a batch that could not be used."""

    filename: str
    error: Reason


class BatchPrediction(_Schema):
    """One result for each picture, in their order."""

    results: list[PictureAnswer | PictureFailure]
    milliseconds: float = Field(ge=0)


class Label(_Schema):
    """The bare label of a picture."""

    prediction: str


class ClassColor(_Schema):
    """A class and the colour it is shown by."""

    label: str
    hex: HexColor | None


class Classes(_Schema):
    """What the model tells apart."""

    task: str
    classes: list[ClassColor]


class Features(_Schema):
    """How pixels become numbers."""

    version: int
    names: list[str]
    working_size: int
    decode: str


class Limits(_Schema):
    """What a request may ask for."""

    bytes: int = Field(description="Of one file.")
    pixels: int = Field(description="Of one picture, width times height.")
    files: int = Field(description="Of one batch.")
    request_bytes: int = Field(description="Of one batch, everything together.")
    waiting: int = Field(description="Pictures that may wait; beyond, answers are 503.")
    seconds: float = Field(description="From a request's first byte to its answer.")


class Model(_Schema):
    """The model's card in short, and the limits of the service."""

    task: str
    family: str
    parameters: dict[str, Any]
    calibration: str
    classes: list[str]
    accuracy: Probability
    balanced_accuracy: Probability
    macro_f1: Probability
    ece: Probability = Field(description="Expected calibration error.")
    holdout_rows: int
    training_rows: int
    data_source: str
    features: Features
    library_versions: dict[str, str]
    sha256: str
    version: str
    limits: Limits


class Health(_Schema):
    """That the process answers."""

    status: Literal["ok"]


class Readiness(_Schema):
    """That predictions are taken."""

    status: Literal["ready"]


class Error(_Schema):
    """What is wrong, for programs, for people, and for the log."""

    code: Literal[
        "bad_request",
        "not_found",
        "method_not_allowed",
        "too_large",
        "unsupported_type",
        "unreadable_image",
        "invalid_request",
        "busy",
        "timeout",
        "internal",
    ]
    message: str
    request_id: str


class ErrorAnswer(_Schema):
    """The one shape of every error."""

    error: Error
