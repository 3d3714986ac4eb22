"""One test for each way in which people keep labelled pictures."""

import json
import os
import tarfile
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.data.import_pictures import import_source
from src.errors import ConfigError, DataError
from tests.data.labelled_pictures import labels, lay_out, left_out, picture, raw_table

CLASSES = ("cat/1.png", "cat/2.png", "dog/1.png", "dog/deep/2.png")
BY_FOLDER = {name: name.split("/")[0] for name in CLASSES}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def test_a_folder_per_class(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    for name in (".DS_Store", "cat/Thumbs.db", "__MACOSX/cat/._1.png", ".hidden/3.png"):
        (pets / name).parent.mkdir(exist_ok=True, parents=True)
        (pets / name).write_bytes(b"of the system")
    (pets / "notes.md").write_text("not a picture")
    summary = import_source(pets, raw)
    assert labels(raw) == BY_FOLDER
    assert summary.passed == {"hidden": 4, ".md": 1}
    assert left_out(raw) == {}
    first = raw_table(raw).iloc[0]
    assert first["asset_id"] == first["filename"] == "cat/1.png"
    assert first["image"] == str(pets / "cat/1.png")
    assert (first["bytes"], first["width"], first["height"]) == (str(len(picture(0))), "", "")
    assert (raw / "images/cat/1.png").readlink() == pets / "cat/1.png"


def test_a_given_split_is_kept(tmp_path: Path, raw: Path) -> None:
    names = ("train/cat/1.png", "train/dog/2.png", "Validation/cat/3.png", "test/dog/4.png")
    pets = lay_out(tmp_path / "pets", *names, "test/unsorted.png")
    import_source(pets, raw, task="animal")
    table = raw_table(raw).set_index("filename")
    assert table["split"].to_dict() == dict(
        zip(names, ("train", "train", "val", "test"), strict=True)
    )
    assert table["animal"].to_dict() == dict(zip(names, ("cat", "dog", "cat", "dog"), strict=True))
    assert left_out(raw) == {"test/unsorted.png": "no class"}


@pytest.mark.parametrize("names", [("1.png", "2.png"), ("cat/1.png", "cat/2.png")])
def test_a_single_folder_is_no_label(tmp_path: Path, raw: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "pets").mkdir()
    with pytest.raises(DataError, match=r"a folder per class, or add a metadata\.csv"):
        import_source(lay_out(tmp_path / "pets", *names), raw)
    assert not (raw / "pictures.csv").exists()


def test_a_metadata_file_beats_a_table_and_folders(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    (pets / "labels.csv").write_text("file,label\n" + "".join(f"{n},x\n" for n in CLASSES))
    (pets / "metadata.csv").write_text(
        "file_name,label,age\ncat/1.png,tabby,3\ndog/1.png,poodle,4\ncat/9.png,tabby,\n"
    )
    import_source(pets, raw)
    assert labels(raw) == {"cat/1.png": "tabby", "dog/1.png": "poodle"}
    assert raw_table(raw)["age"].tolist() == ["4", "3"]
    assert left_out(raw) == {
        "cat/9.png": "no file",
        "cat/2.png": "no row",
        "dog/deep/2.png": "no row",
    }


def test_metadata_in_the_folders_of_splits(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", "train/1.png", "test/1.png")
    for split, label in (("train", "cat"), ("test", "dog")):
        row = {"file_name": "1.png", "label": label}
        (pets / split / "metadata.jsonl").write_text(json.dumps(row))
    import_source(pets, raw)
    assert labels(raw) == {"train/1.png": "cat", "test/1.png": "dog"}
    assert raw_table(raw)["split"].tolist() == ["train", "test"]


def test_a_table_in_the_folder_beats_folders(
    tmp_path: Path, raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    rows = "".join(f"{name};breed {n % 2}\n" for n, name in enumerate(CLASSES))
    (pets / "labels.csv").write_bytes(f"photo;breed\n{rows}".encode("utf-16"))
    summary = import_source(pets, raw)
    assert summary.target == "breed"
    assert set(labels(raw, "breed").values()) == {"breed 0", "breed 1"}
    said = f"{pets / 'labels.csv'} is read with UTF-16, semicolons between the cells\n"
    assert capsys.readouterr().err == said
    assert "column 'photo' names the files" in str(summary)
    assert "column 'breed' is the label" in str(summary)


def test_several_tables_are_not_guessed_among(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    for name in ("a.csv", "b.csv"):
        (pets / name).write_text("file,label\n" + "".join(f"{n},x\n" for n in CLASSES))
    with pytest.raises(DataError, match=r"several tables tell .*\(a.csv, b.csv\)"):
        import_source(pets, raw)


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "parquet", "xlsx"])
def test_a_table_with_a_column_of_paths(tmp_path: Path, raw: Path, kind: str) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES, "elsewhere/3.png")
    frame = pd.DataFrame({"id": range(4), "pic": CLASSES, "animal": list(BY_FOLDER.values())})
    path = pets / f"labels.{kind}"
    write = {
        "csv": lambda: frame.to_csv(path, index=False),
        "tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "json": lambda: frame.to_json(path, orient="records"),
        "parquet": lambda: frame.to_parquet(path),
        "xlsx": lambda: write_excel(frame, path),
    }
    write[kind]()
    summary = import_source(path, raw)
    assert summary.target == "animal"
    assert summary.kind == "a table"
    assert labels(raw, "animal") == BY_FOLDER
    assert raw_table(raw)["id"].tolist() == ["0", "1", "2", "3"]
    assert left_out(raw) == {}  # what lies in other folders is no business of the table


def write_excel(frame: pd.DataFrame, path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [list(frame), *frame.to_numpy().tolist()]:
        book.active.append(row)
    book.save(path)


@pytest.mark.parametrize(
    "value", ["{root}/cat/1.png", "cat\\1.png", "./cat/1.png", "cat/../cat/1.png"]
)
def test_paths_as_people_write_them(tmp_path: Path, raw: Path, value: str) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    rows = [value.format(root=pets), "dog/1.png"]
    (pets / "t.csv").write_text(
        "path,label\n" + "".join(f"{row},x{n}\n" for n, row in enumerate(rows))
    )
    import_source(pets / "t.csv", raw)
    found = labels(raw)
    assert len(found) == 2
    assert found == {"cat/1.png": "x0", "dog/1.png": "x1"}


def test_names_without_folder_or_suffix_are_found_where_one_fits(tmp_path: Path, raw: Path) -> None:
    lay_out(tmp_path, "images/a.png", "images/b.png", "images/twin.png", "more/twin.png")
    (tmp_path / "t.csv").write_text("id,label\na,x\nb,y\ntwin.png,x\nnone.png,y\na,x\n")
    import_source(tmp_path / "t.csv", raw)
    assert labels(raw) == {"images/a.png": "x", "images/b.png": "y"}
    assert left_out(raw) == {
        "twin.png": "several files",
        "none.png": "no file",
        "images/a.png": "twice",
        "images/twin.png": "no row",
    }


def test_names_are_compared_in_normal_form(tmp_path: Path, raw: Path) -> None:
    composed, decomposed = "caf\u00e9.png", "cafe\u0301.png"
    lay_out(tmp_path / "pets", decomposed, "b.png")
    (tmp_path / "pets/metadata.csv").write_text(
        f"file_name,label\n{composed},x\nb.png,y\n", "utf-8"
    )
    import_source(tmp_path / "pets", raw)
    assert labels(raw) == {composed: "x", "b.png": "y"}
    assert (raw / "images" / composed).read_bytes() == picture(0)


def test_columns_that_were_named_are_taken_and_must_be_there(tmp_path: Path, raw: Path) -> None:
    lay_out(tmp_path / "pets", *CLASSES)
    table = tmp_path / "pets" / "t.csv"
    rows = [f"{name},{name},{n % 2},{n // 2}\n" for n, name in enumerate(CLASSES)]
    table.write_text("one,two,red,blue\n" + "".join(rows))
    for asked, words in (
        ({}, "which column names the files is not clear (one, two)"),
        ({"path_column": "one"}, "which column holds the label is not clear (red, blue may)"),
        ({"path_column": "none"}, "no column 'none'; the table has one, two, red, blue"),
        ({"path_column": "one", "target": "none"}, "no column 'none' for labels"),
        ({"path_column": "one", "target": "red", "group": "none"}, "no column 'none'"),
    ):
        with pytest.raises((ConfigError, DataError)) as refused:
            import_source(table, raw, **asked)  # type: ignore[arg-type]
        assert words in str(refused.value)
    import_source(table, raw, path_column="one", target="blue", group="red")
    assert set(labels(raw, "blue").values()) == {"0", "1"}


def test_a_column_called_like_the_question_is_the_label(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    rows = [f"{name},x{n % 2},y{n // 2},Training\n" for n, name in enumerate(CLASSES)]
    (pets / "metadata.csv").write_text("file_name,label,shape,split\n" + "".join(rows))
    summary = import_source(pets, raw, task="shape")
    assert set(labels(raw, "shape").values()) == {"y0", "y1"}
    assert raw_table(raw)["label"].tolist() == ["x0", "x1"] * 2
    assert str(summary).splitlines()[-1] == "split: 4 train"
    with pytest.raises(ConfigError, match="width is one of artlens' own"):
        import_source(pets, raw, target="width")


def test_tables_in_a_data_set_name_no_files_elsewhere(tmp_path: Path, raw: Path) -> None:
    lay_out(tmp_path, "secret.png", "pets/a.png", "pets/b.png")
    rows = f"file_name,label\na.png,x\nb.png,y\n../secret.png,x\n{tmp_path}/secret.png,y\n"
    (tmp_path / "pets/metadata.csv").write_text(rows)
    import_source(tmp_path / "pets", raw)
    assert set(labels(raw)) == {"a.png", "b.png"}
    assert set(left_out(raw).values()) == {"no file"}


def test_data_that_was_imported_before_is_no_source(tmp_path: Path, raw: Path) -> None:
    lay_out(tmp_path, "images/a.png", "images/b.png")
    (tmp_path / "t.csv").write_text("id,label\na,x\nb,y\n")
    for _ in range(2):
        import_source(tmp_path / "t.csv", raw)
        assert labels(raw) == {"images/a.png": "x", "images/b.png": "y"}


def test_parquet_with_pictures_in_it(tmp_path: Path, raw: Path) -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    features = {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
    schema = pa.schema(
        [("image", kind), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    for split, seed in (("train", 0), ("test", 2)):
        pictures = [
            {"bytes": picture(seed), "path": "same.png"},
            {"bytes": picture(seed + 1, "JPEG"), "path": None},
        ]
        (tmp_path / "hub/data").mkdir(parents=True, exist_ok=True)
        table = pa.table({"image": pictures, "label": [0, 1]}, schema=schema)
        pq.write_table(table, tmp_path / f"hub/data/{split}-00000-of-00001.parquet")
    import_source(tmp_path / "hub", raw)
    table = raw_table(raw).set_index("filename")
    assert table["label"].tolist() == ["cat", "cat", "dog", "dog"]
    assert sorted(table["split"]) == ["test", "test", "train", "train"]
    jpeg = "data/train-00000-of-00001-000001.jpg"
    assert (raw / "images" / jpeg).read_bytes() == picture(1, "JPEG")
    assert (raw / "images" / "same.png").read_bytes() == picture(2)
    assert (raw / "images/data/train-00000-of-00001-000000.png").read_bytes() == picture(0)
    assert len(set(table["sha256"])) == 4


def test_one_parquet_file_with_pictures(tmp_path: Path, raw: Path) -> None:
    frame = pd.DataFrame({"img": [picture(0), picture(1)], "label": ["cat", "dog"]})
    frame.to_parquet(tmp_path / "pets.parquet")
    import_source(tmp_path / "pets.parquet", raw)
    assert labels(raw) == {"pets-000000.png": "cat", "pets-000001.png": "dog"}


def zip_of(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent))
    return path


def tar_of(folder: Path, path: Path) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as archive:
        archive.add(folder, folder.name)
    return path


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
@pytest.mark.parametrize("metadata", [False, True])
def test_archives_of_these(tmp_path: Path, raw: Path, kind: str, metadata: bool) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    (pets / ".DS_Store").write_bytes(b"of the system")
    if metadata:
        rows = "".join(f"{name},{label} x\n" for name, label in BY_FOLDER.items())
        (pets / "metadata.csv").write_text(f"file_name,label\n{rows}")
    pack = zip_of if kind == "zip" else tar_of
    archive = pack(pets, tmp_path / f"pets.{kind}")
    import_source(archive, raw)
    told = " x" if metadata else ""
    assert labels(raw) == {f"pets/{name}": f"{label}{told}" for name, label in BY_FOLDER.items()}
    for seed, name in enumerate(CLASSES):
        assert (raw / "images/pets" / name).read_bytes() == picture(seed)
    assert raw_table(raw).at[0, "image"] == f"{archive}!pets/cat/1.png"


def label_studio_task(image: str, *choices: str, cancelled: bool = False) -> dict[str, object]:
    results = [
        {"from_name": "animal", "type": "choices", "value": {"choices": [choice]}}
        for choice in choices
    ]
    annotation = {"was_cancelled": cancelled, "result": results}
    return {"id": 1, "data": {"image": image}, "annotations": [annotation]}


def test_label_studio(tmp_path: Path, raw: Path) -> None:
    names = ("a.png", "b.png", "deep/c d.png", "e.png", "f.png", "g.png")
    pets = lay_out(tmp_path / "pets", *names)
    tasks = [
        label_studio_task("/data/upload/3/1a2b3c4d-a.png", "cat"),
        label_studio_task("/data/local-files/?d=b.png", "dog"),
        label_studio_task("/data/local-files/?d=deep/c%20d.png", "cat"),
        label_studio_task("e.png", "cat", "dog"),
        label_studio_task("f.png", "cat", cancelled=True),
        label_studio_task("g.png", "dog"),
    ]
    (pets / "project-1.json").write_text(json.dumps(tasks))
    summary = import_source(pets / "project-1.json", raw)
    found = {"a.png": "cat", "b.png": "dog", "deep/c d.png": "cat", "g.png": "dog"}
    assert labels(raw, "animal") == found | {"e.png": "", "f.png": ""}
    assert "2 without a label" in str(summary)


def test_cvat_tags(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", "images/a.png", "images/b.png")
    (pets / "annotations.xml").write_text(
        "<annotations><meta><task/></meta>"
        '<image id="0" name="a.png"><tag label="cat"/></image>'
        '<image id="1" name="b.png"><tag label="dog"/></image></annotations>'
    )
    import_source(pets, raw)
    assert labels(raw) == {"images/a.png": "cat", "images/b.png": "dog"}


def test_cvat_imagenet_lists(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", "a.png", "b c.png")
    (pets / "synsets.txt").write_text("cat\nbig dog\n")
    (pets / "default.txt").write_text('a.png 0\n"b c.png" 1\n')
    import_source(pets, raw)
    assert labels(raw) == {"a.png": "cat", "b c.png": "big dog"}


def test_cvat_imagenet_folders(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    (pets / "synsets.txt").write_text("cat\ndog\n")
    import_source(zip_of(pets, tmp_path / "export.zip"), raw)
    assert labels(raw) == {f"pets/{name}": label for name, label in BY_FOLDER.items()}


@pytest.mark.parametrize("task", ["split", "asset_id", "width"])
def test_a_question_called_like_a_column_of_artlens_loses_no_label(
    tmp_path: Path, raw: Path, task: str
) -> None:
    names = ("train/cat/1.png", "train/dog/2.png", "test/cat/3.png", "test/dog/4.png")
    summary = import_source(lay_out(tmp_path / "pets", *names), raw, task=task)
    assert (summary.target, summary.classes) == ("label", {"cat": 2, "dog": 2})
    assert set(raw_table(raw)["split"]) == {"train", "test"}
    with pytest.raises(ConfigError, match=f"no column for labels \\({task} is"):
        import_source(tmp_path / "pets", raw, target=task)


def test_a_column_of_folders_is_refused(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    refusal = "no column 'kind'; no table in .*pets tells"
    with pytest.raises(ConfigError, match=refusal):
        import_source(pets, raw, path_column="kind")
    with pytest.raises(ConfigError, match=refusal):
        import_source(pets, raw, group="kind")
    assert not (raw / "images").exists()


def test_a_column_of_groups_is_no_label(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    rows = [
        f"{name},{label},{index % 2}\n" for index, (name, label) in enumerate(BY_FOLDER.items())
    ]
    (pets / "rows.csv").write_text("path,animal,owner\n" + "".join(rows))
    with pytest.raises(DataError, match=r"not clear \(animal, owner may\)"):
        import_source(pets, raw)
    assert import_source(pets, raw, group="owner").target == "animal"


def test_spaces_around_labels_are_cut_and_told(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    rows = [f"{name}, {label} \n" for name, label in BY_FOLDER.items()]
    (pets / "metadata.csv").write_text("file_name,label\n" + "".join(rows))
    assert "spaces around 4 labels are cut" in str(import_source(pets, raw))
    assert labels(raw) == BY_FOLDER


def test_labels_that_a_known_question_does_not_have_are_refused(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    with pytest.raises(ConfigError, match=r"none of the labels \(cat, dog\) is a class of color"):
        import_source(pets, raw, task="color")
    assert not (raw / "images").exists()
    (pets / "cat").rename(pets / "RED")
    assert import_source(pets, raw, task="color").classes == {"RED": 2, "dog": 2}


def test_a_source_without_pictures_is_told_so(tmp_path: Path, raw: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"there is no picture in .*empty; give"):
        import_source(tmp_path / "empty", raw)


def test_what_is_no_source_is_refused(tmp_path: Path, raw: Path) -> None:
    lay_out(tmp_path, "one.png")
    with pytest.raises(ConfigError, match="one picture is no data set"):
        import_source(tmp_path / "one.png", raw)
    with pytest.raises(ConfigError, match="there is nothing at"):
        import_source(tmp_path / "none", raw)
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"no column names pictures .* \(of a, b\)"):
        import_source(tmp_path / "t.csv", raw)


def test_what_cannot_be_looked_at_hides_nothing_else(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    (pets / "cat" / "far.png").symlink_to("x" * 300)
    (pets / "cat" / "loop.png").symlink_to("loop.png")
    (pets / "cat" / "nowhere.png").symlink_to("nowhere")
    (pets / "all").symlink_to(pets)
    summary = import_source(pets, raw)
    assert labels(raw) == BY_FOLDER
    assert summary.passed == {"cannot be read": 1, "no file": 2, "link to a folder": 1}


def test_a_picture_far_too_large_is_left_out(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    (pets / "dog" / "film.png").touch()
    os.truncate(pets / "dog" / "film.png", 1 << 34)
    import_source(pets, raw)
    assert labels(raw) == BY_FOLDER
    assert left_out(raw) == {"dog/film.png": "too large"}


def test_xml_in_an_encoding_that_nobody_knows_is_no_table(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    (pets / "a.xml").write_text("<?xml version='1.0' encoding='utf-0'?><annotations/>")
    assert labels(import_source(pets, raw).table.parent) == BY_FOLDER


def test_a_number_that_parquet_lacks_is_an_empty_cell(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", "1.png", "2.png", "3.png", "4.png")
    names = ["1.png", "2.png", "3.png", "4.png"]
    table = {"file": names, "kind": ["a", "b", "a", "b"], "age": [1.5, None, 3.0, None]}
    pq.write_table(pa.table(table), pets / "pets.parquet")
    import_source(pets, raw, target="kind")
    assert labels(raw, "age") == {"1.png": "1.5", "2.png": "", "3.png": "3", "4.png": ""}


def test_labels_of_a_tool_may_hold_half_a_character(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", "1.png", "2.png", "3.png", "4.png")
    choice = {"from_name": "kind", "value": {"choices": ["a\ud83d"]}}
    task = {"data": {"image": "1.png"}, "annotations": [{"result": [choice]}]}
    other = {"data": {"image": "2.png"}, "annotations": []}
    (pets / "export.json").write_text(json.dumps([task, other]))
    import_source(pets / "export.json", raw, target="kind")
    assert labels(raw, "kind") == {"1.png": "a\ufffd", "2.png": ""}


def test_parquet_with_a_name_that_is_no_text_is_no_table(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(tmp_path / "pets", *CLASSES)
    pq.write_table(pa.table({"file": ["cat/1.png"], "na_me": ["cat"]}), pets / "t.parquet")
    content = (pets / "t.parquet").read_bytes().replace(b"na_me", b"na\xffme")
    (pets / "t.parquet").write_bytes(content)
    assert labels(import_source(pets, raw).table.parent) == BY_FOLDER
    with pytest.raises(DataError, match="is not a Parquet table"):
        import_source(pets / "t.parquet", tmp_path / "other")


def test_a_folder_may_have_any_name(tmp_path: Path, raw: Path) -> None:
    pets = lay_out(Path(os.fsdecode(os.fsencode(tmp_path / "pets") + b"\xff")), *CLASSES)
    for _ in "ab":
        import_source(pets, raw)
        assert labels(raw) == BY_FOLDER
    assert raw_table(raw)["image"].tolist()[0] == f"{tmp_path}/pets\ufffd/cat/1.png"
    with pytest.raises(ConfigError, match="holds what was imported from"):
        import_source(lay_out(tmp_path / "others", *CLASSES), raw)
