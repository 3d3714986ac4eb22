"""The application as a value, for ``uvicorn main:app`` and the processes of ``artlens serve``."""

from .app import create_app

app = create_app()
