"""For ``uvicorn main:app``."""

from src.service.app import create_app

app = create_app()
