"""Every command and every example of the README, in its order, in one shell in a fresh clone.

A command is run as it stands there, or in the form that `FORMS` gives it, mostly a smaller one; one
that is only named in running text comes last. After none has git anything to say of the clone.
"""

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from src.config import settings
from src.models.reporting.training_report import render_results
from src.models.storage.metadata import parse_model_json

ROOT: Final = Path(__file__).resolve().parent.parent
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
SMOKE: Final = "--search smoke --families logistic_regression --jobs 1"
TRAIN: Final = "python -m src.models.train_model"
LIVE: Final = "artlens scrape --live --color RED --limit 200 --data-dir live"
DEMO: Final = "artlens predict reports/demo --model demo"
PINK: Final = "reports/demo/pink-00000-seed90.png"
MOOD: Final = "artlens train photos.csv --task mood --target feeling --group photographer"
BOTH: Final = "artlens predict new/ --task color --task season"
POST: Final = {
    "id": "a1",
    "subreddit": "Art",
    "title": "Blue Monday, me, oil on canvas, 2019",
    "url": "https://i.redd.it/abcdefghijklm.jpg",
    "created_utc": 1546300800,
    "upvote_ratio": 0.9,
}
# The colours of paintings that stand for labelled pictures of one's own.
SEASONS: Final = {"summer": ("green", "yellow", "orange"), "winter": ("white", "blue", "black")}

# README's command -> what is run in its place.
FORMS: Final = {
    DEMO: f".venv/bin/{DEMO}",  # as `make run` does
    "artlens predict": f"artlens predict {PINK}",
    "artlens analyse": f"artlens analyse {PINK}",
    "artlens import": "artlens import photos.csv --target feeling",
    "artlens import unsplash DIR": "artlens import unsplash tables/ --no-pictures",
    "artlens evaluate": "artlens evaluate pictures/ --task season",
    "artlens explain --format json": "artlens explain painting.jpg --format json",
    "artlens gallery paint DIR --count 100 --seed 7": (
        "artlens gallery paint DIR --count 3 --seed 7"
    ),
    "artlens scrape rebuild MANIFEST.csv": (
        "artlens scrape rebuild MANIFEST.csv --data-dir rebuilt"
    ),
    TRAIN: f"{TRAIN} --gallery-count 300 {SMOKE}",
    "artlens train --data pictures.csv": f"artlens train --data pictures.csv {SMOKE}",
    "artlens train --search published": (
        "artlens train --search published --gallery-count 300 --families logistic_regression"
    ),
    "artlens train pictures/ --task season": f"artlens train pictures/ --task season {SMOKE}",
    "artlens train --task season": f"artlens train --task season {SMOKE}",
    MOOD: f"{MOOD} {SMOKE}",
    "artlens collect reddit --recipe mine.toml --dry-run dump.zst": (
        "artlens collect reddit --recipe mine.toml --dry-run posts.ndjson"
    ),
}
# README's command -> what its reader has done before.
BEFORE: Final = {
    "artlens import unsplash DIR": "python -m benchmarks.unsplash_tables tables/ 20",
    DEMO: "{train_demo} && {paint_demo}",
    "artlens train --data pictures.csv": (
        "artlens make-dataset && artlens build-features && cp data/processed/pictures.csv ."
    ),
    "artlens scrape rebuild MANIFEST.csv": "head -5 data/raw/pictures.csv > MANIFEST.csv",
    "artlens collect reddit --recipe mine.toml --dry-run dump.zst": (
        "cp src/reddit/recipes/rart-medium.toml mine.toml"
    ),
}
# What belongs to the reader, not to the project.
OWN: Final = (
    "painting.jpg one.jpg other.jpg mine.toml posts.ndjson sheet.html notes.txt pictures/ "
    "photos.csv more/ new/ painted/ pictures.csv MANIFEST.csv colors.csv season/ judged/ twice/ "
    "DIR/ rebuilt/ site/ tables/ .venv/"
)
EXIT_CODES: Final = {
    LIVE: 2,  # nobody has said who scrapes
    f"artlens predict {PINK} README.md": 1,
}
# How far a probability, and how far odds, may be from what is shown: a model that is trained again
# on another processor answers nearly the same.
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
# Asked of the service that the tests started, by the client they have: what is sent, and how.
SENT_BARE: Final = (
    "curl --data-binary @painting.jpg -H 'content-type: image/jpeg' "
    "http://127.0.0.1:9797/v1/predict"
)
REQUESTS: Final[dict[str, Callable[[bytes], dict[str, Any]]]] = {
    "curl -F file=@painting.jpg http://127.0.0.1:9797/v1/predict": lambda picture: {
        "files": {"file": ("painting.jpg", picture)}
    },
    SENT_BARE: lambda picture: {"content": picture, "headers": {"content-type": "image/jpeg"}},
}
# These take an environment of their own or some time, and have their tests.
ELSEWHERE: Final = {
    "pip install .": "test_packaging.py",
    "pip install '.[train]'": "test_light_install.py",
    "python -m artlens": "test_packaging.py",
    "artlens report --model color-2": "visualization/test_report.py",
    "artlens bot": "bot/test_conversation.py",
    "docker compose up": "test_compose.py",
    "artlens train FOLDER --task same_artist": "models/comparing/test_pair_models.py",
    "artlens collect reddit dump.zst --recipe mine.toml --live": "reddit/test_collecting.py",
    "artlens predict https://example.org/painting.jpg": "models/test_predict_pictures.py",
}

PIECE: Final = re.compile(
    r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$"
    r"|`(?P<named>(?:artlens|python|make|pip|curl|docker) [^`]+)`",
    re.MULTILINE | re.DOTALL,
)
BLOCKS: Final = [piece.group("kind", "text") for piece in PIECE.finditer(README) if piece["text"]]


def commands_in(piece: re.Match[str]) -> list[str]:
    """Return the commands of a shell block, after a ``$`` in a text block, or in running text."""
    if piece["named"]:
        return [piece["named"]]
    if piece["kind"] == "sh":
        lines = (re.sub(r"\s+#.*", "", line).strip() for line in piece["text"].splitlines())
        return [line for line in lines if line]
    return re.findall(r"^\$ (.+)$", piece["text"], re.MULTILINE)


PIECES: Final = sorted(PIECE.finditer(README), key=lambda piece: piece["text"] is None)
COMMANDS: Final = list(dict.fromkeys(command for p in PIECES for command in commands_in(p)))
MAKE: Final = [command for command in COMMANDS if command.startswith("make ")]
APART: Final = {*MAKE, *SERVICE, *SERVERS, *REQUESTS, *ELSEWHERE}
RUN: Final = [command for command in COMMANDS if command not in APART]


class Done(NamedTuple):
    """What became of a command: both streams as one, and what git then says of the clone."""

    exit_code: int
    output: str
    status: str


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Clone the checkout as it stands, add an environment and a reader's files, and stand in it."""
    place = tmp_path_factory.mktemp("clone") / "project"
    clone_to(place)
    make_environment(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("ARTLENS_DATA_DIR", str(place / "data"))
        patch.setenv("ARTLENS_MODELS_DIR", str(place / "models"))
        patch.setenv("PYTHONPATH", str(place))
        patch.setenv("PATH", str(place / ".venv" / "bin"), prepend=os.pathsep)
        patch.delenv("ARTLENS_CONTACT", raising=False)
        settings.cache_clear()
        lay_out_pictures(place)
        yield place
        settings.cache_clear()


def clone_to(place: Path) -> None:
    """Copy all that git knows, or would add, and make a repository of it."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    who = ["-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "As it stands"]):
        subprocess.run(["git", *words], cwd=place, check=True)
    (place / ".git" / "info" / "exclude").write_text("\n".join(OWN.split()) + "\n")


def make_environment(place: Path) -> None:
    """Make what ``make run`` would: an environment with all packages and the command."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=place, check=True)
    (site,) = (place / ".venv" / "lib").glob("python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    command = place / ".venv" / "bin" / "artlens"
    command.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m src "$@"\n')
    command.chmod(0o755)


def lay_out_pictures(place: Path) -> None:
    """Paint pictures of one's own: some loose, a folder for each class, and a table of those."""
    (place / "notes.txt").write_text("Not a picture.\n")
    (place / "posts.ndjson").write_text(f"{json.dumps(POST)}\n")
    for words in ("--count 44 --seed 5 painted", "--count 11 --seed 90 reports/own"):
        paint = [sys.executable, "-m", "src", "gallery", "paint", *words.split()]
        subprocess.run(paint, cwd=place, check=True)
    for copy in ("painting.jpg", "one.jpg", "other.jpg", "more/b.png", "new/c.png"):
        (place / copy).parent.mkdir(exist_ok=True)
        shutil.copy(place / "reports" / "own" / Path(PINK).name, place / copy)
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


def dry_run(command: str) -> "subprocess.CompletedProcess[str]":
    words = [*command.split(), "--dry-run"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def results(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Run all in one shell, and return what became of each."""
    place = tmp_path_factory.mktemp("results")
    setup = dry_run("make run").stdout
    (train,) = re.findall(rf"^(\S*/bin/{TRAIN} .+)$", setup, re.M)
    (paint,) = re.findall(r"^(\S*/bin/artlens gallery paint .+)$", setup, re.M)
    lines = []
    for number, command in enumerate(RUN):
        if command in BEFORE:
            lines.append(BEFORE[command].format(train_demo=train, paint_demo=paint))
        lines.append(f"{{ {FORMS.get(command, command)}; }} > {place}/{number}.out 2>&1")
        lines.append(f"echo $? > {place}/{number}.code")
        lines.append(f"git status --porcelain > {place}/{number}.git")
    subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=project,
        env={**os.environ, "HOME": str(place), "PATH": os.pathsep.join(without_artlens())},
        stdin=subprocess.DEVNULL,
        timeout=900,
        check=False,
    )
    return {command: read_done(place, number) for number, command in enumerate(RUN)}


def without_artlens() -> list[str]:
    """Return the places of commands but those that have artlens: the README says how to get it."""
    return [place for place in os.get_exec_path() if not (Path(place) / "artlens").exists()]


def read_done(place: Path, number: int) -> Done:
    code, output, status = (
        (place / f"{number}.{kind}").read_text(encoding="utf-8") for kind in ("code", "out", "git")
    )
    return Done(int(code), output, status)


def test_what_stands_here_stands_in_the_readme() -> None:
    assert {*FORMS, *BEFORE, *EXIT_CODES, *APART} <= {*COMMANDS}
    assert len(RUN) > 30


@pytest.mark.parametrize("command", RUN)
def test_command_does_what_it_should(command: str, results: dict[str, Done]) -> None:
    done = results[command]
    assert done.exit_code == EXIT_CODES.get(command, 0), done.output
    assert "Traceback" not in done.output
    assert done.status == ""


def test_two_questions_have_a_label_each(results: dict[str, Done]) -> None:
    *_, line = results[BOTH].output.splitlines()
    label, _, season, _, name = line.split()
    assert (label, name) == ("PINK", "new/c.png")
    assert season in SEASONS


def test_own_pictures_become_models_that_are_listed(results: dict[str, Done]) -> None:
    assert "color-2" in results["artlens models"].output


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
def test_server_answers_until_it_is_stopped(command: str, results: dict[str, Done]) -> None:
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
    said = service.post(path, **REQUESTS[request_shown](picture)).json()
    assert list(said) == list(shown)
    assert said["scores"] == pytest.approx(shown["scores"], abs=NEAR)
    assert said["model"].keys() == shown["model"].keys()
    for name in ("label", "labels", "warnings"):
        assert said[name] == shown[name]
    assert said["filename"] == ("" if request_shown == SENT_BARE else shown["filename"])
    assert said["stands_on"] in said["palette"]
    assert said["stands_on"]["name"] == shown["stands_on"]["name"]
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
def test_output_is_what_the_readme_shows(command: str, results: dict[str, Done]) -> None:
    assert FORMS.get(command, command).endswith(command)
    said, shown = results[command].output.strip(), SHOWN[command]
    near = NEAR_ODDS if "odds" in shown else NEAR
    assert without_numbers(said) == without_numbers(shown)
    assert numbers_in(said) == pytest.approx(numbers_in(shown), abs=near, rel=NEAR)


def test_leaderboard_is_that_of_the_first_run(project: Path, results: dict[str, Done]) -> None:
    assert results[DEMO].exit_code == 0
    metadata = parse_model_json((project / "models/demo/model.json").read_bytes()).metadata
    found, shown = without_details(render_results(metadata)), without_details(SHOWN[TRAIN])
    assert without_numbers(found) == without_numbers(shown)
    assert numbers_in(found) == pytest.approx(numbers_in(shown), abs=0.01)
    assert metadata.leaderboard[0].family in SHOWN[TRAIN].splitlines()[1]


def without_details(results: str) -> str:
    """Leave out times, and which of two is first that are as good: a processor's sums decide it.

    The same holds for a family's parameters.
    """
    lines = re.sub(r"(?m)^(\w+) .*? (0\.\d{4}.*)  +[\d.]+ s$", r"\1 \2", results).splitlines()
    return "\n".join(sorted(lines))


def without_numbers(text: str) -> str:
    return re.sub(r"[+-]?\d+\.\d+", "0.0", text)


def numbers_in(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"[+-]?\d+\.\d+", text)]


def test_python_examples_answer_as_shown(project: Path, results: dict[str, Done]) -> None:
    assert results  # the models of one's own that are asked
    examples = "\n".join(text for kind, text in BLOCKS if kind == "python")
    test = doctest.DocTestParser().get_doctest(examples, {}, "README.md", "README.md", 0)
    told: list[str] = []
    assert len(test.examples) > 3
    doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    assert "".join(told) == ""
