import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from src.config import Settings
from src.data import cleaning
from src.data.cleaning import dropped_schema
from src.data.make_dataset import clean as clean_folder
from src.data.make_dataset import make_dataset
from src.data.schemas import interim_schema, raw_schema
from src.data.tables import read_table, write_table
from src.errors import ImageError
from src.images import decode_image
from src.tasks import COLOR, Task
from tests.data.versions import halve, paint_work


def picture(seed: int, side: int = 218) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def row(asset_id: str, color: str, data: bytes) -> dict[str, object]:
    """Return a row as a collector writes it; what it could not decode has no size."""
    try:
        height, width, _ = decode_image(data).shape
    except ImageError:
        height = width = None
    return {
        "asset_id": asset_id,
        "page": f"/asset/some-title/{asset_id}",
        "image": f"/ci/{asset_id}=w218-c-h218-rw-v1",
        "color": color,
        "title": 'A "quoted", long title',
        "creator": "Noor Sato",
        "filename": f"{asset_id}.png",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "width": width,
        "height": height,
    }


def lay_out(root: Path, *works: tuple[str, str, bytes]) -> Path:
    """Write a raw folder with one picture per work."""
    (root / "images").mkdir(parents=True)
    for asset_id, _, data in works:
        (root / "images" / f"{asset_id}.png").write_bytes(data)
    rows = pd.DataFrame([row(*work) for work in works])
    rows = rows.astype({name: "Int64" for name in ("bytes", "width", "height")})
    write_table(rows, root / "pictures.csv", raw_schema(COLOR))
    return root


def clean(raw: Path, out: Path) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Run the stage; return what was kept and why the rest was not."""
    make_dataset(raw=raw, interim=out, jobs=1)
    kept = read_table(out / "pictures.csv", interim_schema(COLOR))
    dropped = pd.read_csv(out / "dropped.csv", dtype=str, keep_default_na=False)
    names = zip(dropped["asset_id"], dropped["color"], strict=True)
    reasons = dict(zip(names, dropped["reason"], strict=True))
    return dict(zip(kept["asset_id"], kept["color"], strict=True)), reasons


def test_sound_pictures_stay_as_they_are(tmp_path: Path) -> None:
    raw = lay_out(tmp_path / "raw", ("a", "RED", picture(1)), ("b", "BLUE", picture(2)))
    assert clean(raw, tmp_path / "interim") == ({"a": "RED", "b": "BLUE"}, {})
    before, after = (pd.read_csv(p / "pictures.csv") for p in (raw, tmp_path / "interim"))
    pd.testing.assert_frame_equal(before, after.drop(columns="cluster"))


def test_each_unsound_picture_goes_with_its_reason(tmp_path: Path) -> None:
    works = {name: picture(seed) for seed, name in enumerate(["good", "gone", "other", "none"])}
    works |= {"cut": picture(8)[:9000], "page": b"<!doctype html>", "small": picture(9, side=64)}
    raw = lay_out(tmp_path / "raw", *((name, "RED", data) for name, data in works.items()))
    (raw / "images" / "gone.png").unlink()
    (raw / "images" / "other.png").write_bytes(picture(77))
    table = pd.read_csv(raw / "pictures.csv", dtype=str)
    table.loc[table["asset_id"] == "none", ["filename", "sha256", "bytes"]] = ""
    table.to_csv(raw / "pictures.csv", index=False)
    assert clean(raw, tmp_path / "interim") == (
        {"good": "RED"},
        {
            ("gone", "RED"): "missing",
            ("other", "RED"): "altered",
            ("none", "RED"): "not fetched",
            ("cut", "RED"): "undecodable",
            ("page", "RED"): "undecodable",
            ("small", "RED"): "wrong size",
        },
    )


def test_same_bytes_stay_once_within_a_class(tmp_path: Path) -> None:
    raw = lay_out(tmp_path / "raw", ("b", "RED", picture(1)), ("a", "RED", picture(1)))
    assert clean(raw, tmp_path / "interim") == ({"a": "RED"}, {("b", "RED"): "duplicate"})


@pytest.mark.parametrize(("larger", "smaller"), [("RED", "BLUE"), ("BLUE", "RED")])
def test_work_under_two_classes_stays_under_the_smaller(
    tmp_path: Path, larger: str, smaller: str
) -> None:
    both = picture(1)
    raw = lay_out(
        tmp_path / "raw",
        ("x", "RED", both),
        ("x", "BLUE", both),
        ("y", larger, picture(2)),
    )
    assert clean(raw, tmp_path / "interim") == (
        {"x": smaller, "y": larger},
        {("x", larger): "other class"},
    )


def test_unsound_pictures_do_not_make_a_class_larger(tmp_path: Path) -> None:
    both = picture(1)
    spoilt = [(name, "BLUE", name.encode()) for name in ("p", "q")]
    raw = lay_out(
        tmp_path / "raw",
        ("x", "RED", both),
        ("x", "BLUE", both),
        ("y", "RED", picture(2)),
        *spoilt,
    )
    assert clean(raw, tmp_path / "interim")[0] == {"x": "BLUE", "y": "RED"}


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    works = [(name, "RED", picture(seed % 3)) for seed, name in enumerate("abcdef")]
    one = lay_out(tmp_path / "one", *works)
    two = lay_out(tmp_path / "two", *reversed(works))
    tables = []
    for raw in (one, two):
        make_dataset(raw=raw, interim=tmp_path / f"interim-{raw.name}", jobs=2)
        out = tmp_path / f"interim-{raw.name}"
        tables.append([(out / name).read_bytes() for name in ("pictures.csv", "dropped.csv")])
    assert tables[0] == tables[1]


def test_dropped_table_keeps_its_schema(tmp_path: Path) -> None:
    raw = lay_out(tmp_path / "raw", ("a", "RED", picture(1)), ("b", "RED", picture(1)))
    make_dataset(raw=raw, interim=tmp_path / "interim", jobs=1)
    dropped = read_table(tmp_path / "interim" / "dropped.csv", dropped_schema("color"))
    assert dropped.to_dict("records") == [
        {
            "asset_id": "b",
            "color": "RED",
            "filename": "b.png",
            "reason": "duplicate",
            "found": "stays under RED",
        }
    ]


def test_nothing_left_is_an_error_that_leaves_the_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = lay_out(tmp_path / "raw", ("a", "RED", b"no picture"))
    with pytest.raises(SystemExit) as left:
        make_dataset(raw=raw, interim=tmp_path / "interim", jobs=1)
    assert left.value.code == 2
    assert "no picture is left" in capsys.readouterr().err
    assert "undecodable" in (tmp_path / "interim" / "dropped.csv").read_text("utf-8")
    assert not (tmp_path / "interim" / "pictures.csv").exists()


def test_stage_runs_as_a_command(tmp_path: Path) -> None:
    raw = lay_out(tmp_path / "raw", ("a", "RED", picture(1)), ("b", "RED", b""))
    command = [sys.executable, "-m", "src.data.make_dataset"]
    command += ["--raw", str(raw), "--interim", str(tmp_path / "interim")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 of 2 pictures kept; left out: 1 undecodable (")
    assert done.stdout.endswith(f"): {tmp_path / 'interim' / 'pictures.csv'}\n")
    assert done.stderr == ""


def unlabelled(root: Path, **labels: str) -> Path:
    """Write a raw folder as an import leaves it: no sizes, and labels of two other questions."""
    works = [(name, "RED", picture(seed, side=50)) for seed, name in enumerate(labels)]
    raw = lay_out(root, *works)
    table = pd.read_csv(raw / "pictures.csv", dtype=str, keep_default_na=False)
    table = table.drop(columns="color").assign(width="", height="", split="test")
    table.assign(shape=list(labels.values())).to_csv(raw / "pictures.csv", index=False)
    return raw


def test_any_text_is_a_label_of_a_question_of_ones_own(tmp_path: Path) -> None:
    labels = {
        "a": "NA",
        "b": "None",
        "c": "1",
        "d": "\u0441 \u043f\u0440\u043e\u0431\u0435\u043b\u043e\u043c",
        "e": " two words ",
    }
    raw = unlabelled(tmp_path / "raw", **labels)
    make_dataset(raw=raw, interim=tmp_path / "interim", jobs=1, task="shape")
    kept = read_table(tmp_path / "interim" / "pictures.csv", interim_schema(Task("shape", "shape")))
    cut = {name: label.strip() for name, label in labels.items()}
    assert dict(zip(kept["asset_id"], kept["shape"], strict=True)) == cut
    assert kept["width"].tolist() == kept["height"].tolist() == [50] * 5
    assert kept["split"].tolist() == ["test"] * 5


def test_a_picture_without_a_label_is_left_out(tmp_path: Path) -> None:
    raw = unlabelled(tmp_path / "raw", a="round", b="")
    make_dataset(raw=raw, interim=tmp_path / "interim", jobs=1, task="form", target="shape")
    dropped = pd.read_csv(tmp_path / "interim" / "dropped.csv")
    assert dropped[["asset_id", "reason"]].to_numpy().tolist() == [["b", "no label"]]


def test_a_data_set_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("src.config.settings", lambda: Settings(data_dir=tmp_path))
    unlabelled(tmp_path / "raw" / "forms", a="round", b="square")
    make_dataset(dataset="forms", task="shape", jobs=1)
    assert (tmp_path / "interim" / "forms" / "pictures.csv").is_file()
    for wrong in ("../forms", "..", "a/b", "\n"):
        with pytest.raises(SystemExit):
            make_dataset(dataset=wrong, task="shape", jobs=1)
        assert "no name for a data set" in capsys.readouterr().err


def test_sizes_that_are_known_are_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = lay_out(tmp_path / "raw", ("a", "RED", picture(1)), ("b", "RED", picture(2)))
    table = pd.read_csv(raw / "pictures.csv", dtype=str)
    table.loc[1, ["width", "height"]] = ""
    table.to_csv(raw / "pictures.csv", index=False)
    decoded = []

    def decode(data: bytes) -> np.ndarray:
        decoded.append(data)
        return np.zeros((9, 9, 3), np.uint8)

    monkeypatch.setattr(cleaning, "decode_image", decode)
    clean_folder(raw, tmp_path / "interim", COLOR, jobs=1)
    assert decoded == [picture(2)]
    kept = read_table(tmp_path / "interim" / "pictures.csv", interim_schema(COLOR))
    assert kept["width"].tolist() == [218, 9]


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_bad_item_never_ends_a_run(tmp_path: Path, jobs: int) -> None:
    works = [(f"k{n:02}", "RED", picture(n)) for n in range(40)]
    raw = lay_out(tmp_path / "raw", *works)
    (raw / "images" / "folder.png").mkdir()
    (raw / "images" / "loop.png").symlink_to("loop.png")
    os.mkfifo(raw / "images" / "pipe.png")
    names = ["folder.png", "loop.png", "pipe.png", "a" * 300, "a\0b", "../images"]
    table = read_table(raw / "pictures.csv", raw_schema(COLOR))
    table.loc[range(len(names)), "filename"] = names
    table.to_parquet(raw / "pictures.csv")  # CSV holds no NUL
    clean_folder(raw, tmp_path / "interim", COLOR, jobs=jobs)
    kept = pd.read_csv(tmp_path / "interim" / "pictures.csv")
    dropped = pd.read_csv(tmp_path / "interim" / "dropped.csv")
    assert len(kept) == 34
    assert dropped["reason"].tolist() == ["unreadable"] * 6


def test_a_picture_that_lacks_its_end_is_left_out(tmp_path: Path) -> None:
    whole = cv2.imencode(".jpg", np.full((218, 218, 3), 90, np.uint8))[1].tobytes()
    raw = lay_out(tmp_path / "raw", ("a", "RED", picture(1)), ("b", "RED", whole[:-2]))
    clean_folder(raw, tmp_path / "interim", COLOR, jobs=1)
    dropped = pd.read_csv(tmp_path / "interim" / "dropped.csv")
    assert dropped[["asset_id", "reason"]].to_numpy().tolist() == [["b", "undecodable"]]


def test_hashes_have_no_case(tmp_path: Path) -> None:
    raw = lay_out(tmp_path / "raw", ("a", "RED", picture(1)))
    table = pd.read_csv(raw / "pictures.csv", dtype=str)
    table["sha256"] = table["sha256"].str.upper()
    table.to_csv(raw / "pictures.csv", index=False)
    assert clean(raw, tmp_path / "interim") == ({"a": "RED"}, {})
    written = pd.read_csv(tmp_path / "interim" / "pictures.csv")
    assert written["sha256"].str.islower().all()


def versions_of_works(tmp_path: Path) -> Path:
    """Return a raw folder with two works, one of them twice: smaller, under another colour."""
    first, second = paint_work(1), paint_work(2)
    pictures = {"a": first, "b": second, "c": halve(first)}
    colors = {"a": "RED", "b": "RED", "c": "BLUE"}
    encoded = {name: cv2.imencode(".png", bgr)[1].tobytes() for name, bgr in pictures.items()}
    return lay_out(tmp_path / "raw", *((name, colors[name], encoded[name]) for name in pictures))


def test_versions_of_a_work_have_a_cluster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = versions_of_works(tmp_path)
    make_dataset(raw=raw, interim=tmp_path / "interim", side=0, jobs=1)
    kept = read_table(tmp_path / "interim" / "pictures.csv", interim_schema(COLOR))
    assert dict(zip(kept["asset_id"], kept["cluster"], strict=True)) == {
        "a": "a.png",
        "b": "",
        "c": "a.png",
    }
    assert "; 1 work occurs more than once (2 pictures)" in capsys.readouterr().out


def test_a_detail_is_kept_with_its_work_where_works_are_split_by(tmp_path: Path) -> None:
    pictures = {"a": paint_work(1), "b": paint_work(2), "c": paint_work(1)[90:, 120:]}
    encoded = {name: cv2.imencode(".png", bgr)[1].tobytes() for name, bgr in pictures.items()}
    raw = lay_out(tmp_path / "raw", *((name, "RED", encoded[name]) for name in pictures))
    by_works = replace(COLOR, group="cluster")
    asked = {"split": (by_works, None), "asked": (COLOR, True), "plain": (COLOR, None)}
    asked |= {"refused": (by_works, False)}
    for name, (task, closely) in asked.items():
        clean_folder(raw, tmp_path / name, task, jobs=1, closely=closely)
        table = pd.read_csv(tmp_path / name / "pictures.csv", dtype=str, keep_default_na=False)
        is_found = name in ("split", "asked")
        assert table["cluster"].tolist() == (["a.png", "", "a.png"] if is_found else [""] * 3)


def test_clusters_of_the_table_stay_and_none_need_be_looked_for(tmp_path: Path) -> None:
    raw = versions_of_works(tmp_path)
    clean_folder(raw, tmp_path / "without", COLOR, jobs=1, clusters=False)
    assert "cluster" not in pd.read_csv(tmp_path / "without" / "pictures.csv")
    table = pd.read_csv(raw / "pictures.csv", dtype=str).assign(cluster="mine")
    table.to_csv(raw / "pictures.csv", index=False)
    clean_folder(raw, tmp_path / "given", COLOR, jobs=1)
    assert set(pd.read_csv(tmp_path / "given" / "pictures.csv")["cluster"]) == {"mine"}
