"""The parts of a report that are not seen in a whole one."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from src.config import settings
from src.data.schemas import processed_schema, write_table
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
from src.visualization.reporting.judged_model import judge_model
from src.visualization.reporting.model_table import find_model_table
from src.visualization.reporting.page import DrawnPlate, render_page
from src.visualization.reporting.pictures import find_pictures_of
from src.visualization.reporting.plates import plan_plates
from tests.models.example_metadata import METADATA
from tests.models.training_tables import make_table
from tests.visualization.drawn import texts

TABLE = make_table()
PLAN = SearchPlan(("logistic_regression",), Preset.SMOKE, seed=3, jobs=1)


@pytest.fixture(scope="module")
def fitted() -> FittedModel:
    data = TrainingTable(TABLE, "test", "0" * 64)
    return fit_best_model(data, FEATURES_V1, COLOR, PLAN, ConsoleProgress(terminal=False))


def test_the_hold_out_is_that_of_training(fitted: FittedModel) -> None:
    model = Classifier(LoadedModel(fitted.estimator, fitted.metadata))
    shuffled = TABLE.sample(frac=1, random_state=1)
    judged = judge_model(model, shuffled, COLOR)
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
        judge_model(Classifier(LoadedModel(fitted.estimator, metadata)), TABLE, COLOR)


def test_the_gallery_that_a_model_came_from_is_painted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.visualization.reporting.model_table._usual_places", lambda task: [])
    painted = paint_training_table(2, 3, 1, FEATURES_V1)
    metadata = replace(METADATA, data_source=painted.source, data_sha256=painted.sha256)
    found = find_model_table(metadata, COLOR, None, jobs=1)
    pd.testing.assert_frame_equal(found.table, painted.table)
    with pytest.raises(DataError, match=r"is not the table .*2 pictures, seed 3"):
        find_model_table(replace(metadata, data_sha256="0" * 64), COLOR, None, jobs=1)


def test_the_projects_own_table_is_found_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    (tmp_path / "processed").mkdir()
    (tmp_path / "processed" / "pictures.csv").write_bytes(b"another table")
    mine = tmp_path / "processed" / "gallery.csv"
    write_table(TABLE, mine, processed_schema(FEATURES_V1.names, COLOR.column, COLOR.classes))
    digest = sha256(mine.read_bytes()).hexdigest()
    found = find_model_table(replace(METADATA, data_sha256=digest), COLOR, None)
    settings.cache_clear()
    assert (found.sha256, found.source, len(found.table)) == (digest, "gallery.csv", len(TABLE))


def test_without_pictures_there_are_no_sheets_and_the_page_says_so(fitted: FittedModel) -> None:
    judged = judge_model(Classifier(LoadedModel(fitted.estimator, fitted.metadata)), TABLE, COLOR)
    with_them = list(plan_plates(judged, lambda name: np.zeros((2, 2, 3), np.uint8), jobs=1))
    without = list(plan_plates(judged, None, jobs=1))
    assert {plate.section for plate in with_them if plate.photographic} == {
        "Pictures",
        "One picture",
    }
    assert not any(plate.photographic for plate in without)
    drawn = [DrawnPlate(p.name, p.section, p.caption, "image/png", b"") for p in without]
    assert "name their folder with <code>--images</code>" in render_page(fitted.metadata, drawn)
    assert len(without) == len(with_them) - 5


def test_of_a_model_without_mistakes_none_are_drawn(fitted: FittedModel) -> None:
    judged = judge_model(Classifier(LoadedModel(fitted.estimator, fitted.metadata)), TABLE, COLOR)
    perfect = replace(judged, judged=judged.judged.assign(answer=judged.judged["truth"]))
    plates = plan_plates(perfect, lambda name: np.full((4, 4, 3), 90, np.uint8), jobs=1)
    drawn = {plate.name: plate.draw() for plate in plates if plate.photographic}
    assert set(drawn) == {"least-certain", "hardest-class", "prediction", "explanation"}


def test_of_a_table_with_a_constant_column_all_is_drawn_that_can_be() -> None:
    table = TABLE.assign(h_hsv_std=3.0)
    fitted = fit_best_model(
        TrainingTable(table, "test", "0" * 64), FEATURES_V1, COLOR, PLAN, ConsoleProgress(False)
    )
    judged = judge_model(Classifier(LoadedModel(fitted.estimator, fitted.metadata)), table, COLOR)
    plates = {plate.name: plate for plate in plan_plates(judged, None, jobs=1)}
    drawn = {name: plate.draw() for name, plate in plates.items() if plate.section == "The table"}
    assert len(drawn) == 5
    assert "h_hsv_std" not in texts(drawn["correlation"])
    assert "h_hsv_mean" in texts(drawn["correlation"])
    assert plates["correlation"].caption.endswith(
        "Left out, having one value in all works: h_hsv_std."
    )


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


def test_what_comes_from_outside_is_escaped() -> None:
    metadata = replace(METADATA, data_source='<b>"mine" & yours.csv')
    plate = DrawnPlate("one", "A & B", "what <it> shows", "image/png", b"bytes")
    page = render_page(metadata, [plate])
    assert "&lt;b&gt;&quot;mine&quot; &amp; yours.csv" in page
    assert "what &lt;it&gt; shows" in page
    assert "<b>&quot;" not in page
    assert 'src="data:image/png;base64,Ynl0ZXM="' in page


def test_a_class_without_rows_and_answers_has_dashes() -> None:
    assert render_page(METADATA, []).count('<td class="n">–</td>') == 3
