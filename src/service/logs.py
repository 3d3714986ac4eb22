"""Log lines: one JSON object each, on standard error, for the service and its server alike."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final


def log_line(**fields: Any) -> None:
    """Write a line of the fields, with the time before them."""
    sys.stderr.write(_render(fields))
    sys.stderr.flush()


class JsonFormatter(logging.Formatter):
    """Formats what the server itself has to say."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record in the form of the other lines."""
        fields: dict[str, Any] = {"level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return _render(fields).rstrip("\n")


def _render(fields: Mapping[str, Any]) -> str:
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": time, **fields}) + "\n"


LOG_CONFIG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": f"{__name__}.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
