from pathlib import Path

import pytest

from src.config import Settings, data_folders, settings
from src.errors import ConfigError


@pytest.fixture(autouse=True)
def unread_settings() -> None:
    settings.cache_clear()


def test_places_and_limits_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ARTLENS_MAX_IMAGE_PIXELS", "1000")
    assert Settings().data_dir == tmp_path
    assert Settings().max_image_pixels == 1000


@pytest.mark.parametrize("value", ["0", "-5", "many"])
def test_a_value_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ARTLENS_MAX_IMAGE_BYTES", value)
    with pytest.raises(ConfigError, match=rf"ARTLENS_MAX_IMAGE_BYTES .*'{value}'"):
        settings()


def test_a_data_set_has_a_folder_in_each_state(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path))
    assert data_folders().raw == tmp_path / "raw"
    assert data_folders("mood").processed == tmp_path / "processed" / "mood"


@pytest.mark.parametrize("name", ["images", "scrape", "../up", ".hidden", "a/b", ""])
def test_a_data_set_lies_in_no_folder_of_anothers(name: str) -> None:
    with pytest.raises(ConfigError, match="no name for a data set"):
        data_folders(name)
