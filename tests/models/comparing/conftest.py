from pathlib import Path

import pytest

from src.models.comparing.comparer import Comparer, load_comparer
from src.models.registry import keep_model
from tests.models.comparing.hands import fit_hands, hang_works
from tests.models.embedding_models import add_tiny


@pytest.fixture
def kept(own_networks: Path, tmp_path: Path) -> Path:
    """Train a model on made-up hands, and keep it among a user's own ones."""
    folder, _ = keep_model(fit_hands(add_tiny(tmp_path)), "mine")
    return folder


@pytest.fixture
def comparer(kept: Path) -> Comparer:
    return load_comparer("mine")


@pytest.fixture
def works(tmp_path: Path) -> list[str]:
    """Pictures of four artists, three works each, and their paths."""
    return hang_works(tmp_path / "rooms")
