from collections.abc import Iterator
from pathlib import Path

import pytest

from src.config import settings
from src.features import backbones


@pytest.fixture
def own_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder for a user's own networks."""
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(tmp_path / "models"))
    settings.cache_clear()
    backbones._find_again.cache_clear()
    yield tmp_path / "models" / "backbones"
    settings.cache_clear()
    backbones._find_again.cache_clear()
