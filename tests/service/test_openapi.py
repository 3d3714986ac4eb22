"""The OpenAPI document, held against the service."""

import subprocess
import sys
from pathlib import Path

import httpx

from src.config import project_root
from tests.service.apps import Running


def test_schemathesis_finds_no_failure(full_service: Running, tmp_path: Path) -> None:
    configuration = str(project_root() / "schemathesis.toml")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", configuration]
    command += ["run", str(full_service.client.base_url.join("/openapi.json"))]
    command += ["--seed", "0", "--max-examples", "5", "--checks", "all", "--no-color"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15 selected / 15 total" in done.stdout


def test_the_document_tells_what_can_be_sent_and_every_refusal(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path, field in (
        ("/v1/predict", "file"),
        ("/v1/analyse", "file"),
        ("/v1/explain", "file"),
        ("/img_classify", "file"),
        ("/v1/predict/batch", "files"),
    ):
        operation = paths[path]["post"]
        content = operation["requestBody"]["content"]
        form = content["multipart/form-data"]
        assert (
            ("image/*" in content) == ("application/octet-stream" in content) == (field == "file")
        )
        assert form["schema"]["required"] == [field]
        assert "image/tiff" in form["encoding"][field]["contentType"]
        assert set(operation["responses"]) == {"200", "400", "413", "415", "422", "503"}
        refusal = operation["responses"]["413"]["content"]["application/json"]["schema"]
        assert refusal == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert "min_score" in {found["name"] for found in paths["/v1/predict"]["post"]["parameters"]}
    assert {method for operations in paths.values() for method in operations} == {"get", "post"}
