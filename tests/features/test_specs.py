from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.data.schemas import processed_schema
from src.data.tables import read_table, write_table
from src.errors import ConfigError, DataError
from src.features.backbones import embedding_spec, find_backbone
from src.features.extract_features import FEATURES_V1, extract_features
from src.features.extract_features_v2 import FEATURES_V2, extract_features_v2
from src.features.specs import SPECS, Features, extract
from src.tasks import Task

PICTURE = np.random.default_rng(3).integers(0, 256, (20, 30, 3), np.uint8)
# Noise, specks on black and on white (as skewed as can be), a single pixel, teal (across from red).
SPECKS = 255 * (PICTURE > 250).astype(np.uint8)
PICTURES = (PICTURE, SPECKS, 255 - SPECKS, PICTURE[:1, :1], np.full_like(PICTURE, (128, 128, 0)))


def test_each_spec_gets_its_own_features() -> None:
    assert extract(PICTURE, FEATURES_V1).tolist() == extract_features(PICTURE).tolist()
    assert extract(PICTURE, FEATURES_V2).tolist() == extract_features_v2(PICTURE).tolist()


def test_the_command_line_has_a_name_for_every_version() -> None:
    assert {features.value: features.spec() for features in Features} == {
        "v1": FEATURES_V1,
        "v2": FEATURES_V2,
        "embedding": embedding_spec(find_backbone()),
    }
    assert SPECS == {1: FEATURES_V1, 2: FEATURES_V2}


@pytest.mark.parametrize(
    "unknown",
    [replace(FEATURES_V2, version=3), replace(FEATURES_V1, decode="by hand")],
    ids=["version", "decode"],
)
def test_an_unknown_spec_is_refused_with_what_was_found(unknown: object) -> None:
    with pytest.raises(ConfigError, match=r"versions 1, 2\)") as refusal:
        extract(PICTURE, unknown)  # type: ignore[arg-type]
    assert "version" in str(refusal.value)


@pytest.mark.parametrize("features", Features)
def test_tables_take_whatever_a_picture_can_have(features: Features, tmp_path: Path) -> None:
    schema = processed_schema(features.spec().names, Task("color", "color", classes=("RED",)))
    vectors = [extract(picture, features.spec()) for picture in PICTURES]
    table = pd.DataFrame(vectors, columns=list(features.spec().names)).assign(
        filename=[f"{i}.png" for i in range(len(PICTURES))],
        image="",
        page="",
        color="RED",
        index=range(len(PICTURES)),
    )
    write_table(table, tmp_path / "table.csv", schema)
    read = read_table(tmp_path / "table.csv", schema)[list(features.spec().names)]
    np.testing.assert_allclose(read, vectors, rtol=5e-6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hue_lab_cos", -1.01),
        ("hue_lab_concentration", -0.01),
        ("red_share", 1.01),
        ("b_lab_skew", -256),
        ("a_lab_p90", -1),
        ("a_lab_mean", -1),
    ],
)
def test_tables_refuse_what_no_picture_can_have(name: str, value: float, tmp_path: Path) -> None:
    schema = processed_schema([name], Task("color", "color", classes=("RED",)))
    row = {"filename": "a.png", name: value, "image": "", "page": "", "color": "RED", "index": 0}
    with pytest.raises(DataError, match=name):
        write_table(pd.DataFrame([row]), tmp_path / "table.csv", schema)
