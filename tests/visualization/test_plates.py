from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.features.extract_features import FEATURES_V1, FeatureSpec
from src.models.artifact import LoadedModel
from src.models.predict_model import Classifier
from src.models.reporting.training_report import ConsoleProgress
from src.models.storage.metadata import FittedModel
from src.models.training.best_model import fit_best_model
from src.models.training.plan import Preset, SearchPlan
from src.models.training.table import TrainingTable
from src.tasks import COLOR, Task
from src.visualization.image_files import DrawnPlate
from src.visualization.judged_model import JudgedModel, judge_model
from src.visualization.plates import plan_plates
from src.visualization.report_page import render_page
from tests.models.training_tables import make_table
from tests.visualization.drawn import texts, y_names

TABLE = make_table()
PLAN = SearchPlan(("logistic_regression",), Preset.SMOKE, seed=3, jobs=1)


@pytest.fixture(scope="module")
def fitted() -> FittedModel:
    data = TrainingTable(TABLE, "test", "0" * 64)
    return fit_best_model(data, FEATURES_V1, COLOR, PLAN, ConsoleProgress(terminal=False))


def test_without_pictures_there_are_no_sheets_and_the_page_says_so(fitted: FittedModel) -> None:
    judged = judge_model(Classifier(LoadedModel(fitted.estimator, fitted.metadata)), TABLE)
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
    judged = judge_model(Classifier(LoadedModel(fitted.estimator, fitted.metadata)), TABLE)
    assert isinstance(judged, JudgedModel)
    perfect = replace(judged, judged=judged.judged.assign(answer=judged.judged["truth"]))
    plates = plan_plates(perfect, lambda name: np.full((4, 4, 3), 90, np.uint8), jobs=1)
    drawn = {plate.name: plate.draw() for plate in plates if plate.photographic}
    assert set(drawn) == {"least-certain", "hardest-class", "prediction", "explanation"}


def test_of_a_table_with_a_constant_column_all_is_drawn_that_can_be() -> None:
    table = TABLE.assign(h_hsv_std=3.0)
    fitted = fit_best_model(
        TrainingTable(table, "test", "0" * 64), FEATURES_V1, COLOR, PLAN, ConsoleProgress(False)
    )
    judged = judge_model(Classifier(LoadedModel(fitted.estimator, fitted.metadata)), table)
    plates = {plate.name: plate for plate in plan_plates(judged, None, jobs=1)}
    drawn = {name: plate.draw() for name, plate in plates.items() if plate.section == "The table"}
    assert len(drawn) == 5
    assert not [text for text in texts(drawn["correlation"]) if "h_hsv_std" in text]
    assert "hue (h_hsv_mean)" in texts(drawn["correlation"])
    assert plates["correlation"].caption.endswith(
        "Left out, having one value in all works: variation of hue (h_hsv_std)."
    )


def judge_other(classes: int, names: tuple[str, ...], network: str = "") -> JudgedModel:
    """Fit and judge a model of made rows of another task and other features."""
    task = Task("artist", "artist").learned([f"painter {i}" for i in range(classes)])
    rng = np.random.default_rng(0)
    which = np.repeat(np.arange(classes), 16)
    centres = rng.normal(size=(classes, len(names)))
    table = pd.DataFrame(3 * centres[which] + rng.normal(size=(len(which), len(names))))
    table.columns = pd.Index(names)
    table = table.assign(
        filename=[f"{i}.jpg" for i in range(len(which))],
        artist=np.array(task.classes)[which],
    )
    spec = FeatureSpec("blocks", 1, names, 224, "somehow", network)
    data = TrainingTable(table, "test", "0" * 64)
    fitted = fit_best_model(data, spec, task, PLAN, ConsoleProgress(False))
    judged = judge_model(Classifier(LoadedModel(fitted.estimator, fitted.metadata)), table)
    assert isinstance(judged, JudgedModel)
    return judged


def test_any_features_and_many_classes_are_drawn_in_their_own_words() -> None:
    judged = judge_other(24, tuple(f"block{i % 3}_{i}" for i in range(70)))
    plates = {plate.name: plate for plate in plan_plates(judged, None, jobs=1)}
    assert "channel-boxes" not in plates
    assert not any("colour" in plate.caption for plate in plates.values())
    assert "stand together" in plates["confusion"].caption
    assert "the 64 whose shuffling costs most" in plates["correlation"].caption
    drawn = {name: plate.draw() for name, plate in plates.items()}
    assert {"block0", "block1", "block2"} <= set(texts(drawn["importance"]))
    assert len([axes for axes in drawn["feature-boxes"].axes if axes.has_data()]) == 9
    assert "of all features of a group together" in texts(drawn["importance"])


def test_of_a_single_feature_nothing_is_compared() -> None:
    plates = [plate.name for plate in plan_plates(judge_other(2, ("ink",)), None, jobs=1)]
    assert not {"correlation", "pairs"} & set(plates)
    assert "feature-boxes" in plates


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
def test_of_a_network_nothing_is_told_number_by_number() -> None:
    names = tuple(f"stage{s}_mean_{n}" for s in (1, 2, 3) for n in range(90))
    judged = judge_other(24, names, "some network")
    table = judged.table.assign(
        width=300, height=200, cluster=["1", "1", *[""] * (len(judged.table) - 2)]
    )
    plates = {p.name: p for p in plan_plates(replace(judged, table=table), framed, jobs=1)}
    assert {
        "class-scores",
        "importance",
        "picture-map",
        "class-map",
        "picture-sizes",
        "clusters",
        "cut-borders",
        "class-counts",
        "learning-curve",
    } <= set(plates)
    assert not {"feature-curve", "feature-boxes", "correlation", "pairs", "explanation"} & set(
        plates
    )
    assert len([name for name in plates if name.startswith("class-") and name[6:].isdigit()]) == 24
    drawn = {name: plates[name].draw() for name in ("importance", "class-map", "cut-borders")}
    assert y_names(drawn["importance"].axes[0]) == ["stage1", "stage2", "stage3"]
    assert "painter 7" in texts(drawn["class-map"])


def framed(name: str) -> NDArray[np.uint8]:
    """Give a picture with black bars."""
    picture = np.random.default_rng(0).integers(60, 200, (80, 80, 3), np.uint8)
    picture[:14] = picture[-14:] = 0
    return picture
