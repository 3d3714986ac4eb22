import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from src import __version__
from src.cli import STAGES, app, load_stage
from src.config import settings
from src.models.artifact import save_model
from src.models.predict_model import load_model, predict
from src.models.predict_pictures import progress_bar
from tests.models.fitted_models import fit_model, paint
from tests.service.apps import between_red_and_pink

Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "color"
    save_model(fit_model(), folder)
    return folder


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rng = np.random.default_rng(0)
    for label in ("RED", "BLACK", "PINK"):
        path = tmp_path / "rooms" / f"{label.lower()}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(cv2.imencode(".png", paint(label, rng))[1].tobytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "rooms"


@pytest.fixture
def run(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Give ``artlens predict`` in this process: arguments -> exit code, output, errors."""

    def run_predict(*arguments: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
        done = CliRunner().invoke(app, ["predict", *arguments], input=stdin)
        return done.exit_code, done.stdout_bytes, done.stderr

    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(model.parent))
    settings.cache_clear()
    yield run_predict
    settings.cache_clear()


def test_text_names_the_class_of_each_picture(run: Run, pictures: Path) -> None:
    code, out, err = run("rooms", "rooms/red.png")
    lines = [line.split() for line in out.decode().splitlines()]
    assert [(line[0], line[2]) for line in lines] == [
        ("BLACK", "rooms/black.png"),
        ("PINK", "rooms/pink.png"),
        ("RED", "rooms/red.png"),
        ("RED", "rooms/red.png"),
    ]
    assert (code, err) == (0, "")


def test_json_jsonl_and_csv_tell_the_same_as_predict(run: Run, pictures: Path) -> None:
    expected = [
        predict(path, model=load_model()) for path in (Path("rooms/pink.png"), "rooms/red.png")
    ]
    sources = [found.source for found in expected]
    rows = json.loads(run(*sources, "--format", "json")[1])
    assert [row["scores"] for row in rows] == [
        pytest.approx(found.scores, abs=1e-12) for found in expected
    ]
    lines = run(*sources, "--format", "jsonl")[1].splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = csv.DictReader(run(*sources, "--format", "csv")[1].decode().splitlines())
    assert [(row["source"], row["label"], float(row["RED"])) for row in table] == [
        (row["source"], row["label"], row["scores"]["RED"]) for row in rows
    ]


def test_under_min_score_the_runners_up_stand_in_place_of_a_label(run: Run, pictures: Path) -> None:
    (pictures / "rose.png").write_bytes(between_red_and_pink())
    best = predict("rooms/rose.png", model=load_model())
    code, out, err = run("rooms/red.png", "rooms/rose.png", "--min-score", "0.96")
    assert (code, err) == (0, "")
    _, line = out.decode().splitlines()
    named = ", ".join(f"{label} {score:.3f}" for label, score in best.scores.items())
    assert line == f"-      {best.score:.3f}  rooms/rose.png  ({named})"
    (row,) = json.loads(run("rooms/rose.png", "--format", "json", "--min-score", "1")[1])
    assert row["label"] is None
    assert row["warnings"][-1]["code"] == "abstained"
    code, out, err = run("rooms", "--min-score", "2")
    assert (code, out) == (2, b"")
    assert "give one from 0 to 1" in err


def test_bad_files_are_reported_and_stop_nothing(run: Run, pictures: Path) -> None:
    (pictures / "torn.png").write_bytes((pictures / "red.png").read_bytes()[:50])
    (pictures.parent / "empty").mkdir()
    code, out, err = run("nowhere.png", "empty", "rooms", "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    failed = [row["source"] for row in rows if "error" in row]
    assert failed == ["nowhere.png", "empty", "rooms/torn.png"]
    assert [row["label"] for row in rows if "label" in row] == ["BLACK", "PINK", "RED"]
    assert err.splitlines() == [f"error: {row['error']}" for row in rows if "error" in row]
    assert code == 1


def test_standard_input_is_a_picture_too(run: Run, pictures: Path) -> None:
    code, out, _ = run("-", stdin=(pictures / "pink.png").read_bytes())
    assert out.split()[::2] == [b"PINK", b"-"]
    assert code == 0
    code, out, err = run("-", "--format", "jsonl")
    assert json.loads(out)["source"] == "-"
    assert err.startswith("error: cannot read <bytes>")
    assert code == 1


@pytest.mark.parametrize("name", [b'a,b\n"c".png', "Müller – été.png".encode(), b"\xff\xfe.png"])
def test_any_file_name_comes_through(run: Run, pictures: Path, name: bytes) -> None:
    path = os.fsdecode(os.fsencode(pictures) + b"/" + name)
    (pictures / "red.png").rename(path)
    for argument in (path, str(pictures)):
        rows = [json.loads(line) for line in run(argument, "--format", "jsonl")[1].splitlines()]
        assert path in [row["source"] for row in rows]
    out = run(path, "--format", "csv")[1]
    (row,) = csv.DictReader(out.decode("utf-8", "surrogateescape").splitlines(keepends=True))
    assert (row["source"], row["label"]) == (path, "RED")


def test_a_file_takes_the_results(run: Run, pictures: Path) -> None:
    arguments = ["rooms", "--format", "csv", "-o", "out.csv"]
    assert run(*arguments) == (0, b"", "")
    content = Path("out.csv").read_bytes()
    assert content.count(b"\n") == 4
    code, out, err = run(*arguments)
    assert (code, out) == (2, b"")
    assert err == "error: cannot write out.csv: it is there already; add --force to replace it\n"
    assert run("nowhere.png", *arguments, "--force")[0] == 1
    assert Path("out.csv").read_bytes().endswith(content.split(b"\n", 1)[1])


def test_a_usage_error_or_a_missing_model_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    for arguments in ([], ["rooms", "--format", "xml"], ["rooms", "--model", str(tmp_path)]):
        code, out, err = run(*arguments)
        assert (code, out) == (2, b"")
        assert "rror: " in err


def test_a_bar_is_shown_on_a_terminal_that_shows_nothing_else(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = {}
    for err, out, to_file in [(1, 1, 0), (1, 0, 0), (1, 1, 1), (0, 0, 1)]:
        monkeypatch.setattr(sys.stderr, "isatty", lambda err=err: bool(err))
        monkeypatch.setattr(sys.stdout, "isatty", lambda out=out: bool(out))
        with progress_bar(["rooms", "x.png"], to_file=bool(to_file)) as bar:
            shown[err, out, to_file] = None if bar.disable else bar.total
    assert shown == {(1, 1, 0): None, (1, 0, 0): 4, (1, 1, 1): 4, (0, 0, 1): None}


def test_help_lists_every_stage_with_its_own_summary() -> None:
    for command, (target, summary) in STAGES.items():
        stage = load_stage(target)
        if isinstance(stage, typer.Typer):
            stage = stage.registered_callback.callback if stage.registered_callback else None
        assert (stage.__doc__ or "").splitlines()[0] == summary
        group, _, name = command.rpartition(" ")
        listing = CliRunner().invoke(app, [*group.split(), "--help"]).stdout
        assert f"{name} {summary}" in " ".join(listing.split())
        own = CliRunner().invoke(app, [*command.split(), "--help"])
        assert (own.exit_code, own.stderr) == (0, "")
        assert summary in " ".join(own.stdout.split())


def test_the_commands_of_a_stage_with_several_are_reached(tmp_path: Path) -> None:
    listing = CliRunner().invoke(app, ["scrape", "--help"]).stdout.split()
    assert {"status", "verify", "rebuild"} <= set(listing)
    done = CliRunner().invoke(app, ["scrape", "status", "--data-dir", str(tmp_path)])
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert CliRunner().invoke(app, ["scrape", "nothing"]).exit_code == 2


def test_an_interrupt_while_a_stage_is_imported_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(target: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("src.cli.load_stage", interrupt)
    assert run("rooms") == (130, b"", "error: interrupted\n")


def test_the_version_comes_without_any_stage() -> None:
    code = "import sys; from src.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True
    )
    version, modules = done.stdout.splitlines()
    assert version == f"artlens {__version__}"
    heavy = {"numpy", "cv2", "pydantic", "pandas", "sklearn", "rich", "selenium"}
    assert heavy & set(modules.split()) == set()


def start(model: Path, *arguments: str, module: str = "src.cli") -> "subprocess.Popen[bytes]":
    command = [] if module != "src.cli" else ["predict"]
    return subprocess.Popen(
        [sys.executable, "-m", module, *command, *arguments, "--model", str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )


def test_the_module_is_the_same_command(model: Path, pictures: Path) -> None:
    with start(model, "rooms/red.png", module="src.models.predict_model") as process:
        out, err = process.communicate()
    assert out.split()[::2] == [b"RED", b"rooms/red.png"]
    assert (process.returncode, err) == (0, b"")


def test_a_reader_that_leaves_ends_it_quietly(model: Path, pictures: Path) -> None:
    with start(model, *["rooms"] * 50) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_an_interrupt_is_one_line_and_leaves_no_half_file(model: Path, pictures: Path) -> None:
    with start(model, "rooms", "-", "-o", "out.txt") as process:
        assert process.stderr
        # It has begun, and waits for standard input.
        while not list(pictures.parent.glob(".out.txt.*")):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b"error: interrupted\n"
        assert process.wait() == 130
    left = {path.name for path in pictures.parent.iterdir()}
    assert left <= {"rooms", ".out.txt.answers", ".out.txt.answers-wal"}
