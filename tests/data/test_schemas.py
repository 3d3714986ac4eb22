from pathlib import Path

import pandas as pd
import pytest

from src.data.schemas import interim_schema, processed_schema, raw_schema
from src.data.tables import read_table, write_table
from src.errors import ConfigError, DataError
from src.tasks import Task

SHAPE = Task("shape", "form")
LABELS = ["NA", "None", "1", "two words", "круг", "null", "nan", "True"]


def table(labels: list[str]) -> pd.DataFrame:
    names = [f"{n}.jpg" for n in range(len(labels))]
    return pd.DataFrame({"filename": names, "e_0001": 1e9, "image": "", "page": "", "form": labels})


def test_any_text_is_a_label_where_classes_are_learned(tmp_path: Path) -> None:
    schema = processed_schema(["e_0001"], SHAPE)
    frame = table(LABELS).assign(index=0)
    write_table(frame, tmp_path / "t.csv", schema)
    assert read_table(tmp_path / "t.csv", schema)["form"].tolist() == LABELS
    with pytest.raises(DataError, match="column 'form': got '', expected some text"):
        write_table(frame.assign(form=""), tmp_path / "t.csv", schema)


def test_outer_spaces_of_labels_are_cut_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("filename,form,other\n a.jpg , round , kept \n")
    (row,) = read_table(tmp_path / "t.csv", interim_schema(SHAPE)).to_dict("records")
    assert row == {"filename": " a.jpg ", "form": "round", "other": " kept "}
    assert "labels without the spaces around them (form)" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_columns_that_no_schema_knows_are_kept_behind_the_others(
    tmp_path: Path, suffix: str
) -> None:
    path, schema = tmp_path / f"t.{suffix}", processed_schema(["e_0001"], SHAPE)
    frame = table(["x", "y"]).assign(
        index=0, split=pd.Categorical(["train", None]), medium=["oil", ""], year=1890
    )
    write_table(frame[["year", *frame.columns[:-1]]], path, schema)
    read = read_table(path, schema)
    assert list(read)[-3:] == ["year", "split", "medium"]
    assert read["year"].tolist() == ["1890", "1890"]
    assert read["split"].tolist() == ["train", ""]


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "x", ""])
def test_an_unknown_feature_is_any_finite_number(tmp_path: Path, value: str) -> None:
    schema = processed_schema(["e_0001"], SHAPE)
    (tmp_path / "t.csv").write_text(f"filename,e_0001,form\na.jpg,-1e30,x\nb.jpg,{value},x\n")
    with pytest.raises(DataError, match=r"line 3, column 'e_0001': got .*, expected a .*number"):
        read_table(tmp_path / "t.csv", schema)


def test_many_classes_are_not_all_listed(tmp_path: Path) -> None:
    task = Task("shape", "form", classes=tuple(f"class {n}" for n in range(300)))
    (tmp_path / "t.csv").write_text("filename,form\na.jpg,class 300\n")
    with pytest.raises(DataError, match=r"class 11 and 288 more; correct") as error:
        read_table(tmp_path / "t.csv", interim_schema(task))
    assert len(str(error.value)) < 400


def test_a_raw_picture_may_wait_for_its_label(tmp_path: Path) -> None:
    columns = "asset_id,page,image,form,title,creator,filename,sha256,bytes,width,height"
    (tmp_path / "t.csv").write_text(f"{columns}\na,,,,,,a.jpg,AB,1,,\n")
    (row,) = read_table(tmp_path / "t.csv", raw_schema(SHAPE)).to_dict("records")
    assert (row["form"], row["sha256"]) == ("", "ab")
    known = Task("shape", "form", classes=("round", "square"))
    assert read_table(tmp_path / "t.csv", raw_schema(known))["form"].tolist() == [""]
    with pytest.raises(DataError, match="got '', expected one of round, square"):
        read_table(tmp_path / "t.csv", interim_schema(known))


def test_a_measured_picture_may_lack_its_label_for_who_trains(tmp_path: Path) -> None:
    known = Task("shape", "form", classes=("round", "square"))
    (tmp_path / "t.csv").write_text("filename,e_0001,form\na.jpg,1,\nb.jpg,2,round\n")
    schema = processed_schema(["e_0001"], known, maybe_unlabelled=True)
    assert read_table(tmp_path / "t.csv", schema)["form"].tolist() == ["", "round"]
    (tmp_path / "t.csv").write_text("filename,e_0001,form\na.jpg,1,oval\n")
    with pytest.raises(DataError, match="got 'oval', expected one of round, square"):
        read_table(tmp_path / "t.csv", schema)


def test_who_made_a_work_can_be_the_question() -> None:
    task = Task("artist", "creator", classes=("A", "B"))
    for schema in (raw_schema(task), interim_schema(task)):
        assert str(schema.columns["creator"].checks[0].error) == "one of A, B"
        assert list(schema.columns).count("creator") == 1


@pytest.mark.parametrize("column", ["filename", "image", "page", "index", "e_0001"])
def test_a_column_of_the_processed_table_itself_holds_no_answers(column: str) -> None:
    with pytest.raises(ConfigError, match="holds no answers; name another with --target"):
        processed_schema(["e_0001"], Task("shape", column))
