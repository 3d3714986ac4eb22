from collections.abc import Iterator
from pathlib import Path

import pytest

from src.config import settings
from src.models import shelves


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder for a user's own models."""
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(tmp_path / "models"))
    settings.cache_clear()
    yield tmp_path / "models"
    settings.cache_clear()


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand an empty folder in the place of the shipped models."""
    monkeypatch.setattr(shelves, "files", lambda name: tmp_path / "package")
    (tmp_path / "package" / "shipped").mkdir(parents=True)
    return tmp_path / "package" / "shipped"
