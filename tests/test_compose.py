"""What `docker compose up` starts: names that exist, bounds, nobody special, and commands that run.

There is no engine here: the parts are run as they stand, on this machine.
"""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from redis import Redis

from benchmarks.container.dockerfile import read_dockerfile
from src.bot.bot_settings import BotSettings
from src.service.limits import CacheSettings, ServiceLimits
from tests.import_gate import GATE, modules_of

ROOT = Path(__file__).resolve().parent.parent

# What the Compose specification knows, as far as it is used here.
TOP = {"name", "services", "networks", "volumes"}
OF_A_SERVICE = {
    "build": str,
    "cap_drop": list,
    "command": list,
    "depends_on": list,
    "entrypoint": list,
    "environment": dict,
    "healthcheck": dict,
    "image": str,
    "mem_limit": str,
    "networks": list,
    "pids_limit": int,
    "ports": list,
    "read_only": bool,
    "restart": str,
    "security_opt": list,
    "tmpfs": list,
    "user": str,
    "volumes": list,
}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def parts(compose: Any) -> Any:
    return compose["services"]


def test_it_has_the_form_of_the_specification(compose: Any, parts: Any) -> None:
    assert set(compose) == TOP
    assert set(parts) == {"service", "cache", "bot"}
    for part in parts.values():
        for key, value in part.items():
            assert isinstance(value, OF_A_SERVICE[key]), key
        for key in ("command", "entrypoint", "networks", "ports", "tmpfs", "depends_on"):
            assert all(isinstance(text, str) for text in part.get(key, [])), key
        assert all(isinstance(text, str) for text in part.get("environment", {}).values())
        assert set(part["networks"]) <= set(compose["networks"])
        assert set(part.get("depends_on", [])) <= set(parts)
        assert {name.partition(":")[0] for name in part.get("volumes", [])} <= set(
            compose["volumes"]
        )
        assert re.fullmatch(r"no|always|unless-stopped|on-failure(:\d+)?", part["restart"])
        assert re.fullmatch(r"\d+[mg]", part["mem_limit"])


def test_nothing_can_do_more_than_it_must(parts: Any, compose: Any) -> None:
    for part in parts.values():
        assert part["read_only"] is True
        assert part["cap_drop"] == ["ALL"]
        assert part["security_opt"] == ["no-new-privileges:true"]
        # Those that are built run as whom the Dockerfile says.
        assert "build" in part or re.fullmatch(r"[1-9]\d+:[1-9]\d+", part["user"])
        assert "build" in part or re.fullmatch(r"[\w/]+:\d+\.\d+\.\d+(-\w+)?", part["image"])
    assert compose["networks"]["inside"]["internal"] is True
    assert [name for name, part in parts.items() if "inside" in part["networks"]] == [
        "service",
        "cache",
    ]
    assert parts["cache"]["networks"] == ["inside"]
    assert [name for name, part in parts.items() if "ports" in part] == ["service"]
    (port,) = parts["service"]["ports"]
    assert port.startswith("127.0.0.1:")
    (image,) = (step.rest for step in _steps() if step.word == "EXPOSE")
    assert port.endswith(f":{image}")


def test_every_setting_is_one_of_ours(parts: Any) -> None:
    known = {
        f"{settings.model_config['env_prefix']}{name}".upper()
        for settings in (ServiceLimits, CacheSettings, BotSettings)
        for name in settings.model_fields
    }
    named = {name for part in parts.values() for name in part.get("environment", {})}
    assert {"ARTLENS_CACHE_URL", "ARTLENS_BOT_TOKEN"} <= named <= known


def test_the_bot_keeps_what_waits_in_a_volume_that_it_may_write_to(parts: Any) -> None:
    bot = parts["bot"]
    (volume,) = bot["volumes"]
    folder = bot["environment"]["ARTLENS_BOT_FOLDER"]
    assert volume == f"chat:{folder}"
    (made,) = (step.rest for step in _steps() if folder in step.rest)
    (user,) = (step.rest for step in _steps() if step.word == "USER")
    owner, group = user.split(":")
    assert f"install --directory --owner {owner} --group {group} --mode 700 {folder}" in made
    assert bot["healthcheck"] == {"disable": True}


def test_the_cache_has_a_bound_and_writes_nothing(parts: Any, tmp_path: Path) -> None:
    cache = parts["cache"]
    assert cache["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = [*cache["command"], "--port", str(port), "--bind", "127.0.0.1"]
    with subprocess.Popen(program, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert any("Ready to accept connections" in line for line in server.stdout)
            client: Any = Redis(port=port)
            told = client.config_get("maxmemory*", "save", "appendonly")
            client.shutdown(nosave=True)
            client.close()
            assert server.wait(10) == 0
        finally:
            server.kill()
    assert told["maxmemory-policy"] == "allkeys-lru"
    # Redis itself needs some beside what it keeps.
    assert int(told["maxmemory"]) <= 0.7 * int(cache["mem_limit"].removesuffix("m")) * 2**20
    assert (told["save"], told["appendonly"]) == ("", "no")
    assert not list(tmp_path.iterdir())


def test_commands_are_ours_and_run_on_the_containers_packages(parts: Any) -> None:
    """Of the service what it is told is read; the bot, without a token, says what is missing."""
    told = ["serve", *parts["service"]["command"], "--help"]
    assert _run(told, {}).returncode == 0
    python, option, module, *told = parts["bot"]["entrypoint"]
    assert (python, option, module) == ("python", "-m", "src.cli")
    given = parts["bot"]["environment"]
    assert given.pop("ARTLENS_BOT_TOKEN") == "${ARTLENS_BOT_TOKEN:-}"
    done = _run(told, given)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the bot has no token (ARTLENS_BOT_TOKEN is not set)")


def _run(command: list[str], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    locked = set(json.loads((ROOT / "Pipfile.lock").read_text())["service"])
    held = modules_of(locked | {"opencv-python"})  # here in the place of its headless build
    return subprocess.run(
        [sys.executable, "-c", GATE, "src", held, *command],
        cwd=ROOT,
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=False,
    )


def _steps() -> Any:
    return read_dockerfile((ROOT / "Dockerfile").read_text(encoding="utf-8"))
