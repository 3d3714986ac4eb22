"""The application as a value, for ``uvicorn main:app`` and the processes of ``artlens serve``."""

import os
from pathlib import Path
from typing import Final

from src.service.app import create_app

APP: Final = "src.service.asgi:app"
# By this a process is told of a model folder.
MODEL_VARIABLE: Final = "ARTLENS_SERVICE_MODEL"

_folder = os.environ.get(MODEL_VARIABLE)
app = create_app(Path(_folder) if _folder else None)
