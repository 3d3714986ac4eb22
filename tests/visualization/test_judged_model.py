"""What a report is made of."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from src.config import settings
from src.data.schemas import processed_schema
from src.data.tables import write_table
from src.errors import DataError, ModelMismatch
from src.features.extract_features import FEATURES_V1
from src.gallery.paintings import paint, plan_gallery
from src.models.artifact import LoadedModel
from src.models.predict_model import Classifier
from src.models.reporting.training_report import ConsoleProgress
from src.models.storage.metadata import FittedModel
from src.models.training.best_model import fit_best_model
from src.models.training.plan import Preset, SearchPlan
from src.models.training.table import TrainingTable, paint_training_table
from src.tasks import COLOR
from src.visualization.judged_model import (
    JudgedModel,
    find_model_table,
    find_pictures_of,
    judge_model,
)
from tests.models.example_metadata import METADATA
from tests.models.training_tables import make_table

TABLE = make_table()
PLAN = SearchPlan(("logistic_regression",), Preset.SMOKE, seed=3, jobs=1)


@pytest.fixture(scope="module")
def fitted() -> FittedModel:
    data = TrainingTable(TABLE, "test", "0" * 64)
    return fit_best_model(data, FEATURES_V1, COLOR, PLAN, ConsoleProgress(terminal=False))


def test_the_hold_out_is_that_of_training(fitted: FittedModel) -> None:
    model = Classifier(LoadedModel(fitted.estimator, fitted.metadata))
    shuffled = TABLE.sample(frac=1, random_state=1)
    judged = judge_model(model, shuffled)
    assert isinstance(judged, JudgedModel)
    assert len(judged.judged) == fitted.metadata.holdout.rows
    right = (judged.judged["truth"] == judged.judged["answer"]).mean()
    assert right == pytest.approx(fitted.metadata.holdout.accuracy)
    by_name = TABLE.set_index("filename")
    rows = by_name.loc[judged.judged["filename"]]
    assert list(rows["color"]) == list(judged.judged["truth"])
    features = rows[list(FEATURES_V1.names)].to_numpy(float)
    assert np.array_equal(features, judged.split.holdout.features)
    assert list(judged.answer(features)) == list(judged.judged["answer"])
    seen = {tuple(row) for row in judged.split.training.features}
    assert not seen & {tuple(row) for row in features}


def test_a_model_that_does_not_repeat_its_figures_is_refused(fitted: FittedModel) -> None:
    holdout = replace(fitted.metadata.holdout, confusion_matrix=[[1, 0, 0, 0]] * 4)
    metadata = replace(fitted.metadata, holdout=holdout)
    with pytest.raises(ModelMismatch, match="does not repeat its hold-out figures"):
        judge_model(Classifier(LoadedModel(fitted.estimator, metadata)), TABLE)


def test_the_gallery_that_a_model_came_from_is_painted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.visualization.judged_model._find_table", lambda metadata: None)
    painted = paint_training_table(2, 3, 1, FEATURES_V1)
    metadata = replace(METADATA, data_source=painted.source, data_sha256=painted.sha256)
    found = find_model_table(metadata, None, jobs=1)
    pd.testing.assert_frame_equal(found.table, painted.table)
    with pytest.raises(DataError, match=r"is not the table .*2 pictures, seed 3"):
        find_model_table(replace(metadata, data_sha256="0" * 64), None, jobs=1)


def test_the_projects_own_table_is_found_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    (tmp_path / "processed").mkdir()
    (tmp_path / "processed" / "pictures.csv").write_bytes(b"another table")
    mine = tmp_path / "processed" / "gallery.csv"
    write_table(TABLE, mine, processed_schema(FEATURES_V1.names, COLOR))
    digest = sha256(mine.read_bytes()).hexdigest()
    found = find_model_table(replace(METADATA, data_sha256=digest))
    settings.cache_clear()
    assert (found.sha256, found.source, len(found.table)) == (digest, "gallery.csv", len(TABLE))


def test_paintings_of_the_gallery_are_painted_anew() -> None:
    commission = plan_gallery(3, seed=5)[2]
    name = f"{commission.name}.png"
    load = find_pictures_of(
        pd.DataFrame({"filename": [name], "image": [f"gallery:{commission.name}"]}), Path("none")
    )
    assert load is not None
    assert np.array_equal(load(name), paint(commission)[..., ::-1])


def test_pictures_of_a_folder_come_red_first_and_only_if_all_are_there(tmp_path: Path) -> None:
    table = pd.DataFrame({"filename": ["a.png", "b.png"], "image": ["", ""]})
    cv2.imwrite(str(tmp_path / "a.png"), np.full((5, 5, 3), (0, 0, 200), np.uint8))
    assert find_pictures_of(table, tmp_path) is None
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((5, 5, 3), np.uint8))
    load = find_pictures_of(table, tmp_path)
    assert load is not None
    assert load("a.png")[0, 0].tolist() == [200, 0, 0]


def test_a_tasks_own_table_is_found_below_the_tables_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    mine = tmp_path / "processed" / "color" / "pictures.csv"
    mine.parent.mkdir(parents=True)
    write_table(TABLE, mine, processed_schema(FEATURES_V1.names, COLOR))
    digest = sha256(mine.read_bytes()).hexdigest()
    found = find_model_table(replace(METADATA, data_sha256=digest))
    settings.cache_clear()
    assert (found.sha256, len(found.table)) == (digest, len(TABLE))


def test_rows_of_classes_that_were_left_out_of_training_judge_nothing(fitted: FittedModel) -> None:
    model = Classifier(LoadedModel(fitted.estimator, fitted.metadata))
    rare = TABLE.head(3).assign(color="TEAL", filename=["x", "y", "z"], b_bgr_mean=[1.0, 2.0, 3.0])
    judged = judge_model(model, pd.concat([TABLE, rare]))
    assert len(judged.table) == len(judge_model(model, TABLE).table)


def test_the_first_folder_that_holds_all_pictures_gives_them(tmp_path: Path) -> None:
    table = pd.DataFrame({"filename": ["a.png"]})
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    cv2.imwrite(str(tmp_path / "two" / "a.png"), np.full((5, 5, 3), (0, 0, 200), np.uint8))
    load = find_pictures_of(table, tmp_path / "one", tmp_path / "two")
    assert load is not None
    assert load("a.png")[0, 0].tolist() == [200, 0, 0]


def test_file_names_like_a_paintings_need_not_be_one(tmp_path: Path) -> None:
    table = pd.DataFrame({"filename": ["grey-00001-seed2.png"], "image": ["gallery:x"]})
    assert find_pictures_of(table, tmp_path) is None
