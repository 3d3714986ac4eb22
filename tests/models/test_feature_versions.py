"""Version 2 of the features on its whole way, from pictures to answers."""

import asyncio
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pandas as pd
import pytest

from src.errors import ModelMismatch
from src.features.build_features import build_features
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.features.extract_features_v2 import FEATURE_NAMES_V2, FEATURES_V2
from src.features.gallery_table import gallery_table
from src.features.specs import Features, extract
from src.images import load_image
from src.models.predict_model import Classifier, Prediction, load_model, predict, predict_many
from src.models.train_model import train_model
from src.models.training.plan import Preset
from src.service.app import create_app
from tests.models.fitted_models import BGR, paint

PER_CLASS = 10


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with thirty pictures of three colours, and the table that says which."""
    home = tmp_path_factory.mktemp("versions")
    (home / "images").mkdir()
    rng = np.random.default_rng(0)
    labels = [label for label in BGR for _ in range(PER_CLASS)]
    for i, label in enumerate(labels):
        cv2.imwrite(str(home / "images" / f"{i}.png"), paint(label, rng))
    rows = pd.DataFrame({"filename": [f"{i}.png" for i in range(len(labels))], "color": labels})
    rows.to_csv(home / "interim.csv", index=False)
    for features in (Features.V1, Features.V2):
        build_features(
            home / "interim.csv",
            home / "images",
            out=home / f"{features}.csv",
            jobs=1,
            features=features,
        )
    return home


def train(home: Path, table: Features, features: Features) -> Classifier:
    folder = home / f"{features}-on-{table}"
    train_model(
        data=home / f"{table}.csv",
        out=folder,
        search=Preset.SMOKE,
        jobs=1,
        families="svm",
        features=features,
    )
    return load_model(folder)


@pytest.fixture(scope="module")
def second(home: Path) -> Classifier:
    return train(home, Features.V2, Features.V2)


def test_a_table_of_version_2_is_that_of_version_1_with_more_columns(home: Path) -> None:
    first, second = pd.read_csv(home / "v1.csv"), pd.read_csv(home / "v2.csv")
    assert [name for name in second if name in FEATURE_NAMES_V2] == list(FEATURE_NAMES_V2)
    pd.testing.assert_frame_equal(second[list(first)], first)
    paths = [home / "images" / str(filename) for filename in second["filename"]]
    vectors = [extract(load_image(path), FEATURES_V2) for path in paths]
    np.testing.assert_allclose(second[list(FEATURE_NAMES_V2)], vectors, rtol=5e-6)


def test_the_gallery_is_measured_as_asked() -> None:
    first = gallery_table(3, seed=1, jobs=1)
    second = gallery_table(3, seed=1, jobs=1, spec=FEATURES_V2)
    assert list(second.columns[1:65]) == list(FEATURE_NAMES_V2)
    pd.testing.assert_frame_equal(second[list(first)], first)


def test_a_model_measures_pictures_as_its_spec_says(home: Path, second: Classifier) -> None:
    assert second.metadata.feature_spec == FEATURES_V2
    paths = [home / "images" / f"{i}.png" for i in (0, PER_CLASS, 2 * PER_CLASS)]
    features = np.array([extract(load_image(path), FEATURES_V2) for path in paths])
    expected = second.predict_scores(features)
    single = [predict(path, model=second) for path in paths]
    many = [found for found in predict_many(paths, model=second) if isinstance(found, Prediction)]
    assert [found.label for found in single] == list(BGR)
    for answers in (single, many):
        scores = [[answer.scores[name] for name in second.classes] for answer in answers]
        np.testing.assert_allclose(scores, expected, atol=1e-9)


def test_a_model_refuses_features_of_the_other_version(home: Path, second: Classifier) -> None:
    picture = load_image(home / "images" / "0.png")
    with pytest.raises(ModelMismatch, match=r"shape \(1, 18\).*\(n, 64\).*version 2"):
        second.predict_scores(extract(picture, FEATURES_V1)[np.newaxis])
    first = train(home, Features.V1, Features.V1)
    with pytest.raises(ModelMismatch, match=r"shape \(1, 64\).*\(n, 18\).*version 1"):
        first.predict_scores(extract(picture, FEATURES_V2)[np.newaxis])


def test_version_1_is_trained_on_its_columns_of_a_table_of_version_2(home: Path) -> None:
    own, other = train(home, Features.V1, Features.V1), train(home, Features.V2, Features.V1)
    assert own.metadata.feature_spec == other.metadata.feature_spec == FEATURES_V1
    row = pd.read_csv(home / "v1.csv")[list(FEATURE_NAMES)].to_numpy()[:5]
    assert (own.predict_scores(row) == other.predict_scores(row)).all()


def test_version_2_cannot_be_trained_on_a_table_of_version_1(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        train(home, Features.V1, Features.V2)
    assert left.value.code == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "v1.csv lacks 46 features of version 2 (hue_lab_cos and so on)" in error
    assert "build-features --features v2" in error


def test_a_table_that_lacks_more_is_told_all_that_is_missing(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pd.read_csv(home / "v1.csv").drop(columns="l_lab_mean").to_csv(tmp_path / "v1.csv")
    with pytest.raises(SystemExit):
        train(tmp_path, Features.V1, Features.V2)
    assert "lacks 47 of its columns (l_lab_mean, hue_lab_cos, " in capsys.readouterr().err


def test_the_service_measures_as_the_models_spec_says(home: Path, second: Classifier) -> None:
    path = home / "images" / "0.png"
    found, known = asyncio.run(ask_service(second, path))
    assert found["scores"] == pytest.approx(predict(path, model=second).scores, abs=1e-5)
    assert "'version': 2" in str(known)


async def ask_service(model: Classifier, path: Path) -> tuple[Any, Any]:
    """Return what a service with the model says of a picture, and of itself."""
    app = create_app(model)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        found = await client.post("/v1/predict", files={"file": ("a.png", path.read_bytes())})
        known = await client.get("/v1/model")
        return found.json(), known.json()
