"""Every error of the package.

ArtlensError
├── ConfigError            a setting or an option makes no sense
├── DataError              a table does not have the form it promises
├── ImageError             a picture cannot be used
│   ├── UnreadableImage        empty, truncated, missing, or not an image at all
│   ├── ImageTooLarge          more bytes or pixels than allowed
│   └── UnsupportedFormat      an image, but of a type that is not read here
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


class DataError(ArtlensError):
    """A table does not have the form it promises."""


class ImageError(ArtlensError):
    """A picture cannot be used."""


class UnreadableImage(ImageError):
    """Empty, truncated, missing, or not an image at all."""


class ImageTooLarge(ImageError):
    """More bytes or more pixels than allowed."""


class UnsupportedFormat(ImageError):
    """An image, but of a type that is not read here."""


class ModelError(ArtlensError):
    """A model cannot be used."""


class ModelNotFound(ModelError):
    """No model folder at the given place."""


class ModelMismatch(ModelError):
    """Made for other features, or it answers differently under these library versions."""


class UntrustedModel(ModelError):
    """Tampered with, truncated, or holding types that are not on the allow-list."""
