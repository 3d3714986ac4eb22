"""Clients of a server: pictures up, answers down, and what became of them."""

import http.client
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Self

from benchmarks.service.load import CONTENT_TYPE, multipart_body

_PATIENCE_S: Final = 60.0


class Client:
    """One connection to a server on 127.0.0.1, opened again whenever it was closed.

    Parameters
    ----------
    port : int
        Where the server listens.
    """

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, picture: bytes, path: str = "/v1/predict") -> tuple[int, dict[str, Any]]:
        """Upload a picture; return the status and the JSON that was answered.

        Raises
        ------
        OSError, http.client.HTTPException
            If there was no answer.
        ValueError
            If what was answered is not JSON.
        """
        try:
            headers = {"Content-Type": CONTENT_TYPE}
            self._connection.request("POST", path, multipart_body(picture), headers)
            answer = self._connection.getresponse()
            content: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            raise
        return answer.status, content


def send_all(
    port: int, sources: Sequence[Iterable[bytes]], path: str = "/v1/predict"
) -> Counter[str]:
    """Send pictures from a client for each source, all at once, each one after the other.

    Parameters
    ----------
    port : int
        Where the server listens.
    sources : sequence of iterable of bytes
        Pictures; a source may go on until some time is over.
    path : str
        Where they are taken: that of a prediction or an analysis.

    Returns
    -------
    Counter of str
        How often each status was answered, and each kind of failure to answer.
    """
    with ThreadPoolExecutor(len(sources)) as pool:
        return sum(pool.map(partial(_send, port, path), sources), Counter[str]())


def _send(port: int, path: str, pictures: Iterable[bytes]) -> Counter[str]:
    with Client(port) as client:
        return Counter(_outcome(client, path, picture) for picture in pictures)


def _outcome(client: Client, path: str, picture: bytes) -> str:
    try:
        status, answer = client.post(picture, path)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return type(error).__name__
    sound = (
        bool({"label", "answers"} & answer.keys())
        if status == 200
        else {"code", "message"} <= set(answer["error"])
    )
    return str(status) if sound else f"{status} of another form"
