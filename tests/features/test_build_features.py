import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from src.data.schemas import processed_schema
from src.data.tables import read_table
from src.features.build_features import build_features
from src.features.extract_features import FEATURE_NAMES, extract_features
from src.tasks import COLOR
from src.tasks.color import COLORS

PROCESSED = processed_schema(FEATURE_NAMES, COLOR)
# Blue, green, red.
SOLIDS = {
    "z.png": ("RED", (0, 0, 255)),
    "b.png": ("BLUE", (255, 0, 0)),
    "a.png": ("RED", (20, 30, 200)),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make an interim table of three pictures of one colour each, and the pictures."""
    (tmp_path / "images").mkdir()
    for filename, (_, bgr) in SOLIDS.items():
        cv2.imwrite(str(tmp_path / "images" / filename), np.full((250, 300, 3), bgr, np.uint8))
    rows = [f"{name},https://i/{name},/asset/{name},{c}" for name, (c, _) in SOLIDS.items()]
    write_interim(tmp_path, "filename,image,page,color", *rows)
    return tmp_path


def write_interim(project: Path, *lines: str) -> None:
    (project / "interim.csv").write_text("".join(f"{line}\n" for line in lines))


def build(project: Path) -> int:
    """Run the stage in this process and return its exit code."""
    try:
        build_features(
            interim=project / "interim.csv",
            images=project / "images",
            out=project / "processed" / "pictures.csv",
            jobs=1,
        )
    except SystemExit as exit_:
        return int(str(exit_.code))
    return 0


def built(project: Path) -> pd.DataFrame:
    return read_table(project / "processed" / "pictures.csv", PROCESSED)


def test_every_picture_becomes_a_row(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(project) == 0
    table = built(project)
    assert list(table.columns) == ["filename", *FEATURE_NAMES, "image", "page", "color", "index"]
    assert table["filename"].tolist() == ["a.png", "b.png", "z.png"]
    assert table["color"].tolist() == ["RED", "BLUE", "RED"]
    assert table["index"].tolist() == ["0", "0", "1"]
    assert table["image"].tolist() == ["https://i/a.png", "https://i/b.png", "https://i/z.png"]
    for row in table.itertuples():
        solid = np.full((218, 218, 3), SOLIDS[str(row.filename)][1], np.uint8)
        features = [getattr(row, name) for name in FEATURE_NAMES]
        np.testing.assert_allclose(features, extract_features(solid), rtol=5e-6)
    assert "3 pictures measured, 0 left out" in capsys.readouterr().out


def test_broken_pictures_are_named_and_left_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "images" / "a.png").write_bytes(b"")
    (project / "images" / "b.png").unlink()
    assert build(project) == 1
    assert built(project)["filename"].tolist() == ["z.png"]
    out, err = capsys.readouterr()
    assert "1 pictures measured, 2 left out" in out
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("error: b.png is left out: ")
    assert lines[1].startswith("error: a.png is left out: ")


def test_no_table_is_written_where_no_picture_could_be_read(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for picture in (project / "images").iterdir():
        picture.write_text("<html>not found</html>")
    assert build(project) == 2
    assert not (project / "processed").exists()
    assert "no picture could be read" in capsys.readouterr().err.splitlines()[-1]


def test_pictures_of_one_s_own_need_a_name_and_a_class(project: Path) -> None:
    write_interim(project, "color,filename", "RED,z.png")
    assert build(project) == 0
    assert built(project)["image"].tolist() == [""]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("filename,color", "z.png,RED", "b.png,BEIGE"), "line 3, column 'color': got 'BEIGE'"),
        (("filename,color", "z.png,RED", "z.png,RED"), "line 3, column 'filename': got 'z.png'"),
        (("filename", "z.png"), "lacks 1 of its columns (color)"),
        (("filename", "z.png"), "; if the answers stand in another, name it with --target"),
    ],
)
def test_a_bad_interim_table_stops_the_stage(
    project: Path, capsys: pytest.CaptureFixture[str], lines: tuple[str, ...], words: str
) -> None:
    write_interim(project, *lines)
    assert build(project) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert words in err
    assert not (project / "processed").exists()


def test_missing_inputs_are_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "images").rename(project / "elsewhere")
    assert build(project) == 2
    assert f"no folder of pictures at {project / 'images'}" in capsys.readouterr().err
    (project / "interim.csv").unlink()
    assert build(project) == 2
    assert f"there is no table at {project / 'interim.csv'}" in capsys.readouterr().err


def test_the_command_gives_the_same_rows_with_more_processes(project: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 3, 4, 3), np.uint8)
    for number, picture in enumerate(pixels):
        cv2.imwrite(str(project / "images" / f"{number}.png"), picture)
    write_interim(project, "filename,color", *(f"{n}.png,RED" for n in range(len(pixels))))
    assert build(project) == 0
    (project / "images" / "7.png").unlink()
    command = [sys.executable, "-m", "src.features.build_features", "--jobs", "2"]
    command += ["--interim", str(project / "interim.csv"), "--images", str(project / "images")]
    command += ["--out", str(project / "again.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("199 pictures measured, 1 left out")
    assert done.stderr.startswith("error: 7.png is left out: ")
    kept = (built(project)["filename"] != "7.png").tolist()
    again = read_table(project / "again.csv", PROCESSED)
    pd.testing.assert_frame_equal(
        again.drop(columns="index"),
        built(project)[kept].drop(columns="index").reset_index(drop=True),
        check_exact=True,
    )


def test_a_gallery_is_built_without_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gallery.csv"
    build_features(gallery=5, seed=5, out=out, jobs=1)
    table = read_table(out, PROCESSED)
    assert sorted(table["color"]) == sorted(COLORS[:5])
    assert [path.name for path in tmp_path.iterdir()] == ["gallery.csv"]
    with pytest.raises(SystemExit, match="2"):
        build_features(gallery=5, interim=tmp_path / "interim.csv", out=out)
    assert "leave out --interim and --images" in capsys.readouterr().err
