"""Every error of the package.

ArtlensError
├── ConfigError            a setting or an option makes no sense
├── MissingLibrary         a library that only some commands need is not installed
├── DataError              a table does not have the form it promises
│   └── MissingColumns         it lacks some of its columns
├── ImageError             a picture cannot be used
│   ├── UnreadableImage        empty, damaged, missing, or not an image at all
│   │   └── TruncatedImage         its file ends before its picture does
│   ├── ImageTooLarge          more bytes or pixels than allowed
│   ├── UnreachableImage       its host does not give it this time
│   └── UnsupportedFormat      an image, but of a type that is not read here
├── ScrapeError            the museum site could not be read as it should
│   ├── Blocked                it refuses to serve us, and may say until when
│   ├── PageChanged            a page no longer has the structure that is looked for
│   └── Incomplete             a list ended before its declared total
├── DownloadError          one picture could not be fetched, with a reason that is counted
└── ModelError             a model cannot be used
    ├── ModelNotFound          no model folder at the given place
    ├── ModelMismatch          made for other features, or it answers differently here
    └── UntrustedModel         tampered with, truncated, or holding types that are not allowed

Each text says what is wrong, what was found, what was expected and what to do.
"""


class ArtlensError(Exception):
    """Root of every error this package raises on purpose."""


class ConfigError(ArtlensError):
    """A setting or an option makes no sense."""


class MissingLibrary(ArtlensError):
    """A library that only some commands need, and an extra brings, is not installed."""


class DataError(ArtlensError):
    """A table does not have the form it promises."""


class MissingColumns(DataError):
    """A table lacks some of its columns.

    Parameters
    ----------
    text : str
        Which table lacks which of them, and what it must have.
    names : list of str
        The columns that are missing.
    """

    def __init__(self, text: str, names: list[str]) -> None:
        super().__init__(text)
        self.names = names


class ImageError(ArtlensError):
    """A picture cannot be used."""


class UnreadableImage(ImageError):
    """Empty, damaged, missing, or not an image at all."""


class TruncatedImage(UnreadableImage):
    """Its file ends before its picture does."""


class UnreachableImage(ImageError):
    """Its host does not give it this time."""


class ImageTooLarge(ImageError):
    """More bytes or more pixels than allowed."""


class UnsupportedFormat(ImageError):
    """An image, but of a type that is not read here."""


class ScrapeError(ArtlensError):
    """The museum site could not be read as it should."""


class Blocked(ScrapeError):
    """The site refuses to serve us.

    Parameters
    ----------
    text : str
        What was refused, and what to do.
    wait_s : float
        How long the site wants to be left alone, in seconds.
    reason : str
        ``refused``, or of a host that is down what a `DownloadError` would say.
    """

    def __init__(self, text: str, wait_s: float, reason: str = "refused") -> None:
        super().__init__(text)
        self.wait_s = wait_s
        self.reason = reason


class PageChanged(ScrapeError):
    """A page no longer has the structure that is looked for."""


class Incomplete(ScrapeError):
    """A list ended before its declared total."""


class DownloadError(ArtlensError):
    """One picture could not be fetched.

    Parameters
    ----------
    reason : str
        A short, fixed word such as ``truncated``, by which failures are counted.
    text : str
        What was found and what was expected.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class ModelError(ArtlensError):
    """A model cannot be used."""


class ModelNotFound(ModelError):
    """No model folder at the given place."""


class ModelMismatch(ModelError):
    """Made for other features, or it answers differently under these library versions."""


class UntrustedModel(ModelError):
    """Tampered with, truncated, or holding types that are not on the allow-list."""
