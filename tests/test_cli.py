import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner

from src import __version__
from src.cli import STAGES, app, load_stage
from src.config import settings
from src.features.picture_paths import PictureSearch
from src.models.answers import UNUSUAL
from src.models.artifact import save_model
from src.models.classifier import introductions
from src.models.predict_model import load_model, predict
from src.models.write_answers import progress_bar
from tests.models.fitted_models import fit_model, paint
from tests.service.apps import between_red_and_pink

Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "color"
    save_model(fit_model(), folder)
    return folder


def introduced() -> str:
    """Return what is said of the model before its answers."""
    return "".join(f"{line}\n" for line in introductions([load_model()]))


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
        return done.exit_code, done.stdout_bytes, done.stderr.removeprefix(introduced())

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
    assert err.startswith("error: cannot read -: it is empty (0 bytes)")
    assert code == 1


def test_text_that_names_nothing_is_no_picture_and_perhaps_a_list(run: Run, pictures: Path) -> None:
    for options in ([], ["-o", "out.csv"]):
        code, _, err = run("-", *options, stdin=b"nope.png\nrooms/red.png\n")
        assert code == 1
        assert err.startswith("error: cannot read -: it is text, and its first line names nothing")
        assert "('nope.png'); give an image, or --paths-from - for a list of images" in err
    _, _, err = run("-", stdin=b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert err.startswith("error: cannot read -: it is SVG")
    _, _, err = run("-", stdin=b"\0\1\2")
    assert "it is not an image (starts with" in err


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


def test_who_answers_is_said_once_and_not_if_quiet_is_wanted(run: Run, pictures: Path) -> None:
    said = {}
    for options in ([], ["-q"], ["--format", "csv"], ["-o", "out.csv"]):
        done = CliRunner().invoke(app, ["predict", "rooms", *options])
        said[tuple(options)] = done.stderr
    assert list(said.values()) == [
        introduced(),
        "",
        introduced(),
        f"{introduced()}3 pictures: out.csv\n",
    ]


def test_why_to_take_all_answers_with_care_is_said_once(run: Run, pictures: Path) -> None:
    done = CliRunner().invoke(app, ["predict", "rooms"])
    first, *cautions = done.stderr.splitlines()
    assert first == load_model().introduce()
    assert cautions == [f"careful: {caution.message}" for caution in load_model().cautions]
    assert len(cautions) == 2
    assert "[" not in done.stdout


def test_marks_are_explained_once_below_the_results(run: Run, pictures: Path) -> None:
    for number in range(2):
        cv2.imwrite(f"rooms/flat{number}.png", np.full((60, 60, 3), 128, np.uint8))
    code, out, err = run("rooms")
    marked = [line for line in out.decode().splitlines() if line.endswith("  [unusual_image]")]
    assert [line.split()[2] for line in marked] == ["rooms/flat0.png", "rooms/flat1.png"]
    assert (code, err) == (0, f"[unusual_image] 2 of 5: {UNUSUAL.message}\n")
    assert run("rooms", "-q")[1:] == (out, "")
    assert run("rooms/flat0.png")[2] == f"[unusual_image] {UNUSUAL.message}\n"
    assert run("rooms", "-o", "out.csv")[2] == f"5 pictures: out.csv\n{err}"


def test_files_of_a_folder_that_are_passed_over_are_told(run: Run, pictures: Path) -> None:
    (pictures / "notes.txt").touch()
    told = "files passed over, by their names no images: 1 .txt\n"
    assert run("rooms")[2] == told
    assert run("rooms", "-o", "out.csv")[2] == f"3 pictures: out.csv\n{told}"


def test_lists_come_from_files_and_from_standard_input(run: Run, pictures: Path) -> None:
    names = "rooms/red.png\nrooms/pink.png\n"
    Path("list.txt").write_text(names)
    expected = run(*names.split())
    assert run("@list.txt") == run("--paths-from", "list.txt") == expected
    for argument in (["-"], ["--paths-from", "-"], ["@-"]):
        assert run(*argument, stdin=names.encode()) == expected
    run(*names.split(), "-o", "a.csv")
    run("-", "-o", "b.csv", stdin=names.encode())
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    code, out, err = run("-", "--paths-from", "-", stdin=b"x")
    assert (code, out) == (2, b"")
    assert "standard input is named more than once" in err


def test_a_data_address_is_a_picture_with_a_short_name(run: Run, pictures: Path) -> None:
    rng = np.random.default_rng(0)
    large = cv2.imencode(".png", rng.integers(0, 255, (200, 200, 3), np.uint8))[1].tobytes()
    good, bad = (f"data:image/png;base64,{b64encode(data).decode()}" for data in (large, large[9:]))
    assert len(good) > 100_000
    code, out, err = run(good, bad, "--format", "jsonl")
    named, failed = map(json.loads, out.splitlines())
    assert code == 1
    assert named["source"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert named["source"].endswith(f"... ({len(good):,} characters)")
    assert failed["error"].startswith(f"cannot read {failed['source']}: it is not an image")
    assert len(out) < 3000
    assert len(err) < 800
    assert run(good, bad, "--format", "jsonl", "-o", "out.jsonl")[0] == 1
    assert Path("out.jsonl").read_bytes() == out
    # Nor is anything else of that length written in full.
    assert len(run("x" * 90_000)[2]) < 500
    assert len(CliRunner().invoke(app, ["predict", "x", "--task", "x" * 90_000]).stderr) < 20_000


def test_a_file_takes_the_results(run: Run, pictures: Path) -> None:
    arguments = ["rooms", "--format", "csv", "-o", "out.csv"]
    assert run(*arguments) == (0, b"", "3 pictures: out.csv\n")
    content = Path("out.csv").read_bytes()
    assert content.count(b"\n") == 4
    code, out, err = run(*arguments)
    assert (code, out) == (2, b"")
    assert err == "error: cannot write out.csv: it is there already; add --force to replace it\n"
    assert run("nowhere.png", *arguments, "--force")[0] == 1
    assert Path("out.csv").read_bytes().endswith(content.split(b"\n", 1)[1])


def test_where_nothing_could_be_read_no_other_answers_are_promised(
    run: Run, pictures: Path
) -> None:
    code, _, err = run("nope.jpg", "-o", "out.csv")
    assert (code, err.splitlines()[1]) == (1, "none of 1 could be read; out.csv says why")
    assert err.startswith("error: cannot read nope.jpg: No such file or directory; check the path")
    assert run("nope.jpg", "-o", "out.txt")[2].endswith("out.txt is empty\n")
    assert run("nope.jpg", "rooms", "-o", "b.csv")[2].endswith(
        "1 of 4 could not be read; all others: b.csv\n"
    )


def test_a_file_of_no_known_kind_is_written_only_if_its_format_is_said(
    run: Run, pictures: Path
) -> None:
    for name in ("out", "out.doc", "out.csv.gz"):
        code, _, err = run("rooms", "-o", name)
        assert (code, err.count("\n")) == (2, 1)
        assert f"cannot tell the format of {name} by its name" in err
        assert run("rooms", "-o", name, "--format", "csv")[0] == 0
        assert Path(name).read_text().startswith("source,")
    assert run("rooms", "-o", "-") == run("rooms")


def test_excel_opens_what_is_written_for_it(run: Run, pictures: Path) -> None:
    assert run("rooms", "-o", "out.xlsx") == (0, b"", "3 pictures: out.xlsx\n")
    sheet = load_workbook("out.xlsx").worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    table = list(csv.DictReader(run("rooms", "--format", "csv")[1].decode().splitlines()))
    for row, expected in zip(rows, table, strict=True):
        found = dict(zip(head, row, strict=True))
        assert found.keys() == expected.keys()
        assert found["PINK"] == pytest.approx(float(expected["PINK"]))
        for name in ("source", "label", "model", "palette"):
            assert found[name] == expected[name]
    code, _, err = run("rooms", "--format", "xlsx")
    assert (code, err) == (2, "error: xlsx is written to files only; name one with --output\n")


@pytest.mark.parametrize("library", ["openpyxl", "pyarrow"])
def test_a_library_that_is_missing_is_missed_before_anything_is_done(
    run: Run, pictures: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    out = {"openpyxl": "out.xlsx", "pyarrow": "out.parquet"}[library]
    done = CliRunner().invoke(app, ["predict", "rooms", "-o", out])
    assert isinstance(done.exception, ModuleNotFoundError)
    assert [path.name for path in pictures.parent.iterdir()] == ["rooms"]


def test_runners_up_are_named_if_they_are_asked_for(run: Run, pictures: Path) -> None:
    (line,) = run("rooms/red.png", "--top", "2")[1].decode().splitlines()
    (row,) = json.loads(run("rooms/red.png", "--format", "json")[1])
    (_, second) = list(row["scores"].items())[:2]
    assert line.endswith(f"  rooms/red.png  ({second[0]} {second[1]:.3f})")
    (row,) = json.loads(run("rooms/red.png", "--format", "json", "--top", "1")[1])
    assert list(row["scores"]) == ["RED"]
    for options in (["-o", "out.csv"], ["--format", "csv"], ["-o", "out.xlsx"]):
        code, _, err = run("rooms", "--top", "3", *options)
        assert (code, err.count("\n")) == (2, 1)
        assert "has a column for every class" in err


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
        with progress_bar(PictureSearch(["rooms", "x.png"]), to_file=bool(to_file)) as bar:
            shown[err, out, to_file] = None if bar.disable else bar.total
    assert shown == {(1, 1, 0): None, (1, 0, 0): 4, (1, 1, 1): 4, (0, 0, 1): None}


def test_help_lists_every_stage_with_its_own_summary() -> None:
    for command, (target, summary) in STAGES.items():
        stage = load_stage(target)
        if isinstance(stage, typer.Typer):
            stage = stage.registered_callback.callback if stage.registered_callback else None
        assert (stage.__doc__ or "").splitlines()[0] == summary
        # What begins as a command of its own is listed beside it, by its whole name.
        group, _, name = (
            command.rpartition(" ") if command != "import unsplash" else ("", "", command)
        )
        listing = CliRunner().invoke(app, [*group.split(), "--help"]).stdout
        assert f"{name} {summary}" in " ".join(listing.split())
        own = CliRunner().invoke(app, [*command.split(), "--help"])
        assert (own.exit_code, own.stderr) == (0, "")
        assert summary in " ".join(own.stdout.split())


def artlens(*arguments: str, **options: Any) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, arguments, prog_name="artlens", **options)
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    "command", ["", *STAGES, "gallery", "models use", "scrape status", "scrape rebuild"]
)
def test_help_comes_under_all_its_names(command: str) -> None:
    words = command.split()
    expected = artlens(*words, "--help")
    assert expected[0] == 0
    usage = expected[1].splitlines()[0]
    assert usage.startswith(f"Usage: artlens {command}".strip())
    # Arguments are told from options and commands.
    assert not re.search(r"[{[][a-z]", usage)
    assert artlens(*words, "-h") == artlens("help", *words) == expected


def test_the_version_is_told_under_both_its_names() -> None:
    assert artlens("-V") == artlens("--version") == (0, f"artlens {__version__}\n", "")


def test_pictures_in_the_place_of_a_command_are_those_of_predict(run: Run, pictures: Path) -> None:
    content = (pictures / "red.png").read_bytes()
    Path("list.txt").write_text("rooms/red.png")
    for argument in ("rooms/red.png", "rooms", "rooms/*.png", "nope.jpg", "-", "@list.txt"):
        expected = artlens("predict", argument, "-q", input=content)
        assert artlens(argument, "-q", input=content) == expected
    assert artlens("rooms/red.png", "--top", "2") == artlens(
        "predict", "rooms/red.png", "--top", "2"
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("predcit x.jpg", "No such command 'predcit'. Did you mean 'predict'?"),
        ("modles", "Did you mean 'models'?"),
        ("gallery pant", "Did you mean 'paint'?"),
        ("help predcit", "Did you mean 'predict'?"),
        ("predict --frmat csv x.jpg", "No such option: --frmat (Possible options: --format)"),
        ("nothing", "No such command 'nothing'."),
    ],
)
def test_mistyped_words_are_answered_with_near_ones(words: str, hint: str) -> None:
    code, out, err = artlens(*words.split())
    assert (code, out) == (2, "")
    assert hint in err


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("artlens pre", ["predict"]),
        ("artlens predict --pa", ["--paths-from"]),
        ("artlens predict --format j", ["json", "jsonl"]),
        ("artlens gallery paint --se", ["--seed"]),
        ("artlens scrape ver", ["verify"]),
        ("artlens rooms/red.png --qui", ["--quiet"]),
        # The shell itself then completes names of files.
        ("artlens predict roo", []),
    ],
)
def test_commands_and_options_are_completed(typed: str, completed: list[str]) -> None:
    variables = {
        "_ARTLENS_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    assert artlens(env=variables)[1].split() == completed


def test_completion_is_installed_for_a_shell(tmp_path: Path) -> None:
    code, out, _ = artlens("--show-completion", "bash")
    assert code == 0
    assert "_ARTLENS_COMPLETE=complete_bash" in out
    assert artlens("--install-completion", "bash", env={"HOME": str(tmp_path)})[0] == 0
    assert "artlens.sh" in (tmp_path / ".bashrc").read_text()


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


def test_what_other_pictures_need_is_not_loaded_for_a_file(model: Path, pictures: Path) -> None:
    code = "import sys; from src.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    command = [sys.executable, "-c", code, "predict", "rooms/red.png", "--model", str(model)]
    paths = {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | paths
    )
    answer, modules = done.stdout.splitlines()
    assert answer.startswith("RED ")
    assert {"openpyxl", "urllib3", "protego", "selenium"} & set(modules.split()) == set()


def start(model: Path, *arguments: str, module: str = "src.cli") -> "subprocess.Popen[bytes]":
    command = [] if module != "src.cli" else ["predict"]
    return subprocess.Popen(
        [sys.executable, "-m", module, *command, *arguments, "-q", "--model", str(model)],
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


def test_an_interrupt_says_how_to_go_on_and_leaves_no_half_file(
    model: Path, pictures: Path
) -> None:
    with start(model, "rooms", "-", "-o", "out.txt") as process:
        assert process.stderr
        # It has begun, and waits for standard input.
        while not list(pictures.parent.glob(".out.txt.*")):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == (
            b"what was measured is kept: the same command goes on from there\nerror: interrupted\n"
        )
        assert process.wait() == 130
    left = {path.name for path in pictures.parent.iterdir()}
    assert left <= {"rooms", ".out.txt.answers", ".out.txt.answers-wal"}
