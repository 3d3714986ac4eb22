import csv
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.errors import UnreadableImage
from src.models.prediction.formats import OutputFormat, Result, render_results
from src.records import FailedPrediction, PaletteColor, Prediction, PredictionWarning

CLASSES = ("PINK", "RED")
PALETTE = (PaletteColor("#a01f2c", 0.75, "RED"), PaletteColor("#0a0b0c", 0.25, "BLACK"))
ROSE = Prediction("rooms/rose.jpg", "RED", 0.75, {"RED": 0.75, "PINK": 0.25}, PALETTE)
TORN = FailedPrediction("torn.jpg", UnreadableImage("cannot read torn.jpg: it ends early"))
ANY_NAME = st.binary(min_size=1).map(os.fsdecode)


def render(results: list[Result], output_format: str) -> str:
    return "".join(render_results(results, OutputFormat(output_format), CLASSES))


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
            "score": 0.75,
            "scores": {"RED": 0.75, "PINK": 0.25},
            "palette": [
                {"hex": "#a01f2c", "share": 0.75, "name": "RED"},
                {"hex": "#0a0b0c", "share": 0.25, "name": "BLACK"},
            ],
            "warnings": [],
        },
        {"source": "torn.jpg", "error": "cannot read torn.jpg: it ends early"},
    ]
    assert json.loads(render([ROSE, TORN], "json")) == expected
    assert [json.loads(line) for line in render([ROSE, TORN], "jsonl").splitlines()] == expected
    assert list(json.loads(render([ROSE], "json"))[0]["scores"]) == ["RED", "PINK"]
    assert json.loads(render([], "json")) == []


def test_csv_has_a_column_for_each_class_and_one_for_the_error() -> None:
    assert render([ROSE, TORN], "csv") == (
        "source,label,score,PINK,RED,palette,warnings,error\n"
        "rooms/rose.jpg,RED,0.75,0.25,0.75,#a01f2c:0.750 #0a0b0c:0.250,,\n"
        "torn.jpg,,,,,,,cannot read torn.jpg: it ends early\n"
    )


def test_where_no_label_is_given_the_runners_up_are() -> None:
    warnings = (
        PredictionWarning("abstained", "No class reaches a probability of 0.9."),
        PredictionWarning("unusual_image", "The picture is unlike those of training."),
    )
    unsure = replace(ROSE, label=None, warnings=warnings)
    assert render([unsure], "text") == "-     0.750  rooms/rose.jpg  (RED 0.750, PINK 0.250)\n"
    (row,) = json.loads(render([unsure], "json"))
    assert (row["label"], row["score"]) == (None, 0.75)
    assert row["warnings"][0] == {
        "code": "abstained",
        "message": "No class reaches a probability of 0.9.",
    }
    assert render([unsure], "csv").splitlines()[1] == (
        "rooms/rose.jpg,,0.75,0.25,0.75,#a01f2c:0.750 #0a0b0c:0.250,abstained unusual_image,"
    )


@pytest.mark.parametrize("output_format", sorted(set(OutputFormat) - {OutputFormat.PARQUET}))
def test_each_result_is_written_before_the_next_is_asked_for(output_format: OutputFormat) -> None:
    asked = []

    def results() -> Iterator[Result]:
        for number in range(3):
            asked.append(number)
            yield named(f"{number}.jpg")

    pieces = render_results(results(), output_format, CLASSES)
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
