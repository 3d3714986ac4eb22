"""The documents in references/ and the shipped model's card, held against what they describe."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from src.data.cleaning import REASONS, dropped_schema
from src.data.import_pictures import left_out_schema
from src.data.schemas import interim_schema, processed_schema, raw_schema
from src.data.tables import read_table, write_table
from src.features.extract_features import FEATURE_NAMES
from src.features.extract_features_v2 import FEATURE_NAMES_V2, FEATURES_V2
from src.features.gallery_table import gallery_table
from src.gallery import grading, paintings
from src.models.answer_tables import Heading, table_columns
from src.models.judging.answers_table import COLUMNS
from src.models.reporting.model_card import render_model_card
from src.models.storage.metadata import ModelMetadata, parse_model_json
from src.models.training.pipelines import candidates_of
from src.models.training.plan import FAMILIES, Preset
from src.scraping.manifest import DETAIL_COLUMNS, FAILURE_COLUMNS, MANIFEST_COLUMNS
from src.tasks import COLOR
from src.tasks.color import COLORS

ROOT = Path(__file__).resolve().parent.parent
REFERENCES = ROOT / "references"
MODEL = ROOT / "models" / "color"
HEAD = ["column", "type", "unit", "range", "how computed", "example"]
# pandas says "str" or "string[pyarrow]", by what is installed.
TYPES = {"str": "text", "Int": "whole number", "flo": "number", "Non": "anything"}
SCHEMAS = {
    "data/raw/pictures.csv": raw_schema(COLOR),
    "data/raw/left_out.csv": left_out_schema(),
    "data/interim/pictures.csv": interim_schema(COLOR),
    "data/interim/dropped.csv": dropped_schema("color"),
    "data/processed/pictures.csv": processed_schema(FEATURE_NAMES, COLOR),
}
SECOND = "data/processed/pictures.csv, version 2"


def read_tables(path: Path) -> dict[str, list[dict[str, str]]]:
    """Return the first table of each section of a Markdown file, as rows by column."""
    sections = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {section.split("\n", 1)[0]: first_table(section) for section in sections}


def first_table(section: str) -> list[dict[str, str]]:
    lines = re.search(r"^\|.*(\n\|.*)*", section, re.MULTILINE)
    if lines is None:
        return []
    head, _, *rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in lines[0].splitlines()
    ]
    return [dict(zip(head, row, strict=True)) for row in rows]


DICTIONARY = read_tables(REFERENCES / "data_dictionary.md")
PUBLISHED: dict[str, Any] = json.loads((REFERENCES / "published_results.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def shipped() -> ModelMetadata:
    return parse_model_json((MODEL / "model.json").read_bytes()).metadata


def columns_of(title: str) -> list[str]:
    return [row["column"] for row in DICTIONARY[title]]


def test_dictionary_describes_every_table_and_nothing_else() -> None:
    predicted = table_columns([Heading("color", COLORS)])
    assert {title: columns_of(title) for title in DICTIONARY} == {
        **{title: list(schema.columns) for title, schema in SCHEMAS.items()},
        SECOND: list(FEATURE_NAMES_V2[len(FEATURE_NAMES) :]),
        "data/raw/failed.csv": list(FAILURE_COLUMNS),
        "data/raw/details.csv": list(DETAIL_COLUMNS),
        "Predictions": predicted,
        "Evaluations": ["model", *COLUMNS],
    }
    assert columns_of("data/raw/pictures.csv") == list(MANIFEST_COLUMNS)


def test_dictionary_says_something_of_every_column() -> None:
    for rows in DICTIONARY.values():
        for row in rows:
            assert list(row) == HEAD
            assert all(row[name] for name in HEAD[:-1]), row


@pytest.mark.parametrize(
    ("title", "schema"),
    [*SCHEMAS.items(), (SECOND, processed_schema(FEATURE_NAMES_V2, COLOR))],
)
def test_dictionary_gives_types_and_ranges_as_the_schema_has_them(
    title: str, schema: pa.DataFrameSchema
) -> None:
    for row in DICTIONARY[title]:
        column = schema.columns[row["column"]]
        assert row["type"] == TYPES[str(column.dtype)[:3]], row["column"]
        assert expected_range(column) in row["range"], row["column"]
        assert ("there once" in row["range"]) == column.unique, row["column"]


def expected_range(column: pa.Column) -> str:
    """Return what the dictionary says of a column's first check, by the check's own message."""
    said = str(column.checks[0].error) if column.checks else "–"
    if said.startswith("one of BLACK"):
        return "one of the 11 colours"
    if said.startswith("one of not fetched"):
        return "one of the reasons below"
    number = re.fullmatch(r"a number in \[(-?\d+), (\d+)\]", said)
    if number:
        return f"{number[1]} to {number[2]}"
    return {"some text": "not empty", "a whole number, 0 or more": "0 or more"}.get(said, said)


@pytest.mark.parametrize("title", SCHEMAS)
def test_examples_form_a_row_that_the_schema_lets_pass(title: str, tmp_path: Path) -> None:
    row = {entry["column"]: entry["example"] for entry in DICTIONARY[title]}
    path = tmp_path / "pictures.csv"
    pd.DataFrame([row]).to_csv(path, index=False)
    write_table(read_table(path, SCHEMAS[title]), path, SCHEMAS[title])


def test_example_of_the_features_is_the_first_painting_of_the_gallery(tmp_path: Path) -> None:
    path = tmp_path / "pictures.csv"
    schema = processed_schema(FEATURE_NAMES_V2, COLOR)
    write_table(gallery_table(1, seed=0, jobs=1, spec=FEATURES_V2), path, schema)
    painted = pd.read_csv(path, dtype=str, keep_default_na=False).iloc[0].to_dict()
    told = [*DICTIONARY["data/processed/pictures.csv"], *DICTIONARY[SECOND]]
    assert {row["column"]: row["example"] for row in told} == painted


def test_dictionary_gives_every_reason_for_leaving_a_picture_out() -> None:
    text = (REFERENCES / "data_dictionary.md").read_text("utf-8")
    told = re.findall(r"^\| `([a-z ]+)` \| ([^|]+) \|$", text, re.MULTILINE)
    assert dict(told) == dict(REASONS)


def test_datasheet_has_the_painter_s_own_numbers(shipped: ModelMetadata) -> None:
    text = (REFERENCES / "gallery_datasheet.md").read_text("utf-8")
    plan = [commission.color for commission in paintings.plan_gallery(12_000, seed=0)]
    for counts in (paintings.PUBLISHED_COUNTS, {color: plan.count(color) for color in COLORS}):
        assert f"| {' | '.join(str(counts[color]) for color in COLORS)} |" in text
    assert f"| {' | '.join(COLORS)} |" in text
    assert f"spread narrowed to {grading.SPREAD})" in text
    assert f"{paintings.MODERN_SHARE:.0%}".replace("%", " %") + " follow the *modern*" in text
    # Its figures were measured on the gallery that the shipped model was trained on. Digests are
    # not compared: another processor may round one of 216,000 features to another sixth digit.
    assert "(12,000 pictures, seed 0), whose table has the SHA-256" in text
    assert shipped.data_source.endswith(" 12000 pictures, seed 0")


def test_published_results_hold_together() -> None:
    assert [row["family"] for row in PUBLISHED["leaderboard"]] == sorted(
        FAMILIES, key=lambda family: -score_of(family)
    )
    assert set(PUBLISHED["permutation_importance"]) == set(FEATURE_NAMES)
    confusion = PUBLISHED["confusion_percent"]
    assert sorted(confusion["classes"]) == sorted(COLORS)
    assert np.array(confusion["rows"]).sum(axis=1) == pytest.approx(100, abs=0.5)
    scrape = PUBLISHED["scrape"]
    assert scrape["tiles"] - scrape["without_an_address"] == scrape["kept"]
    assert sum(paintings.PUBLISHED_COUNTS.values()) == pytest.approx(scrape["kept"], abs=5)


def score_of(family: str) -> float:
    return float({row["family"]: row["cv_mean"] for row in PUBLISHED["leaderboard"]}[family])


@pytest.mark.parametrize("family", FAMILIES)
def test_published_search_has_the_published_grids(family: str) -> None:
    assert candidates_of(family, Preset.PUBLISHED).grid == PUBLISHED["grids"][family]
    fixed = candidates_of(family, Preset.PUBLISHED).fixed
    assert PUBLISHED["fixed"].get(family, {}).items() <= fixed.items()
    (best,) = [row["params"] for row in PUBLISHED["leaderboard"] if row["family"] == family]
    assert all(value in PUBLISHED["grids"][family][name] for name, value in best.items())


def test_card_of_the_shipped_model_is_what_its_metadata_say(shipped: ModelMetadata) -> None:
    """But for one section, which tells what no metadata know: whose word the labels are."""
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    before, by_hand = card.split("## What it learned from, and what it says elsewhere\n")
    after = by_hand[by_hand.index("## ") :]
    assert before + after == render_model_card(shipped)
    told = {row["figure"]: row[f"on {shipped.holdout.rows} rows"] for row in card_table("Hold-out")}
    assert float(told["accuracy"]) == pytest.approx(shipped.holdout.accuracy, abs=5e-5)
    assert float(told["macro F1"]) == pytest.approx(shipped.holdout.macro_f1, abs=5e-5)
    assert [row["family"] for row in card_table("Leaderboard")] == [
        row.family for row in shipped.leaderboard
    ]
    counts = [list(map(int, list(row.values())[1:])) for row in card_table("Confusion matrix")]
    assert counts == shipped.holdout.confusion_matrix


def card_table(title: str) -> list[dict[str, str]]:
    return read_tables(MODEL / "README.md")[title]


def test_links_of_the_documents_lead_somewhere() -> None:
    for path in (*REFERENCES.glob("*.md"), *ROOT.glob("*.md"), MODEL / "README.md"):
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", text):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
