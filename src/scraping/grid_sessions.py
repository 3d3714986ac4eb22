"""Browsers on a Grid, which do not end with the worker that drove them."""

import json
from contextlib import suppress
from typing import Final

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from .store import Store

_NOTE: Final = "grid sessions"
_TIMEOUT_S: Final = 3.0


class GridSessions:
    """The sessions of a run, remembered in the state, so that even a killed run's are ended.

    Parameters
    ----------
    store : Store
        Where they are remembered.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._urls: set[str] = set(json.loads(store.note(_NOTE) or "[]"))

    def add(self, url: str) -> None:
        """Remember a session by its address; an empty one is that of a browser on this machine."""
        if url:
            self._urls.add(url)
            self._save()

    def end(self, url: str) -> None:
        """End a session, unless that was done."""
        if url in self._urls:
            # A Grid that has gone, or forgotten it, has ended it.
            with suppress(HTTPError):
                PoolManager(retries=False, timeout=_TIMEOUT_S).request("DELETE", url)
            self._urls.remove(url)
            self._save()

    def end_all(self) -> None:
        """End what a killed run left behind."""
        for url in sorted(self._urls):
            self.end(url)

    def _save(self) -> None:
        self._store.set_note(_NOTE, json.dumps(sorted(self._urls)))
