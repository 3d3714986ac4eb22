"""The stand-in for Reddit as a process of its own."""

from .stand_in import StandIn


class Forum(StandIn):
    """Runs the stand-in for Reddit on a free port while a ``with`` block lasts.

    Parameters
    ----------
    *options : str
        As for ``artlens gallery forum``: ``"--posts", "300", "--latency-ms", "20"``.

    Examples
    --------
    >>> with Forum("--posts", "3") as forum:
    ...     forum.url[:17]
    'http://127.0.0.1:'
    """

    called = "the stand-in for Reddit"
    module = "serve_forum"
