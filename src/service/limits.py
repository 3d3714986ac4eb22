"""What the service serves, allows and keeps, from the environment; each limit with its reason."""

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ..config import read_settings, settings, split_list
from ..errors import ConfigError
from ..images import ImageLimits

MEGA = 1_000_000
# Where answers are not to be kept.
_OFF: Final = "off"


class ServiceLimits(BaseSettings):
    """Model and limits of one process; each can be set as ``ARTLENS_SERVICE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="ARTLENS_SERVICE_", frozen=True)

    # The main question, which is answered where none is named; by default the first of those that
    # are asked for, else that of colour.
    task: str | None = None
    # Name or folder of a model, which is the main one instead whatever its task.
    model: str | None = None
    # All questions that are answered; by default those of ARTLENS_TASKS, else all that can be.
    tasks: Annotated[tuple[str, ...], NoDecode] = ()
    # Folder whose works are looked through for those that are like a picture.
    similar: Path | None = None
    # A photograph of 24 megapixels straight from a camera or a phone.
    max_file_bytes: int = Field(default=20 * MEGA, gt=0)
    # Less than the library allows: two such pictures are decoded at a time on two cores, and what
    # is no JPEG needs up to 600 MB meanwhile.
    max_pixels: int = Field(default=40 * MEGA, gt=0)
    # As many as a person drops on a page at once.
    max_files: int = Field(default=32, ge=1, le=1000)
    # All files of one request together: some 20 photographs, or 32 pictures of 2 MB.
    max_request_bytes: int = Field(default=64 * MEGA, gt=0)
    # Bodies that are in memory at once, over all requests; what comes on top is told to wait.
    max_upload_bytes: int = Field(default=256 * MEGA, gt=0)
    # Pictures that are being looked at or wait for it; what comes on top is told to wait.
    # A photograph takes up to 200 ms: the last of so many is answered within seconds.
    max_waiting: int = Field(default=64, ge=1)
    # From the first byte of a request to its answer: slow uploads end here.
    max_seconds: float = Field(default=30.0, gt=0)
    # When one who was told to wait may come again.
    retry_after_s: int = Field(default=1, ge=1)
    # Threads that decode and measure; 0 takes as many as there are processor cores, divided among
    # the workers.
    threads: int = Field(default=0, ge=0, le=256)
    # Sites whose pages may call the service from a browser, separated by commas; none by default.
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("cors_origins", "tasks", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_list(value)

    @property
    def asked(self) -> tuple[str, ...]:
        """The questions that are named to be answered; none for all that can be."""
        return self.tasks or settings().tasks

    @cached_property
    def image_limits(self) -> ImageLimits:
        """The limits of one picture, in the form that the decoder takes."""
        return ImageLimits(self.max_file_bytes, self.max_pixels)


class CacheSettings(BaseSettings):
    """Where answers are kept; each can be set as ``ARTLENS_CACHE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="ARTLENS_CACHE_", frozen=True)

    # Of a Redis server that processes share, each of which keeps answers in its memory in any case;
    # "off" keeps none. It may hold a password, which is never shown.
    url: SecretStr = SecretStr("")
    # What one process keeps: some 15,000 answers.
    max_bytes: int = Field(default=32 * MEGA, ge=MEGA)

    @property
    def on(self) -> bool:
        """Whether answers are kept at all."""
        return self.url.get_secret_value() != _OFF

    @property
    def shared(self) -> bool:
        """Whether a server is named that processes share."""
        return self.on and bool(self.url.get_secret_value())


@cache
def service_limits() -> ServiceLimits:
    """Return the limits of this process, read once.

    Raises
    ------
    ConfigError
        If a variable of the environment holds a value that makes no sense, or an allowed body would
        be told for ever to come again.
    """
    limits = read_settings(ServiceLimits)
    if limits.max_upload_bytes < limits.max_request_bytes:
        raise ConfigError(
            f"ARTLENS_SERVICE_MAX_UPLOAD_BYTES is less than one request may have "
            f"({limits.max_upload_bytes} of {limits.max_request_bytes}); raise it, or lower "
            "ARTLENS_SERVICE_MAX_REQUEST_BYTES"
        )
    return limits


@cache
def cache_settings() -> CacheSettings:
    """Return where this process keeps answers, read once.

    Raises
    ------
    ConfigError
        If a variable of the environment holds a value that makes no sense.
    """
    return read_settings(CacheSettings)
