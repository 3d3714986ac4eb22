"""The museum as a process of its own."""

from .stand_in import StandIn


class Museum(StandIn):
    """Runs the museum on a free port while a ``with`` block lasts.

    Parameters
    ----------
    *options : str
        As for ``artlens gallery serve``: ``"--works", "RED=60", "--latency-ms", "20"``.

    Examples
    --------
    >>> with Museum("--works", "RED=1", "--thumbnails", "plain") as museum:
    ...     museum.url[:17]
    'http://127.0.0.1:'
    """

    called = "the museum"
    module = "serve_gallery"
