import numpy as np
import pytest

from src.data.gathering import Labelled
from src.errors import ConfigError, ImageError
from src.models.answers import Panel
from src.models.classifier import Classifier
from src.models.judging.answers_table import answer_exam, require_known_labels
from src.models.judging.evaluation import require_one_kind
from src.models.judging.exam import Looked
from src.models.judging.tag_answers import TAG_COLUMNS, TagReader, gather_answers
from src.records import FailedPrediction, Prediction
from tests.models.judging.test_answers_table import MODEL as COLOR_MODEL
from tests.models.judging.test_answers_table import look
from tests.models.tag_models import THRESHOLDS, tag_classifier

MODEL = tag_classifier()
PANEL = Panel.of([MODEL])
TOLD = ("night", "Rose", "warm", "sea")


def read(label: str, said: tuple[str, ...], *, told: tuple[str, ...] = TOLD) -> dict[str, object]:
    """Return the row of a picture of which a model says so."""
    scores = {name: 0.9 if name in said else 0.1 for name in MODEL.classes}
    answer = Prediction("a.png", said[0] if said else None, 0.9, scores, (), labels=said)
    row = TagReader(MODEL, told).read(Labelled("a.png", "", label), answer)
    return dict(zip(TAG_COLUMNS, row, strict=True))


def table_of(model: Classifier, *pictures: tuple[str, str, Looked]) -> dict[str, object]:
    looked = ((Labelled(source, source, label), seen) for source, label, seen in pictures)
    (table,) = answer_exam(looked, Panel.of([model]), [TagReader(model, TOLD)])
    return dict(zip(table["source"], table["left_out"] + table["found"], strict=True))


def test_a_row_tells_what_was_said_wrongly_and_what_was_missed() -> None:
    row = read("night|rose", ("warm", "rose"))
    assert (row["label"], row["said"], row["wrong"], row["missed"]) == (
        "night|rose",
        "warm|rose",
        "warm",
        "night",
    )
    assert row["scores"] == (0.1, 0.9, 0.9)
    assert row["left_out"] == ""


def test_what_is_not_known_is_neither() -> None:
    row = read("rose|-night", ("warm", "rose"))
    assert (row["wrong"], row["missed"], row["left_out"]) == ("", "", "")


def test_tags_are_spelled_as_the_model_does() -> None:
    row = read("ROSE|Sea", ("rose",))
    assert (row["label"], row["wrong"], row["missed"]) == ("Sea|rose", "", "")


def test_a_list_says_nothing_of_tags_that_the_labels_do_not_know() -> None:
    assert TagReader(MODEL, ["rose", "sea"]).tags == ("rose",)
    row = read("rose", ("warm", "rose"), told=("rose", "sea"))
    assert (row["wrong"], row["left_out"]) == ("", "")


@pytest.mark.parametrize(
    ("label", "why"), [("", "no label"), ("sea|-", "unknown label"), ("-sea", "unknown label")]
)
def test_pictures_of_which_nothing_is_known_do_not_count(label: str, why: str) -> None:
    assert read(label, ("rose",))["left_out"] == why


def test_a_picture_that_has_no_tag_counts() -> None:
    row = read("|", ("rose",))
    assert (row["label"], row["wrong"], row["left_out"]) == ("|", "rose", "")


def test_a_picture_that_cannot_be_read_says_why() -> None:
    failed = FailedPrediction("a.png", ImageError("it is empty"))
    row = TagReader(MODEL, TOLD).read(Labelled("a.png", "", "rose"), failed)
    assert row[1:8] == ("rose", "", "", "", "", "unreadable", "it is empty")
    assert np.isnan(row[8]).all()


def test_copies_count_once_unless_their_labels_contradict_each_other() -> None:
    seen, other = look("RED", 1), look("RED", 2)
    found = table_of(
        MODEL,
        ("a.png", "rose|-night", seen),
        ("b.png", "rose|warm|-", seen),
        ("c.png", "Rose|-", other),
        ("d.png", "night", other),
    )
    assert found == {
        "a.png": "",
        "b.png": "repeateda.png",
        "c.png": "two labelsc.png and d.png",
        "d.png": "two labelsc.png and d.png",
    }


def test_answers_are_those_of_predict_with_their_thresholds() -> None:
    seen = look("RED")
    (table,) = answer_exam(
        [(Labelled("a.png", "", "rose|-night"), seen)], PANEL, [TagReader(MODEL, TOLD)]
    )
    ((found,),) = PANEL.answer([("a.png", seen)])
    assert isinstance(found, Prediction)
    assert table["said"][0] == "|".join(found.labels)
    answers = gather_answers(table, MODEL, ("rose", "night"))
    assert answers.truth.tolist() == [[1, 0]]
    assert answers.scores.tolist() == [[found.scores["rose"], found.scores["night"]]]
    assert answers.thresholds.tolist() == [THRESHOLDS["rose"], THRESHOLDS["night"]]
    assert list(answers.filenames) == ["a.png"]


def test_tags_of_another_question_are_refused() -> None:
    pictures = [Labelled("a.png", "", "sea|boat"), Labelled("b.png", "", "sea")]
    with pytest.raises(ConfigError, match=r"none of the labels \(sea, boat\) is a class of the"):
        require_known_labels(pictures, [MODEL])
    # That it is known not to be there is enough.
    require_known_labels([*pictures, Labelled("c.png", "", "-Rose")], [MODEL])


def test_models_of_two_kinds_are_not_judged_together() -> None:
    with pytest.raises(ConfigError, match=r"different kinds \(one and many labels to a picture\)"):
        require_one_kind([COLOR_MODEL, MODEL])
