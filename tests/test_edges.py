import errno
import json
import os
import subprocess
import sys

import pytest
from tqdm import tqdm

from src.edges import FailureReports, command_edge, note, printable, report_error, shorten
from src.errors import ArtlensError, DataError


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("column b\nis missing"), 2, "error: column b is missing\n"),
        (ArtlensError("red \x1b[31m"), 2, "error: red \\x1b[31m\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (OSError(errno.ENOSPC, "Disk full"), 2, "error: Disk full\n"),
        (PermissionError(errno.EACCES, "Denied", "a.csv"), 2, "error: Denied (a.csv)\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_what_was_foreseen_becomes_a_line_and_a_code(
    error: BaseException, code: int, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    @command_edge
    def command() -> None:
        raise error

    with pytest.raises(SystemExit) as leaving:
        command()
    assert leaving.value.code == code
    assert capfd.readouterr() == ("", line)


def test_what_nobody_foresaw_keeps_its_traceback() -> None:
    @command_edge
    def command() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command()


def test_the_command_keeps_its_name_its_arguments_and_its_answer() -> None:
    @command_edge
    def double(number: int) -> int:
        """Double it."""
        return 2 * number

    assert double(4) == 8
    assert (double.__name__, double.__doc__) == ("double", "Double it.")


def test_a_reader_that_leaves_hears_nothing_more() -> None:
    code = (
        "import sys; from src.edges import command_edge\n"
        "@command_edge\n"
        "def shout():\n"
        "    sys.stdin.read()\n"
        "    print('x')\n"
        "shout()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_a_report_is_one_line_that_can_be_shown(capfd: pytest.CaptureFixture[str]) -> None:
    report_error("bad name (a\udcff\tb)\r\nrename it")
    assert capfd.readouterr().err == "error: bad name (a\\udcff\\tb) rename it\n"
    assert printable("Müller – été.jpg") == "Müller – été.jpg"


def test_a_failure_has_its_own_line_above_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    report = FailureReports()
    with tqdm(total=9, file=sys.stderr, mininterval=0) as bar:
        bar.update()
        report("a.jpg is empty")
        bar.update()
    err = capsys.readouterr().err
    # What was on the line is wiped away, and the bar is drawn again below.
    assert "  \rerror: a.jpg is empty\n" in err
    assert "1/9" in err.partition("a.jpg is empty\n")[2]
    assert report.count == 1


def test_without_a_bar_there_are_lines_only(capsys: pytest.CaptureFixture[str]) -> None:
    report = FailureReports()
    with tqdm(total=9, disable=None):
        report("a.jpg is empty")
        report("b.jpg is empty")
    assert capsys.readouterr().err == "error: a.jpg is empty\nerror: b.jpg is empty\n"
    assert report.count == 2


def test_no_line_is_so_long_that_it_buries_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    report_error("begins" + 90_000 * "x" + "ends")
    note("short")
    long, short = capfd.readouterr().err.splitlines()
    assert long.startswith("error: begins")
    assert long.endswith("ends")
    assert len(long) < 10_000
    assert short == "short"


def test_a_name_is_cut_if_it_is_no_name_of_a_file() -> None:
    path = "rooms/" + 4000 * "x"
    assert shorten(path) == path
    assert shorten("data:,red") == "data:,red"
    for name in ("rooms/" + 5000 * "x", "DATA:," + 50 * "x"):
        assert shorten(name) == f"{name[:40]}... ({len(name):,} characters)"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932", "ascii:surrogateescape"])
def test_what_a_terminal_lacks_is_escaped_as_in_json(encoding: str) -> None:
    codec, said = encoding.partition(":")[0], "Größe 猫 🐈 \udcff"
    code = (
        "import json; from src.edges import command_edge\n"
        "@command_edge\n"
        f"def tell(): print(json.dumps({said!r}, ensure_ascii=False))\n"
        "tell()"
    )
    environ = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environ, check=True
    )
    assert json.loads(done.stdout.decode(codec)) == said
    assert done.stderr == b""
