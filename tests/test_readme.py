"""Every command and every example of the README, run in a small project of its own.

`FORMS` says what is run in the place of each command: the command itself, or the same with smaller
sizes. A command that is in one of them only, the README or this table, makes the tests fail.
"""

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from src.cli import app
from src.config import settings
from src.models.reporting.training_report import render_results
from src.models.storage.metadata import parse_model_json

ROOT: Final = Path(__file__).resolve().parent.parent
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
MUSEUM: Final = "--works RED=60,PINK=12 --color RED --color PINK"
TRAINING: Final = "--families logistic_regression --jobs 1 --out trained"
SMOKE: Final = f"--search smoke {TRAINING}"
OWN: Final = "--search smoke --families logistic_regression --jobs 1"
TRAIN: Final = "python -m src.models.train_model"
LIVE: Final = "artlens scrape --live --color RED --limit 200"
PINK: Final = "reports/demo/pink-00000-seed90.png"
MOOD: Final = "artlens train photos.csv --task mood --target feeling --group photographer"
BOTH: Final = "artlens predict new/ --task color --task season"
# The colours of paintings that stand for labelled pictures of one's own.
SEASONS: Final = {"summer": ("green", "yellow", "orange"), "winter": ("white", "blue", "black")}

# README's command -> what is run here, in this order.
FORMS: Final = {
    f"artlens scrape {MUSEUM}": f"artlens scrape {MUSEUM}",
    "artlens scrape verify": "artlens scrape verify",
    "artlens scrape status": "artlens scrape status",
    "artlens scrape --works 60": f"artlens scrape {MUSEUM}",
    LIVE: LIVE,
    "artlens scrape --retry-failed": f"artlens scrape --retry-failed {MUSEUM}",
    "python -m src.scraping.scrape_pictures": f"python -m src.scraping.scrape_pictures {MUSEUM}",
    "python -m src.data.make_dataset": "python -m src.data.make_dataset",
    "python -m src.features.build_features": "python -m src.features.build_features --jobs 1",
    TRAIN: f"{TRAIN} {SMOKE}",
    "artlens train --data pictures.csv": f"artlens train --data pictures.csv {SMOKE}",
    "artlens train --search published": f"artlens train --search published {TRAINING}",
    "artlens scrape rebuild MANIFEST.csv": (
        "artlens scrape rebuild MANIFEST.csv --data-dir rebuilt --works RED=60,PINK=12"
    ),
    "artlens predict reports/demo": "artlens predict reports/demo",
    "artlens predict": f"artlens predict {PINK}",
    "artlens predict painting.jpg": "artlens predict painting.jpg",
    "artlens predict pictures/ 'more/*.png'": "artlens predict pictures/ 'more/*.png'",
    "artlens predict - < painting.jpg": "artlens predict - < painting.jpg",
    "artlens predict pictures/ --format csv -o colors.csv": (
        "artlens predict pictures/ --format csv -o colors.csv"
    ),
    f"artlens predict {PINK} README.md": f"artlens predict {PINK} README.md",
    "artlens explain painting.jpg": "artlens explain painting.jpg",
    "artlens gallery paint DIR --count 100 --seed 7": (
        "artlens gallery paint DIR --count 3 --seed 7"
    ),
    "artlens train pictures/ --task season": f"artlens train pictures/ --task season {OWN}",
    MOOD: f"{MOOD} {OWN}",
    "artlens models": "artlens models",
    BOTH: BOTH,
    "artlens import pictures/ --task season": "artlens import pictures/ --task season",
    "artlens import": "artlens import photos.csv --target feeling",
    "artlens make-dataset": "artlens make-dataset",
    "artlens make-dataset --task season": "artlens make-dataset --task season",
    "artlens build-features": "artlens build-features --jobs 1",
    "artlens build-features --task season": "artlens build-features --task season --jobs 1",
    "artlens train --task season": f"artlens train --task season {OWN}",
    "artlens export season/ --task season": "artlens export season/ --task season",
}
EXIT_CODES: Final = {
    LIVE: 2,  # nobody has said who scrapes
    f"artlens predict {PINK} README.md": 1,
}
# How far a probability, and how far odds, may be from what is shown: the README tells of the model
# that was shipped, and one trained again on another processor answers nearly the same.
NEAR: Final = 0.03
NEAR_ODDS: Final = 0.3
# Stays until it is stopped, and is asked by several tests.
SERVICE: Final = {"artlens serve": "artlens serve --port 0"}
# These too; each prints its address. What is run, and what is asked for.
SERVERS: Final = {
    "artlens gallery serve --works 1500 --latency-ms 250": (
        "artlens gallery serve --works 1500 --latency-ms 250",
        "/color?col=RED",
    ),
    "artlens serve --host 0.0.0.0 --workers 2": (
        "artlens serve --host 127.0.0.1 --port 0 --workers 2",
        "/readyz",
    ),
    "artlens serve --task season": ("artlens serve --task season --port 0", "/readyz"),
}
# Asked of the service that the tests started, by the client they have.
REQUESTS: Final = {"curl -F file=@painting.jpg http://127.0.0.1:9797/v1/predict"}
# These take an environment of their own or some time, and have their tests.
ELSEWHERE: Final = {
    "pip install .": "test_packaging.py",
    "python -m artlens": "test_packaging.py",
    "artlens --help": "test_cli.py",
    "artlens report": "visualization/test_report.py",
}
# What ends by leaving its process at once, and what is a module.
APART: Final = re.compile(r"python|artlens scrape (--|rebuild)")

BLOCKS: Final = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands_of_readme() -> set[str]:
    """Return the commands in shell blocks, after a ``$`` in text blocks, and in running text."""
    shell = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
    shown = re.findall(r"^\$ (.+)$", README, re.MULTILINE)
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"`((?:artlens|python|make|pip|curl|docker) [^`]+)`", prose)
    lines = [re.sub(r"\s+#.*", "", line).strip() for line in shell]
    return {line for line in (*lines, *shown, *named) if line}


MAKE: Final = sorted(command for command in commands_of_readme() if command.startswith("make "))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a folder with all that the README's commands name, and stand in it."""
    place = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "models" / "color", place / "models" / "color")
    shutil.copy(ROOT / "README.md", place)
    (place / "notes.txt").write_text("Not a picture.\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("ARTLENS_DATA_DIR", str(place / "data"))
        patch.setenv("ARTLENS_MODELS_DIR", str(place / "models"))
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        patch.delenv("ARTLENS_CONTACT", raising=False)
        settings.cache_clear()
        for line in demo_painting():
            assert run(line).returncode == 0
        for copy in ("painting.jpg", "more/b.png", "new/c.png"):
            (place / copy).parent.mkdir(exist_ok=True)
            shutil.copy(place / PINK, place / copy)
        assert run("artlens gallery paint painted --count 44 --seed 5").returncode == 0
        lay_out_pictures(place)
        yield place
        settings.cache_clear()


def lay_out_pictures(place: Path) -> None:
    """Make labelled pictures of one's own: a folder for each class, and a table of the same."""
    rows = ["file,feeling,photographer"]
    for number, painting in enumerate(sorted((place / "painted").glob("*.png"))):
        for season, colors in SEASONS.items():
            if painting.name.startswith(colors):
                own = place / "pictures" / season / painting.name
                own.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(painting, own)
                feeling = "calm" if season == "winter" else "merry"
                rows.append(f"pictures/{season}/{own.name},{feeling},{'ABCDEFGH'[number % 8]}")
    (place / "photos.csv").write_text("\n".join(rows) + "\n")


def demo_painting() -> list[str]:
    """Return the command by which ``make run`` paints what it shows the model."""
    recipe = dry_run("make run").stdout
    return re.findall(r"^\S*/bin/(artlens gallery paint .+)$", recipe, re.MULTILINE)


def dry_run(command: str) -> "subprocess.CompletedProcess[str]":
    words = [*command.split(), "--dry-run"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def run(command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command line, in this process where it can be; both streams come as one."""
    line, _, source = command.partition(" < ")
    words = shlex.split(line)
    if APART.match(command):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(words, text=True, timeout=300, check=False, **streams)  # type: ignore[call-overload,no-any-return]
    stdin = Path(source).read_bytes() if source else b""
    done = CliRunner().invoke(app, words[1:], input=stdin)
    return subprocess.CompletedProcess(words, done.exit_code, done.output)


@pytest.fixture(scope="module")
def results(project: Path) -> dict[str, "subprocess.CompletedProcess[str]"]:
    """Run every form, in order, and return what became of each, by the README's command."""
    done = {}
    for command, form in FORMS.items():
        done[command] = run(form)
        if command == "python -m src.features.build_features":
            lay_out_tables(project)
    return done


def lay_out_tables(project: Path) -> None:
    """Put the tables that later commands name where they look for them."""
    shutil.copy(project / "data" / "processed" / "pictures.csv", project)
    rows = (project / "data" / "raw" / "pictures.csv").read_text().splitlines(keepends=True)
    (project / "MANIFEST.csv").write_text("".join(rows[:5]))


def test_every_command_of_the_readme_is_known_and_no_other() -> None:
    assert commands_of_readme() == {*FORMS, *MAKE, *SERVICE, *SERVERS, *REQUESTS, *ELSEWHERE}


@pytest.mark.parametrize("command", FORMS)
def test_command_does_what_it_should(
    command: str, results: dict[str, "subprocess.CompletedProcess[str]"]
) -> None:
    done = results[command]
    assert done.returncode == EXIT_CODES.get(command, 0), done.stdout
    assert "Traceback" not in done.stdout


def test_two_questions_have_a_label_each(
    results: dict[str, "subprocess.CompletedProcess[str]"],
) -> None:
    label, _, season, _, name = results[BOTH].stdout.split()
    assert (label, name) == ("PINK", "new/c.png")
    assert season in SEASONS


def test_own_pictures_become_models_that_are_listed(
    results: dict[str, "subprocess.CompletedProcess[str]"],
) -> None:
    _, *rows = results["artlens models"].stdout.splitlines()
    assert {row.split()[0] for row in rows} == {"color", "mood", "season"}


@pytest.mark.parametrize("command", MAKE)
def test_make_knows_the_target(command: str) -> None:
    done = dry_run(command)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert f"\n{command.split()[1]}:" in (ROOT / "Makefile").read_text()


@contextmanager
def running(command: str) -> Iterator[str]:
    """Start a server, yield its address once it answers, and stop it."""
    with subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextmanager
def client_of(address: str) -> Iterator[httpx.Client]:
    """Yield a client of a server, once that has loaded; within a minute."""
    deadline = monotonic() + 60
    with httpx.Client(base_url=address, timeout=60) as client:
        while True:
            try:
                client.get("/")
                break
            except httpx.ConnectError:
                assert monotonic() < deadline
                sleep(0.05)
        yield client


@pytest.fixture(scope="module")
def service(project: Path) -> Iterator[httpx.Client]:
    """Start what ``artlens serve`` starts, for all tests that ask it."""
    with running(SERVICE["artlens serve"]) as address, client_of(address) as client:
        yield client


@pytest.mark.parametrize("command", SERVERS)
def test_server_answers_until_it_is_stopped(
    command: str, results: dict[str, "subprocess.CompletedProcess[str]"]
) -> None:
    assert results  # a model of one's own, that is served too
    form, path = SERVERS[command]
    with running(form) as address, client_of(address) as client:
        assert client.get(path).status_code == 200


def test_service_has_a_page_to_try_it_on(service: httpx.Client) -> None:
    assert "<html" in service.get("/").text


@pytest.mark.parametrize("request_shown", REQUESTS)
def test_service_answers_as_the_readme_shows(request_shown: str, service: httpx.Client) -> None:
    (shown,) = [json.loads(text) for kind, text in BLOCKS if kind == "json"]
    picture = Path("painting.jpg").read_bytes()
    path = urlsplit(request_shown.rpartition(" ")[2]).path
    said = service.post(path, files={"file": ("painting.jpg", picture)}).json()
    assert list(said) == list(shown)
    assert said["scores"] == pytest.approx(shown["scores"], abs=NEAR)
    assert said["model"].keys() == shown["model"].keys()
    for name in ("filename", "label", "warnings"):
        assert said[name] == shown[name]
    assert [color["name"] for color in said["palette"]] == [
        color["name"] for color in shown["palette"]
    ]
    for found, told in zip(said["palette"], shown["palette"], strict=True):
        assert found["share"] == pytest.approx(told["share"], abs=NEAR)
        assert levels_of(found["hex"]) == pytest.approx(levels_of(told["hex"]), abs=4)


def levels_of(color: str) -> list[int]:
    return list(bytes.fromhex(color.removeprefix("#")))


def test_what_is_tested_elsewhere_has_its_tests() -> None:
    for name in ELSEWHERE.values():
        assert (ROOT / "tests" / name).is_file()


SHOWN: Final = {
    command: output.strip()
    for kind, text in BLOCKS
    if kind == "text"
    for command, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
}


def test_every_text_block_shows_the_output_of_a_command() -> None:
    assert SHOWN
    assert [text for kind, text in BLOCKS if kind == "text" and not text.startswith("$ ")] == []


@pytest.mark.parametrize("command", sorted(SHOWN.keys() - {TRAIN}))
def test_output_is_what_the_readme_shows(
    command: str, results: dict[str, "subprocess.CompletedProcess[str]"]
) -> None:
    assert command == FORMS[command]
    said, shown = results[command].stdout.strip(), SHOWN[command]
    near = NEAR_ODDS if "odds" in shown else NEAR
    assert without_numbers(said) == without_numbers(shown)
    assert numbers_in(said) == pytest.approx(numbers_in(shown), abs=near, rel=NEAR)


def test_leaderboard_is_that_of_the_shipped_model() -> None:
    metadata = parse_model_json((ROOT / "models" / "color" / "model.json").read_bytes()).metadata
    found, shown = without_details(render_results(metadata)), without_details(SHOWN[TRAIN])
    assert without_numbers(found) == without_numbers(shown)
    assert numbers_in(found) == pytest.approx(numbers_in(shown), abs=0.01)
    assert metadata.leaderboard[0].family in SHOWN[TRAIN].splitlines()[1]


def without_details(results: str) -> str:
    """Leave out times, and which of two is first that are as good: a processor's sums decide it.

    The same holds for a family's parameters.
    """
    lines = re.sub(r"(?m)^(\w+) .* (0\.\d+ ± 0\.\d+) .*s$", r"\1 \2", results).splitlines()
    return "\n".join(sorted(lines))


def without_numbers(text: str) -> str:
    return re.sub(r"[+-]?\d+\.\d+", "0.0", text)


def numbers_in(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"[+-]?\d+\.\d+", text)]


def test_python_examples_answer_as_shown(
    project: Path, results: dict[str, "subprocess.CompletedProcess[str]"]
) -> None:
    assert results  # the models of one's own that are asked
    examples = "\n".join(text for kind, text in BLOCKS if kind == "python")
    test = doctest.DocTestParser().get_doctest(examples, {}, "README.md", "README.md", 0)
    told: list[str] = []
    assert len(test.examples) > 3
    doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    assert "".join(told) == ""
