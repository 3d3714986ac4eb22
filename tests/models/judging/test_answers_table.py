from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from src.data.gathering import Labelled
from src.errors import ConfigError
from src.features.measuring import Measured, measure_picture
from src.models.answers import Panel
from src.models.artifact import LoadedModel
from src.models.classifier import Classifier
from src.models.judging.answers_table import LabelReader, answer_exam, require_known_labels
from src.models.judging.exam import Looked
from tests.models.fitted_models import fit_model, paint

FITTED = fit_model()
MODEL = Classifier(LoadedModel(FITTED.estimator, FITTED.metadata, "ab" * 32), "color")
PANEL = Panel.of([MODEL])


def look(label: str, seed: int = 3) -> Measured:
    bgr = paint(label, np.random.default_rng(seed))
    return measure_picture(bgr, PANEL.specs, order="bgr", palette=False)


def table_of(*pictures: tuple[str, str, Looked]) -> pd.DataFrame:
    looked = (((Labelled(s, s, label), seen)) for s, label, seen in pictures)
    (table,) = answer_exam(looked, PANEL, [LabelReader(MODEL)])
    return table.set_index("source")


def test_answers_are_those_of_predict() -> None:
    seen = look("RED")
    row = table_of(("a.png", "red", seen)).loc["a.png"]
    ((found,),) = PANEL.answer([("a.png", seen)])
    assert (row["label"], row["said"], row["place"], row["left_out"]) == ("RED", "RED", 1, "")
    scores = list(found.scores.items())  # type: ignore[union-attr]
    assert (row["said"], row["score"]) == scores[0]
    assert (row["second"], row["second_score"]) == scores[1]
    assert row["label_score"] == row["score"]


def test_a_wrong_answer_says_where_the_label_came() -> None:
    row = table_of(("a.png", "BLACK", look("RED"))).loc["a.png"]
    assert row["said"] == "RED"
    assert row["place"] > 1
    assert 0 <= row["label_score"] < row["score"]


def test_what_does_not_count_says_why() -> None:
    table = table_of(
        ("gold.png", "gold", look("RED", 1)),
        ("bare.png", "", look("RED", 2)),
        ("bad.png", "RED", "cannot read bad.png: it is empty"),
    )
    assert dict(table["left_out"]) == {
        "gold.png": "unknown label",
        "bare.png": "no label",
        "bad.png": "unreadable",
    }
    # It is answered all the same, where it can be read.
    assert table["said"].tolist() == ["RED", "RED", ""]
    assert table["place"].isna().all()
    assert table.loc["bad.png", "found"] == "cannot read bad.png: it is empty"


def test_a_picture_counts_once() -> None:
    seen = look("RED")
    table = table_of(
        ("a.png", "RED", seen), ("b.png", "red", seen), ("c.png", "RED", look("RED", 4))
    )
    assert table["left_out"].tolist() == ["", "repeated", ""]
    assert table["found"].tolist() == ["", "a.png", ""]


def test_a_picture_under_two_labels_does_not_count() -> None:
    seen = look("RED")
    table = table_of(("a.png", "RED", seen), ("b.png", "RED", seen), ("c.png", "PINK", seen))
    assert table["left_out"].tolist() == ["two labels"] * 3
    assert set(table["found"]) == {"a.png and c.png"}


def test_pictures_that_cannot_be_read_or_have_no_label_are_no_copies() -> None:
    seen = look("RED")
    table = table_of(
        ("a.png", "RED", "bad"),
        ("b.png", "RED", "bad"),
        ("c.png", "", seen),
        ("d.png", "RED", seen),
    )
    assert table["left_out"].tolist() == ["unreadable", "unreadable", "no label", ""]


def test_labels_of_another_question_are_refused_before_anything_is_read() -> None:
    pictures = [Labelled(f"{i}.png", "", name) for i, name in enumerate(["cat", "dog", "dog"])]
    with pytest.raises(
        ConfigError, match=r"none of the labels \(dog, cat\) is a class of the model"
    ):
        require_known_labels(pictures, [MODEL])
    require_known_labels([*pictures, Labelled("r.png", "", "Red")], [MODEL])


def test_of_two_models_each_has_its_own_table() -> None:
    metadata = replace(FITTED.metadata, task=replace(FITTED.metadata.task, name="other"))
    other = Classifier(LoadedModel(FITTED.estimator, metadata, "cd" * 32), "other")
    pictures: list[tuple[Labelled, Looked]]
    pictures = [(Labelled("a.png", "", "RED"), look("RED")), (Labelled("b.png", "", "RED"), "bad")]
    readers = [LabelReader(MODEL), LabelReader(other)]
    one, two = answer_exam(pictures, Panel.of([MODEL, other]), readers)
    assert one.equals(two)
