import os
from pathlib import Path

import pytest

from src.errors import ConfigError
from src.models.prediction.output_file import open_output, text_writer


def write(path: Path | None, text: str = "RED\n", *, force: bool = False) -> None:
    with open_output(path, force=force) as file:
        text_writer(file)(text)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with open_output(path, force=False) as file:
        text_writer(file)("Müller\udcff\r\n")
        assert not path.exists()
        (unfinished,) = tmp_path.iterdir()
        assert unfinished.read_bytes() == b"M\xc3\xbcller\xff\r\n"
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"M\xc3\xbcller\xff\r\n"


def interrupt(path: Path) -> None:
    with open_output(path, force=True) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_a_file_that_is_not_finished_does_not_appear(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path / "out.csv")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(ConfigError, match="there already; add --force"):
        write(path)
    assert path.read_text() == "old"
    write(path, force=True)
    assert path.read_text() == "RED\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "out.csv").symlink_to("real.csv")
    write(tmp_path / "out.csv", force=True)
    assert (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "RED\n"


def test_what_cannot_be_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        write(tmp_path, force=True)
    with pytest.raises(ConfigError, match="no folder"):
        write(tmp_path / "missing" / "out.csv")


def test_a_device_is_written_as_it_is() -> None:
    write(Path(os.devnull))
    assert Path(os.devnull).is_char_device()


def test_without_a_file_it_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write(None, "Müller\udcff\n")
    assert capfdbinary.readouterr().out == b"M\xc3\xbcller\xff\n"
