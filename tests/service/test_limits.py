"""Settings of the environment."""

import pytest

from src.errors import ConfigError
from src.service.limits import ServiceLimits, cache_settings, service_limits


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    service_limits.cache_clear()
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_FILES", "5")
    monkeypatch.setenv("ARTLENS_SERVICE_CORS_ORIGINS", "https://a.example, https://b.example")
    assert service_limits().max_files == 5
    assert service_limits().cors_origins == ("https://a.example", "https://b.example")
    service_limits.cache_clear()
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_FILES", "many")
    with pytest.raises(ConfigError, match=r"ARTLENS_SERVICE_MAX_FILES makes no sense \('many'"):
        service_limits()
    service_limits.cache_clear()
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_FILES", "5")
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_UPLOAD_BYTES", "600")
    with pytest.raises(ConfigError, match=r"MAX_UPLOAD_BYTES is less .* \(600 of 64000000\)"):
        service_limits()
    service_limits.cache_clear()
    assert ServiceLimits.model_fields["max_pixels"].default < 100_000_000


def test_where_answers_are_kept_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for url, on, shared in (
        ("", True, False),
        ("off", False, False),
        ("redis://:secret@cache:6379/0", True, True),
    ):
        cache_settings.cache_clear()
        monkeypatch.setenv("ARTLENS_CACHE_URL", url)
        assert (cache_settings().on, cache_settings().shared) == (on, shared)
        assert "secret" not in repr(cache_settings())
    cache_settings.cache_clear()
    monkeypatch.setenv("ARTLENS_CACHE_MAX_BYTES", "5")
    with pytest.raises(ConfigError, match=r"ARTLENS_CACHE_MAX_BYTES makes no sense \('5'"):
        cache_settings()
    cache_settings.cache_clear()
