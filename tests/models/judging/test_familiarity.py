from dataclasses import replace
from pathlib import Path

import numpy as np

from src.data.gathering import Gathered, Labelled
from src.features.measuring import Measured, Texture
from src.models.artifact import load_model_folder, save_model
from src.models.classifier import Classifier
from src.models.judging.exam import Exam, Looked
from src.models.judging.familiarity import Acquaintance, caution, introduce
from tests.models.fitted_models import fit_model

FITTED = fit_model()
ROWS = FITTED.check_rows


def load(folder: Path, given_split: bool = False) -> Classifier:
    metadata = replace(FITTED.metadata, given_split=given_split)
    save_model(replace(FITTED, metadata=metadata), folder)
    return Classifier(load_model_folder(folder), "mine")


def exam(rows: int, table_sha256: str = "", part: str = "") -> Exam:
    pictures = [Labelled(f"{i}.png", "", "RED") for i in range(rows)]
    return Exam(Path("art"), Gathered("a folder", "color", pictures), part, 0, table_sha256)


def meet(model: Classifier, rows: np.ndarray) -> Acquaintance:
    one = Acquaintance(model, 0)
    looked: list[Looked] = [
        Measured((row,), np.empty((0, 3), np.uint8), np.empty(0), Texture(0, 0)) for row in rows
    ]
    passed = list(introduce(((Labelled("", "", ""), seen) for seen in [*looked, "bad"]), [one]))
    assert len(passed) == len(rows) + 1
    return one


def test_a_model_knows_its_training_pictures_however_exactly_they_were_written(
    tmp_path: Path,
) -> None:
    model = load(tmp_path / "m")
    assert len(model.check_rows) == len(ROWS)
    one = meet(model, ROWS * (1 + 1e-9))
    assert one.share == 1
    told = caution(model, exam(200), one)
    assert told.startswith("mine has learned about 60 of these 200 pictures (it is known by 10 of")


def test_half_of_its_pictures_are_told_as_half(tmp_path: Path) -> None:
    model = load(tmp_path / "m")
    one = meet(model, ROWS[::2])
    assert one.share == 0.5
    assert "about 30 of these 200 pictures" in caution(model, exam(200), one)


def test_other_pictures_are_not_suspected(tmp_path: Path) -> None:
    model = load(tmp_path / "m")
    assert caution(model, exam(200), meet(model, ROWS + 0.01)) == ""
    assert caution(model, exam(200, table_sha256="cd" * 32), meet(model, ROWS + 0.01)) == ""


def test_its_own_table_is_known_by_its_digest(tmp_path: Path) -> None:
    model = load(tmp_path / "m")
    own = exam(80, table_sha256=model.metadata.data_sha256)
    told = caution(model, own, meet(model, ROWS[:0]))
    assert "about 60 of these 80 pictures (it was trained on this very table)" in told


def test_the_part_that_its_table_held_out_is_fair(tmp_path: Path) -> None:
    model = load(tmp_path / "m", given_split=True)
    own = exam(20, model.metadata.data_sha256, part="test")
    assert caution(model, own, meet(model, ROWS[:0])) == ""
    assert caution(model, replace(own, part=""), meet(model, ROWS[:0])) != ""
