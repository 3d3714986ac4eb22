"""Settings, from the environment (prefix ``ARTLENS_``), and the project's paths."""

import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .errors import ConfigError

Read = TypeVar("Read", bound=BaseSettings)

# What the first data set, which has no name, has in its raw folder.
_TAKEN: Final = ("images", "scrape")
_NAME: Final = re.compile(r"\w[\w.-]{0,63}")

PACKAGE_ROOT = Path(__file__).resolve().parent


def project_root() -> Path:
    """Return the checkout this package runs from, or the current folder when it is installed."""
    checkout = PACKAGE_ROOT.parent
    return checkout if (checkout / "setup.py").is_file() else Path.cwd()


def split_list(value: Any) -> Any:
    """Return the parts of a text that commas separate; anything else as it is.

    Examples
    --------
    >>> split_list("color, tags,"), split_list(("color",))
    (('color', 'tags'), ('color',))
    """
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def cache_folder() -> Path:
    """Return where this user's programs keep what can be made again."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - which never raises
    places = {
        "win32": os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local",
        "darwin": home / "Library" / "Caches",
    }
    elsewhere = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
    return Path(places.get(sys.platform, elsewhere)) / "artlens"


class Settings(BaseSettings):
    """Limits and places; each can be set as ``ARTLENS_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="ARTLENS_", frozen=True)

    data_dir: Path = Field(default_factory=lambda: project_root() / "data")
    models_dir: Path = Field(default_factory=lambda: project_root() / "models")
    # What networks measured of pictures, whatever project they are in: 9 KB a picture.
    measured_file: Path = Field(default_factory=lambda: cache_folder() / "measured.sqlite")
    # What is asked of a picture where nobody names a question, separated by commas; by default all
    # that some model answers.
    tasks: Annotated[tuple[str, ...], NoDecode] = ()
    # A 100-megapixel photograph is the largest that a museum's digitisation usually yields; it
    # needs 750 MB while it is decoded.
    max_image_pixels: int = Field(default=100_000_000, gt=0)
    # The same photograph as a high-quality JPEG or compressed TIFF.
    max_image_bytes: int = Field(default=64 * 1024 * 1024, gt=0)

    # Who scrapes, as an address that the museum's people can write to; needed for the real site.
    contact: str = ""
    browsers: int = Field(default=2, ge=1, le=16)
    connections: int = Field(default=16, ge=1, le=64)
    # A page that shows nothing new for this long, nudged all the while, has ended.
    stall_s: float = Field(default=20.0, gt=0)
    timeout_s: float = Field(default=15.0, gt=0)
    # A shorter Retry-After is waited out; a longer one ends the run with exit code 75.
    patience_s: float = Field(default=60.0, ge=0)

    @field_validator("tasks", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return split_list(value)


class DataFolders(NamedTuple):
    """Where a data set is, in its three states."""

    raw: Path
    interim: Path
    processed: Path

    @property
    def images(self) -> Path:
        """Where its pictures are."""
        return self.raw / "images"


def data_folders(dataset: str | None = None) -> DataFolders:
    """Return the folders of a data set; the one without a name is the project's first.

    Raises
    ------
    ConfigError
        If no folder can be called so.
    """
    if dataset is not None and (dataset in _TAKEN or not _NAME.fullmatch(dataset)):
        raise ConfigError(
            f"no name for a data set ({dataset!r}); use letters, digits, ., - and _, not first a "
            f"., and neither {' nor '.join(_TAKEN)}"
        )
    states = (settings().data_dir / state / (dataset or "") for state in DataFolders._fields)
    return DataFolders(*states)


@cache
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises
    ------
    ConfigError
        If a variable of the environment holds a value that makes no sense.
    """
    return read_settings(Settings)


def read_settings(kind: type[Read]) -> Read:
    """Read settings from the environment.

    Raises
    ------
    ConfigError
        If a variable of the environment holds a value that makes no sense.
    """
    try:
        return kind()
    except ValidationError as error:
        fault = error.errors()[0]
        name = f"{kind.model_config['env_prefix']}{fault['loc'][0]}".upper()
        raise ConfigError(
            f"{name} makes no sense ({fault['input']!r}: {fault['msg']}); correct or unset it"
        ) from error
