import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.data import archives
from src.data.archives import safe_name
from src.data.import_pictures import import_source
from src.errors import DataError
from tests.data.labelled_pictures import labels, left_out, picture

EVIL = [
    "../evil.png",
    "a/../../evil.png",
    "/tmp/evil.png",
    "C:\\evil.png",
    "..\\evil.png",
    "//x/y.png",
]


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for seed, name in enumerate(names):
            archive.writestr(name, picture(seed))
    return path


def tarred(path: Path, *members: tarfile.TarInfo | str) -> Path:
    with tarfile.open(path, "w") as archive:
        for seed, member in enumerate(members):
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            data = picture(seed) if info.isreg() else b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_no_path_leaves_the_folder(tmp_path: Path, name: str, kind: str) -> None:
    pack: Callable[..., Path] = zipped if kind == "zip" else tarred
    archive = pack(tmp_path / f"evil.{kind}", "cat/1.png", "dog/2.png", name)
    with pytest.raises(DataError, match="names a place outside of itself"):
        import_source(archive, tmp_path / "deep" / "raw")
    assert not list(tmp_path.rglob("*.png"))
    assert not Path("/tmp/evil.png").exists()


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    odd = []
    for name, kind in (
        ("cat/link.png", tarfile.SYMTYPE),
        ("cat/hard.png", tarfile.LNKTYPE),
        ("cat/device.png", tarfile.CHRTYPE),
        ("cat/pipe.png", tarfile.FIFOTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        odd.append(info)
    import_source(tarred(tmp_path / "t.tar", "cat/1.png", "dog/2.png", *odd), tmp_path / "raw")
    assert set(labels(tmp_path / "raw")) == {"cat/1.png", "dog/2.png"}
    assert left_out(tmp_path / "raw") == {info.name: "no file" for info in odd}
    assert not (tmp_path / "raw/images/cat/link.png").exists()


@pytest.mark.parametrize(("written", "read"), [("狗".encode(), "狗"), (b"f\x81r", "für")])
def test_names_in_zips_are_what_was_packed(tmp_path: Path, written: bytes, read: str) -> None:
    path = zipped(tmp_path / "t.zip", "cat/1.png", "DOG/2.png")
    path.write_bytes(path.read_bytes().replace(b"DOG", written))
    import_source(path, tmp_path / "raw")
    assert set(labels(tmp_path / "raw")) == {"cat/1.png", f"{read}/2.png"}


def test_links_in_zips_are_left_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "t.zip", "cat/1.png", "dog/2.png")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("cat/link.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    import_source(path, tmp_path / "raw")
    assert left_out(tmp_path / "raw") == {"cat/link.png": "no file"}


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_bombs_are_refused_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(archives, "_RATIO_FLOOR_BYTES", 1 << 20)
    path, zeros = tmp_path / f"bomb.{kind}", bytes(1 << 23)
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("cat/1.png", zeros)
    else:
        with tarfile.open(path, "w:gz") as tar:
            info = tarfile.TarInfo("cat/1.png")
            info.size = len(zeros)
            tar.addfile(info, io.BytesIO(zeros))
    with pytest.raises(DataError, match="times its size, which no pictures do"):
        import_source(path, tmp_path / "raw")


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MAX_MEMBERS", 3)
    path = zipped(tmp_path / "t.zip", *(f"cat/{n}.png" for n in range(4)))
    with pytest.raises(DataError, match="more than 3 files"):
        import_source(path, tmp_path / "raw")


def test_more_than_the_disk_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=9))
    with pytest.raises(DataError, match="make room there"):
        import_source(zipped(tmp_path / "t.zip", "cat/1.png", "dog/2.png"), tmp_path / "raw")


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "t.zip", "cat/1.png", "dog/2.png", "dog/3.png")
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\1\2")
    (size,) = struct.unpack_from("<L", data, place + 24)
    struct.pack_into("<LL", data, place + 20, size - 7, size - 7)
    path.write_bytes(data)
    import_source(path, tmp_path / "raw")
    assert left_out(tmp_path / "raw") == {"dog/3.png": "damaged"}
    assert not (tmp_path / "raw/images/dog/3.png").exists()


def test_a_damaged_picture_is_left_out_and_a_damaged_archive_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "t.zip", "cat/1.png", "dog/2.png", "dog/3.png")
    data = path.read_bytes()
    spoilt = bytearray(data)
    spoilt[data.index(picture(2)) + 30] ^= 1
    path.write_bytes(spoilt)
    import_source(path, tmp_path / "raw")
    assert left_out(tmp_path / "raw") == {"dog/3.png": "damaged"}
    (tmp_path / "cut.zip").write_bytes(data[:-30])
    whole = tarred(tmp_path / "cut.tar", "cat/1.png", "dog/2.png").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[:700])
    (tmp_path / "page.zip").write_text("<html>not found</html>")
    for name in ("cut.zip", "cut.tar", "page.zip"):
        with pytest.raises(DataError, match="is a damaged archive"):
            import_source(tmp_path / name, tmp_path / "other")


@given(st.text(st.sampled_from("ab./\\:C\0é")))
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    safe = safe_name(name)
    if safe is not None:
        root = Path("/home/of/all")
        assert os.path.normpath(root / safe).startswith(f"{root}/")
