"""The command: a site of whatever a folder holds, the same twice, and what it says."""

import base64
import os
import shutil
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from src.browse import browse_pictures as stage
from src.browse import glances, site_folder
from src.browse.browse_pictures import browse_pictures
from src.browse.named_pictures import Named, find_named
from src.browse.small_pictures import LARGE, SMALL
from src.files import SITE_NOTE
from tests.browse.made_site import COPY, NAMES, Made, make_site, write_picture
from tests.data.versions import paint_work, photograph


def test_every_picture_is_there_once_and_copies_are_folded(made: Made) -> None:
    site = made.data("site")
    assert {p["name"] for p in made.pictures} == {*NAMES, "half.jpg"}
    (copied,) = (p for p in made.pictures if "copies" in p)
    assert copied["name"] == "plain.png"
    assert [(c["name"], c["relation"]) for c in copied["copies"]] == [(COPY, "smaller")]
    assert (site["count"], site["files"], site["broken"]) == (9, 10, 1)
    assert site["title"] == made.source.name
    ((name, reason),) = made.data("broken")["files"]
    assert name == "broken.jpg"
    assert "broken.jpg" in reason
    (half,) = (p for p in made.pictures if p["name"] == "half.jpg")
    assert "ends too early" in half["warnings"][0]


def test_answers_and_neighbours_are_told(made: Made) -> None:
    site, pictures = made.data("site"), made.pictures
    color = site["columns"][0]
    assert (color["name"], color["title"], color["kind"]) == ("color", "Colour", "one")
    values = np.frombuffer(base64.b64decode(made.data("column-0")["values"]), np.uint8)
    for picture, value in zip(pictures, values, strict=True):
        (answer,) = (a for a in picture["answers"] if a["task"] == "color")
        assert answer["labels"] == [color["values"][value]]
        assert answer["scores"][0][0] == color["values"][value]
    assert np.bincount(values, minlength=11).tolist() == color["counts"]
    for place, picture in enumerate(pictures):
        for by in ("look", "hand"):
            assert sorted([place, *picture[by]]) == list(range(len(pictures)))
            assert picture[f"{by}Scores"] == sorted(picture[f"{by}Scores"], reverse=True)
        assert sum(share for _, share, _ in picture["palette"]) == pytest.approx(100, abs=1)


def test_small_pictures_are_where_the_page_looks_for_them(made: Made) -> None:
    wall, count = made.data("wall-0"), len(made.pictures)
    thumbs = base64.b64decode(wall["thumbs"]).hex()
    shapes = np.frombuffer(base64.b64decode(wall["shapes"]), np.uint16).reshape(2, -1)
    assert len(base64.b64decode(wall["tones"])) == 3 * count
    used = set[Path]()
    for k, (width, height) in enumerate(shapes.T.tolist()):
        name = thumbs[16 * k : 16 * k + 16]
        paths = {
            box: made.folder / "pictures" / size / name[:2] / f"{name[2:]}.webp"
            for size, box in (("small", SMALL), ("large", LARGE))
            if size == "small" or SMALL.fit(width, height) != LARGE.fit(width, height)
        }
        for box, path in paths.items():
            with Image.open(path) as image:
                assert (image.format, image.size) == ("WEBP", box.fit(width, height))
        used |= {*paths.values()}
    # But for those of copies, there are no others.
    others = {*made.folder.glob("pictures/*/*/*")} - used
    (copy,) = (c for p in made.pictures for c in p.get("copies", ()))
    assert {path.parent.name + path.stem for path in others} <= {copy["thumb"]}


def test_crops_are_folded_and_works_in_frames_where_that_is_asked_for(tmp_path: Path) -> None:
    source, whole = tmp_path / "pictures", paint_work(3)
    write_picture(source / "whole.png", whole)
    write_picture(source / "part.png", whole[30:210, 40:280])
    write_picture(source / "other.png", paint_work(4))
    write_picture(source / "hung.png", photograph(paint_work(4)))

    def folded(**options: bool) -> set[tuple[str, ...]]:
        """Return the names of pictures that are shown as one."""
        pictures = make_site(source, tmp_path / "site", **options).pictures
        names = ({p["name"], *(c["name"] for c in p.get("copies", ()))} for p in pictures)
        return {tuple(sorted(some)) for some in names}

    assert folded() == {("part.png", "whole.png"), ("other.png",), ("hung.png",)}
    assert folded(closely=True) == {("part.png", "whole.png"), ("hung.png", "other.png")}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags, self.links = list[str](), list[str]()
        self.shown = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_plain_pages_lead_to_files_that_are_there_and_escape_names(made: Made) -> None:
    pages = [made.folder / "index.html", *sorted((made.folder / "plain").iterdir())]
    for page in pages:
        read = _Links()
        read.feed(page.read_text("utf-8"))
        assert "alert" not in "".join(read.tags)
        assert ("script" in read.tags) == (page.name == "index.html")
        for link in read.links:
            if not link.startswith("#"):
                assert (page.parent / unquote(link.partition("?")[0])).is_file(), link
    every = (made.folder / "plain" / "all-1.html").read_text("utf-8")
    read = _Links()
    read.feed(every)
    for name in NAMES:
        assert name in read.shown


def test_nothing_leads_elsewhere_or_tells_where_the_pictures_are(made: Made) -> None:
    for path in [
        made.folder / "index.html",
        *made.folder.glob("data/*"),
        *made.folder.glob("plain/*"),
    ]:
        text = path.read_text("utf-8")
        assert "http" not in text.replace("http-equiv", "")
        assert str(made.source.parent) not in text


def test_a_second_run_looks_at_no_picture_and_writes_the_same_bytes(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _contents(made.folder)
    site = shutil.copytree(made.folder, tmp_path / "site")

    def draw(*_: object) -> None:
        raise AssertionError("a picture was drawn again")

    monkeypatch.setattr(glances, "_draw", draw)
    monkeypatch.setattr(glances, "fingerprint_of", draw)
    with pytest.raises(SystemExit):
        make_site(made.source, site)
    assert _contents(site) == before


def test_what_changed_is_renewed_and_what_went_goes(tmp_path: Path) -> None:
    source, site = tmp_path / "pictures", tmp_path / "pictures" / "my site"
    for seed in range(3):
        write_picture(source / f"{seed}.png", paint_work(seed))
    first = make_site(source, site)
    assert {p["name"] for p in first.pictures} == {"0.png", "1.png", "2.png"}
    gone = set(first.folder.glob("pictures/*/*/*"))
    (source / "0.png").unlink()
    write_picture(source / "1.png", paint_work(7))
    second = make_site(source, site)
    # The site within the folder is none of its pictures.
    assert {p["name"] for p in second.pictures} == {"1.png", "2.png"}
    assert len(set(second.folder.glob("pictures/*/*/*")) & gone) == len(gone) // 3
    assert [path.name for path in source.iterdir() if path.name.startswith(".")] == []


def test_a_folder_may_change_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, site = tmp_path / "pictures", tmp_path / "site"
    for seed in range(3):
        write_picture(source / f"{seed}.png", paint_work(seed))

    def find_and_change(*arguments: Any) -> Named:
        found = find_named(*arguments)
        (source / "0.png").unlink()
        write_picture(source / "1.png", paint_work(7, 200, 300))
        write_picture(source / "3.png", paint_work(3))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(stage, "find_named", find_and_change)
        with pytest.raises(SystemExit) as exit_info:
            make_site(source, site)
    assert exit_info.value.code == 1
    assert f"cannot read {source / '0.png'}: No such file" in capsys.readouterr().err
    first = Made(site, source)
    assert {p["name"] for p in first.pictures} == {"1.png", "2.png"}
    assert [name for name, _ in first.data("broken")["files"]] == ["0.png"]
    widths, heights = np.frombuffer(
        base64.b64decode(first.data("wall-0")["shapes"]), np.uint16
    ).reshape(2, -1)
    assert (200, 300) in zip(widths.tolist(), heights.tolist(), strict=True)
    assert {p["name"] for p in make_site(source, site).pictures} == {"1.png", "2.png", "3.png"}


def test_a_killed_run_leaves_the_old_site_and_is_gone_on_with(tmp_path: Path) -> None:
    source, site = tmp_path / "pictures", tmp_path / "site"
    write_picture(source / "0.png", paint_work(0))
    make_site(source, site)
    before = _contents(site)
    for seed in range(1, 40):
        write_picture(source / f"{seed}.png", paint_work(seed))
    command = [sys.executable, "-m", "src", "browse", str(source), "-o", str(site), "--jobs", "1"]
    staged = tmp_path / ".site.next"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        deadline = time.monotonic() + 60
        while len(list(staged.glob("pictures/small/*/*.webp"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGKILL)
    drawn = {path.name: path.stat().st_mtime_ns for path in staged.glob("pictures/small/*/*.webp")}
    assert 3 <= len(drawn) < 40
    assert _contents(site) == before
    found = make_site(source, site)
    assert len(found.pictures) == 40
    after = {path.name: path.stat().st_mtime_ns for path in site.glob("pictures/small/*/*.webp")}
    # But for the one that it was at.
    assert sum(after[name] != when for name, when in drawn.items()) <= 1
    assert not staged.exists()


def test_a_run_that_ends_while_a_site_is_replaced_leaves_a_whole_one(tmp_path: Path) -> None:
    page, remove = tmp_path / "site" / "index.html", shutil.rmtree

    def remove_and_end(*arguments: Any, **options: Any) -> None:
        remove(*arguments, **options)
        raise KeyboardInterrupt

    with site_folder.stage_site(page.parent) as old:
        old.write(page.name, "old")
        old.finish(set(), {})
    with site_folder.stage_site(page.parent) as new, pytest.MonkeyPatch.context() as patch:
        new.write(page.name, "new")
        patch.setattr(shutil, "rmtree", remove_and_end)
        with pytest.raises(KeyboardInterrupt):
            new.finish(set(), {})
    assert page.read_text() == "new"
    assert (page.parent / SITE_NOTE).is_file()


def test_a_folder_that_is_no_site_is_left_alone(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(SystemExit) as exit_info:
        make_site(collection, tmp_path)
    assert exit_info.value.code == 2
    assert "no site that artlens made (mine.txt in it)" in capsys.readouterr().err
    (tmp_path / SITE_NOTE).write_text("{}")
    with pytest.raises(SystemExit):
        make_site(collection, tmp_path)
    assert "holds other files" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_a_site_of_another_version_is_rebuilt(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = shutil.copytree(made.folder, tmp_path / "site")
    (site / "data" / "old.js").write_text("of an older version")
    monkeypatch.setattr(site_folder, "_PICTURES", 2)
    drawn = list[object]()
    draw = glances._draw

    def count(*arguments: Any) -> None:
        drawn.append(arguments)
        draw(*arguments)

    monkeypatch.setattr(glances, "_draw", count)
    with pytest.raises(SystemExit):
        make_site(made.source, site)
    assert not (site / "data" / "old.js").exists()
    assert len(drawn) == 11 - 1


def test_two_runs_do_not_mix(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with site_folder.stage_site(tmp_path / "site"), pytest.raises(SystemExit):
        make_site(made.source, tmp_path / "site")
    assert "another run is making" in capsys.readouterr().err


def test_nothing_to_show_is_an_error_and_keeps_the_site(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = shutil.copytree(made.folder, tmp_path / "site")
    before = _contents(site)
    (tmp_path / "empty").mkdir()
    lines = {
        "/none/such.jpg": "error: cannot read /none/such.jpg: No such file",
        str(tmp_path / "empty"): f"error: cannot read {tmp_path / 'empty'}: no pictures in it",
        "": "error: no pictures are named",
    }
    for path, line in lines.items():
        with pytest.raises(SystemExit) as exit_info:
            browse_pictures([path] if path else [], output=site, jobs=1)
        assert exit_info.value.code == 2
        # Before which models there are, which nobody has use for now.
        assert capsys.readouterr().err.startswith(line)
    assert _contents(site) == before


def _contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
