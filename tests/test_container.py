"""The container's image: what goes in, who runs, and that the service needs nothing else.

``python -m benchmarks.container`` builds and runs it; these are the parts that need no root.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import httpx
import pytest
from packaging.requirements import Requirement
from pydantic import SecretStr

from benchmarks.container.dockerfile import Instruction, context_files, read_dockerfile
from benchmarks.service.pictures import thumbnails
from benchmarks.service.redis_servers import refusing_url
from src.service.limits import CacheSettings, ServiceLimits
from tests.import_gate import GATE, modules_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def steps() -> list[Instruction]:
    return read_dockerfile((ROOT / "Dockerfile").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def locked() -> set[str]:
    return set(json.loads((ROOT / "Pipfile.lock").read_text())["service"])


def test_what_is_copied_reaches_the_builder(steps: list[Instruction]) -> None:
    context = context_files(ROOT)
    copies = [step for step in steps if step.word == "COPY" and "from" not in step.options]
    sources = [PurePosixPath(name) for step in copies for name in step.rest.split()[:-1]]
    assert {"src", "main.py", "Pipfile.lock"} <= {str(source) for source in sources}
    for source in sources:
        assert [path for path in context if path.is_relative_to(source)], source


def test_nothing_else_reaches_the_builder(steps: list[Instruction]) -> None:
    kept = {path.parts[0] for path in context_files(ROOT)}
    assert kept == {"Pipfile.lock", "docker", "main.py", "models", "src"}
    models = [str(path) for path in context_files(ROOT) if path.parts[0] == "models"]
    artist = [f"models/artist/{name}" for name in ("model.json", "model.skops", "novelty.npz")]
    color = ["models/color/model.json", "models/color/model.skops"]
    same = [f"models/same_artist/{name}" for name in ("model.json", "space.npz", "works.npz")]
    medium = ["models/medium/model.json", "models/medium/model.skops"]
    assert models == [*artist, *color, *medium, *same]
    assert PurePosixPath("src/models/duels.py") in context_files(ROOT)


def test_packages_are_the_locked_ones_by_hash(steps: list[Instruction], locked: set[str]) -> None:
    with (ROOT / "Pipfile.lock").open() as lock:
        script = [sys.executable, str(ROOT / "docker" / "requirements.py")]
        done = subprocess.run(script, stdin=lock, capture_output=True, text=True, check=True)
    lines = [line.partition(" --hash=") for line in done.stdout.splitlines()]
    assert {Requirement(line).name for line, _, _ in lines} == locked
    assert all(re.fullmatch(r"sha256:\w{64}( --hash=sha256:\w{64})*", h) for _, _, h in lines)
    assert "opencv-python" not in locked
    (install,) = (step.rest for step in steps if step.word == "RUN" and "bin/pip " in step.rest)
    assert {"--require-hashes", "--no-deps", "requirements.txt"} <= set(install.split())


def test_last_stage_installs_nothing_and_runs_as_nobody_special(steps: list[Instruction]) -> None:
    starts = [number for number, step in enumerate(steps) if step.word == "FROM"]
    last = steps[starts[-1] :]
    assert not [step for step in last if re.search(r"\b(pip|apt|apt-get)\b", step.rest)]
    assert [step.options for step in last if step.word == "COPY"] == [{"from": "build"}] * 2
    (user,) = (step.rest for step in last if step.word == "USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    (check,) = (step.rest for step in last if step.word == "HEALTHCHECK")
    assert json.loads(check.removeprefix("CMD "))[0] == "python"


def test_page_on_deployment_lists_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    for settings in (ServiceLimits, CacheSettings):
        for name, field in settings.model_fields.items():
            variable = f"{settings.model_config['env_prefix']}{name}".upper()
            default = "none" if field.default in (None, (), SecretStr("")) else field.default
            assert f"| `{variable}` | {default} |" in page


@pytest.fixture(scope="module")
def address(locked: set[str]) -> Iterator[str]:
    held = locked | {"opencv-python"}  # here in the place of its headless build
    command = [sys.executable, "-c", GATE, "src", modules_of(held), "serve", "--port", "0"]
    # Where nobody is, whose client is needed all the same.
    env = os.environ | {"ARTLENS_CACHE_URL": refusing_url()}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            yield service.stdout.readline().strip()
            service.send_signal(signal.SIGTERM)
            assert service.wait(30) == 0
        finally:
            service.kill()


def test_service_runs_on_the_containers_packages_alone(address: str) -> None:
    # Its address is known before it listens.
    patient = httpx.HTTPTransport(retries=6)
    with httpx.Client(base_url=address, timeout=60, transport=patient) as client:
        for path in ("/readyz", "/", "/docs", "/openapi.json", "/metrics", "/v1/model"):
            assert client.get(path).status_code == 200, path
        upload = {"file": thumbnails(1)[0]}
        assert client.post("/v1/predict", files=upload).json()["label"] == "BLACK"


def test_gate_keeps_everything_else_out() -> None:
    command = [sys.executable, "-c", GATE, "src", "json", "serve"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "is kept out" in done.stderr
