"""What Prometheus is told."""

from pathlib import Path

import pytest

from src.service.metrics import Metrics
from tests.service.apps import (
    encoded,
    running_client,
)


def test_metrics_count_requests_and_labels() -> None:
    with running_client() as client:
        client.post("/v1/predict", files={"file": encoded("PINK")})
        client.post("/v1/predict", files={"file": b"no picture"})
        client.get("/made/up/by/a/stranger")
        text = client.get("/metrics").text
    assert 'artlens_predictions_total{label="PINK",task="color"} 1.0' in text
    assert 'artlens_failures_total{code="unreadable_image"} 1.0' in text
    assert 'artlens_models_ready{task="color"} 1.0' in text
    assert 'artlens_task_seconds_count{task="color"} 1.0' in text
    assert 'method="POST",path="/v1/predict",status="422"} 1.0' in text
    assert 'path="other",status="404"} 1.0' in text
    assert "stranger" not in text


def test_a_file_that_another_process_has_not_begun_spoils_no_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    (tmp_path / "counter_2.db").touch()
    assert Metrics().render() == b""
