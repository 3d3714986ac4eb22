"""Single requests to a server, and what came back."""

import http.client
import json
from typing import Any, Final

from benchmarks.service.load import CONTENT_TYPE, multipart_body

_PATIENCE_S: Final = 60.0


def post_picture(
    port: int, picture: bytes, *, path: str = "/v1/predict", field: str = "file"
) -> tuple[int, dict[str, Any]]:
    """Upload a picture to a server on 127.0.0.1; return the status and the JSON it answered.

    Raises
    ------
    OSError
        If it did not answer.
    ValueError
        If what it answered is not JSON.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        body = multipart_body(picture, field)
        connection.request("POST", path, body, {"Content-Type": CONTENT_TYPE})
        answer = connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
        return answer.status, content
    finally:
        connection.close()
