"""For ``uvicorn main:app``."""

from src.service.asgi import app as app  # noqa: PLC0414  # exported
