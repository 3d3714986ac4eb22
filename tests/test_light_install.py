"""What an installation does without extras, what it says of the rest, what each extra brings."""

import subprocess
from email.message import Message
from pathlib import Path

import httpx
import pytest

from benchmarks.service.pictures import thumbnails
from tests.installation import elsewhere, gated, requirements, run_installed, with_extra


def test_without_an_extra_it_names_pictures(installed: Path, metadata: Message) -> None:
    """No library is found but those that are required; but for -o, not even joblib is needed."""
    modules = with_extra(metadata)
    missing = {"matplotlib", "pandas", "pyarrow", "scipy", "selenium", "sklearn", "skops"}
    assert not missing & set(modules.split(","))
    lighter = modules.replace(",joblib,", ",")
    assert lighter != modules
    artlens = gated(installed, lighter)
    run_installed(installed, *artlens, "gallery", "paint", "few", "--count", "1")
    (line,) = run_installed(installed, *artlens, "predict", "-q", "few").splitlines()
    assert line.startswith("BLACK ")
    explain = (*artlens, "explain", line.split()[-1])
    assert "BLACK" in run_installed(installed, *explain, said="color: a shipped model")
    assert "color" in run_installed(installed, *artlens, "models")
    run_installed(installed, *gated(installed, modules), "predict", "-q", "few", "-o", "few.csv")
    assert (installed / "project" / "few.csv").read_text().count("BLACK,0.") == 1


def test_without_an_extra_it_serves(installed: Path, metadata: Message) -> None:
    program = gated(installed, with_extra(metadata))
    with subprocess.Popen(
        [*program, "serve", "--port", "0"],
        cwd=installed / "project",
        env=elsewhere(),
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        try:
            assert service.stdout is not None
            address = service.stdout.readline().strip()
            patient = httpx.HTTPTransport(retries=6)  # its address is known before it listens
            with httpx.Client(base_url=address, timeout=60, transport=patient) as client:
                assert client.get("/readyz").status_code == 200
                upload = {"file": thumbnails(1)[0]}
                assert client.post("/v1/predict", files=upload).json()["label"] == "BLACK"
        finally:
            service.terminate()


@pytest.mark.parametrize(
    ("arguments", "library", "extra"),
    [
        (["train"], "scikit-learn", "train"),
        (["scrape"], "selenium", "scrape"),
        (["browse"], "pandas", "browse"),
        (["report"], "matplotlib", "report"),
        (["collect", "reddit"], "praw", "reddit"),
        (["bot"], "python-telegram-bot", "bot"),
        (["import", "rooms"], "pandas", "data"),
        (["predict", ".", "-o", "out.parquet"], "pyarrow", "data"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_what_needs_an_extra_says_which(
    installed: Path, metadata: Message, arguments: list[str], library: str, extra: str
) -> None:
    program = gated(installed, with_extra(metadata))
    done = subprocess.run(
        [*program, *arguments],
        cwd=installed / "project",
        env=elsewhere(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        f"error: artlens {arguments[0]} needs {library}, which is not installed; "
        f"pip install 'artlens[{extra}]'"
    )


def test_a_cache_that_processes_share_needs_its_extra(installed: Path, metadata: Message) -> None:
    """With it, the address is looked at, which is none."""
    for extra, said in (
        ("", "ARTLENS_CACHE_URL needs redis, which is not installed; pip install 'artlens[cache]'"),
        ("cache", "ARTLENS_CACHE_URL is no address"),
    ):
        done = subprocess.run(
            [*gated(installed, with_extra(metadata, extra)), "serve", "--port", "0"],
            cwd=installed / "project",
            env=elsewhere() | {"ARTLENS_CACHE_URL": "redis://cache:port"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"error: {said}")


@pytest.mark.parametrize(
    ("extra", "commands"),
    [
        ("data", ["import", "make-dataset", "build-features", "export"]),
        ("browse", ["browse"]),
        ("scrape", ["scrape", "make-dataset"]),
        ("reddit", ["collect reddit", "collect status", "collect rebuild", "make-dataset"]),
        ("train", ["import", "make-dataset", "build-features", "train"]),
        ("report", ["import", "train", "report"]),
        ("bot", ["bot"]),
    ],
)
def test_an_extra_brings_all_that_its_commands_import(
    installed: Path, metadata: Message, extra: str, commands: list[str]
) -> None:
    modules = with_extra(metadata, extra)
    for command in commands:
        run_installed(installed, *gated(installed, modules), *command.split(), "--help")


def test_all_extras_are_those_of_every_command(metadata: Message) -> None:
    named = {"opencv-python", "numpy", "pandas", "scikit-learn", "joblib", "seaborn", "matplotlib"}
    everything = {r.name for r in requirements(metadata, "all")}
    assert everything >= named | {"selenium"}
    for extra in ("data", "browse", "scrape", "reddit", "train", "report", "bot", "cache"):
        assert everything >= {r.name for r in requirements(metadata, extra)}
