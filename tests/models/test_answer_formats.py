import csv
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from src.errors import UnreadableImage
from src.models import answer_tables
from src.models.answer_formats import WRITERS, OutputFormat, render_answers
from src.models.answer_tables import Heading, table_columns, write_workbook
from src.models.answers import UNUSUAL, Result
from src.records import FailedPrediction, ModelTag, PaletteColor, Prediction, PredictionWarning

COLOR = Heading("color", ("PINK", "RED"))
SHAPE = Heading("shape", ("round", "a very long name for something without any corner at all"))
PALETTE = (PaletteColor("#a01f2c", 0.75, "RED"), PaletteColor("#0a0b0c", 0.25, "BLACK"))
ROSE = Prediction(
    "rooms/rose.jpg",
    "RED",
    0.75,
    {"RED": 0.75, "PINK": 0.25},
    PALETTE,
    stands_on=PALETTE[0],
    model=ModelTag("color", "color", "svm", "ebfd08804bbc"),
    labels=("RED",),
)
TORN = FailedPrediction("torn.jpg", UnreadableImage("cannot read torn.jpg: it ends early"))
ANY_NAME = st.binary(min_size=1).map(os.fsdecode)


def render(results: list[Result], output_format: str) -> str:
    one_each = ([result] for result in results)
    return "".join(render_answers(one_each, OutputFormat(output_format), [COLOR]))


def named(source: str) -> Prediction:
    return Prediction(source, "RED", 0.75, ROSE.scores)


def test_text_is_aligned_and_leaves_failures_to_the_report() -> None:
    pale = Prediction("pale.png", "PINK", 1.0, {"PINK": 1.0, "RED": 0.0})
    assert render([ROSE, TORN, pale], "text") == (
        "RED   0.750  rooms/rose.jpg\nPINK  1.000  pale.png\n"
    )
    assert render([named("a\n\x1b[2Jb")], "text") == "RED   0.750  a\\n\\x1b[2Jb\n"


def test_json_is_one_array_and_jsonl_the_same_line_by_line() -> None:
    expected = [
        {
            "source": "rooms/rose.jpg",
            "label": "RED",
            "labels": ["RED"],
            "score": 0.75,
            "scores": {"RED": 0.75, "PINK": 0.25},
            "stands_on": {"hex": "#a01f2c", "share": 0.75, "name": "RED"},
            "warnings": [],
            "model": {"name": "color", "task": "color", "family": "svm", "version": "ebfd08804bbc"},
            "palette": [
                {"hex": "#a01f2c", "share": 0.75, "name": "RED"},
                {"hex": "#0a0b0c", "share": 0.25, "name": "BLACK"},
            ],
        },
        {"source": "torn.jpg", "error": "cannot read torn.jpg: it ends early"},
    ]
    assert json.loads(render([ROSE, TORN], "json")) == expected
    assert [json.loads(line) for line in render([ROSE, TORN], "jsonl").splitlines()] == expected
    assert list(json.loads(render([ROSE], "json"))[0]["scores"]) == ["RED", "PINK"]
    assert json.loads(render([], "json")) == []


def test_csv_has_a_column_for_each_class_and_one_for_the_error() -> None:
    assert render([ROSE, TORN], "csv") == (
        "source,label,score,PINK,RED,model,palette,stands_on,warnings,error\n"
        "rooms/rose.jpg,RED,0.75,0.25,0.75,color@ebfd08804bbc,#a01f2c:0.750 #0a0b0c:0.250,#a01f2c,,"
        "\ntorn.jpg,,,,,,,,,cannot read torn.jpg: it ends early\n"
    )
    assert render([ROSE, TORN], "tsv") == render([ROSE, TORN], "csv").replace(",", "\t")


def test_where_no_label_is_given_the_runners_up_are() -> None:
    warnings = (
        PredictionWarning("abstained", "No class reaches a probability of 0.9."),
        PredictionWarning("unusual_image", "The picture is unlike those of training."),
    )
    unsure = replace(ROSE, label=None, labels=(), stands_on=None, warnings=warnings)
    assert render([unsure], "text") == (
        "-     0.750  rooms/rose.jpg  (RED 0.750, PINK 0.250)  [unusual_image]\n"
    )
    (row,) = json.loads(render([unsure], "json"))
    assert (row["label"], row["score"]) == (None, 0.75)
    assert row["warnings"][0] == {
        "code": "abstained",
        "message": "No class reaches a probability of 0.9.",
    }
    assert render([unsure], "csv").splitlines()[1] == (
        "rooms/rose.jpg,,0.75,0.25,0.75,color@ebfd08804bbc,#a01f2c:0.750 #0a0b0c:0.250,,"
        "abstained unusual_image,"
    )


def test_text_marks_what_is_warned_of_behind_all_else() -> None:
    odd = replace(ROSE, warnings=(UNUSUAL, PredictionWarning("truncated", "Its end is missing.")))
    marked, plain = render([odd, ROSE], "text").splitlines()
    assert marked == f"{plain}  [unusual_image truncated]"
    assert plain.split() == ["RED", "0.750", "rooms/rose.jpg"]


def test_so_many_classes_are_named_as_are_asked_for() -> None:
    def first(top: int, result: Prediction = ROSE, output_format: str = "text") -> str:
        return next(render_answers([[result]], OutputFormat(output_format), [COLOR], top))

    assert first(1) == render([ROSE], "text")
    assert first(2) == first(9) == "RED   0.750  rooms/rose.jpg  (PINK 0.250)\n"
    assert (
        first(1, replace(ROSE, label=None, labels=()))
        == "-     0.750  rooms/rose.jpg  (RED 0.750)\n"
    )
    assert json.loads(first(1, ROSE, "jsonl"))["scores"] == {"RED": 0.75}


@pytest.mark.parametrize("output_format", sorted(set(OutputFormat) - set(WRITERS)))
def test_each_result_is_written_before_the_next_is_asked_for(output_format: OutputFormat) -> None:
    asked = []

    def results() -> Iterator[Result]:
        for number in range(3):
            asked.append(number)
            yield named(f"{number}.jpg")

    pieces = render_answers(([result] for result in results()), output_format, [COLOR])
    assert any("1.jpg" in piece for piece in pieces)
    assert asked == [0, 1]


def test_names_in_json_stay_readable() -> None:
    assert "Müller.jpg" in render([named("Müller.jpg")], "jsonl")


@given(ANY_NAME)
def test_any_name_survives_in_json_and_csv(name: str) -> None:
    for output_format in ("json", "jsonl"):
        text = render([named(name)], output_format)
        assert text.encode().decode() == text
        row = json.loads(text)
        assert (row[0] if output_format == "json" else row)["source"] == name
    assert render([named(name)], "jsonl").count("\n") == 1
    content = render([named(name)], "csv").encode("utf-8", "surrogateescape")
    lines = StringIO(content.decode("utf-8", "surrogateescape"), newline="")
    assert [row["source"] for row in csv.DictReader(lines)] == [name]


ROUND = Prediction("rooms/rose.jpg", "round", 0.9, {"round": 0.9, SHAPE.classes[1]: 0.1}, PALETTE)


def render_both(results: list[Result], output_format: str) -> str:
    return "".join(render_answers([results], OutputFormat(output_format), [COLOR, SHAPE]))


def test_several_tasks_stand_side_by_side_under_their_names() -> None:
    text = render_both([ROSE, ROUND], "text")
    assert text == f"RED   0.750  {'round':<32}  0.900  rooms/rose.jpg\n"
    (row,) = json.loads(render_both([ROSE, ROUND], "json"))
    assert list(row) == ["source", "tasks", "palette"]
    assert row["tasks"]["shape"]["label"] == "round"
    assert row["tasks"]["color"]["scores"] == {"RED": 0.75, "PINK": 0.25}
    (cells,) = csv.DictReader(StringIO(render_both([ROSE, ROUND], "csv")))
    assert (cells["color"], cells["shape"], cells["shape score"]) == ("RED", "round", "0.9")
    assert (cells["color: PINK"], cells["shape: round"]) == ("0.25", "0.9")


def test_of_several_tasks_each_says_what_it_warns_of() -> None:
    unsure = replace(
        ROUND, label=None, labels=(), warnings=(PredictionWarning("abstained", "None."),)
    )
    assert "  -" in render_both([ROSE, unsure], "text")
    assert "(round 0.900, " in render_both([ROSE, unsure], "text")
    (cells,) = csv.DictReader(StringIO(render_both([ROSE, unsure], "csv")))
    assert (cells["shape"], cells["warnings"]) == ("", "shape:abstained")
    odd = replace(ROUND, warnings=(UNUSUAL,))
    assert render_both([ROSE, odd], "text").endswith("  rooms/rose.jpg  [shape:unusual_image]\n")


def test_of_several_tasks_each_says_which_model_answered() -> None:
    tags = [ModelTag(name, name, "svm", 12 * name[0]) for name in ("color", "shape")]
    said: list[Result] = [replace(ROSE, model=tags[0]), replace(ROUND, model=tags[1])]
    (cells,) = csv.DictReader(StringIO(render_both(said, "csv")))
    assert (cells["color model"], cells["shape model"]) == (
        "color@cccccccccccc",
        "shape@ssssssssssss",
    )
    assert cells["stands_on"] == "#a01f2c"
    (row,) = json.loads(render_both(said, "json"))
    assert row["tasks"]["shape"]["model"]["version"] == "ssssssssssss"
    assert row["tasks"]["shape"]["stands_on"] is None


def test_of_several_tasks_a_failure_is_told_once() -> None:
    assert render_both([TORN, TORN], "text") == ""
    assert json.loads(render_both([TORN, TORN], "jsonl")) == {
        "source": "torn.jpg",
        "error": "cannot read torn.jpg: it ends early",
    }
    (cells,) = csv.DictReader(StringIO(render_both([TORN, TORN], "csv")))
    assert cells["error"] == "cannot read torn.jpg: it ends early"
    assert cells["color"] == cells["shape: round"] == ""


def read_workbook(results: list[Result]) -> list[list[list[Any]]]:
    file = BytesIO()
    write_workbook(([result] for result in results), [COLOR], file)
    sheets = load_workbook(file, read_only=True).worksheets
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in sheets]


def test_excel_gets_numbers_as_numbers_and_text_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_tables, "SHEET_ROWS", 2)
    names = ["=1+1", "#N/A", "a\x01b.jpg", os.fsdecode(b"\xff.jpg"), "12"]
    sheets = read_workbook([*map(named, names), TORN])
    assert len(sheets) == 3
    rows = [row for head, *rows in sheets for row in rows]
    assert {tuple(head) for head, *_ in sheets} == {tuple(table_columns([COLOR]))}
    assert [row[0] for row in rows] == [
        *("=1+1", "#N/A", "a\\x01b.jpg", "\\xff.jpg", "12"),
        "torn.jpg",
    ]
    assert rows[0][1:5] == ["RED", 0.75, 0.25, 0.75]
    assert rows[-1][1:] == [*[None] * 8, str(TORN.error)]
    file = BytesIO()
    write_workbook([[named("=1+1")]], [COLOR], file)
    cell = load_workbook(file).worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_workbook_without_answers_has_its_heading() -> None:
    assert read_workbook([]) == [[table_columns([COLOR])]]


@pytest.mark.parametrize(
    ("name", "found"),
    [("a.XLSX", "xlsx"), ("a.ndjson", "jsonl"), ("a.txt", "text"), ("a.doc", None), ("csv", None)],
)
def test_a_file_says_by_its_name_how_it_is_written(name: str, found: str | None) -> None:
    assert OutputFormat.of_file(Path(name)) == found
