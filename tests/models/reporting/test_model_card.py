from dataclasses import replace

import numpy as np
import pytest

from src.models.reporting.model_card import render_model_card
from src.models.storage.metadata import LeaderboardRow, ModelMetadata
from src.tasks import Task
from tests.models.example_metadata import METADATA, MLP, SVM, WITH_LEAK


def test_card_tells_the_figures_of_every_class() -> None:
    card = render_model_card(METADATA)
    assert "| BLACK | 0.92 | 0.86 | 13 |" in card
    assert "| RED | 0.71 | 0.83 | 7 |" in card
    assert "| PINK | – | – | 0 |" in card
    assert "| RED | 2 | 5 | 0 |" in card


def test_card_tells_where_the_model_comes_from() -> None:
    card = render_model_card(METADATA)
    for fact in (
        "pictures.csv",
        "ab" * 32,
        "60 rows",
        "C=100, gamma=0.01",
        "`fast` search",
        "temperature calibration",
        "scikit-learn 1.9.1",
        "seed 0",
    ):
        assert fact in card


def test_card_tables_have_as_many_cells_in_every_line() -> None:
    tables = [block for block in render_model_card(METADATA).split("\n\n") if block[0] == "|"]
    assert len(tables) == 4
    for table in tables:
        assert len({line.count("|") for line in table.strip().splitlines()}) == 1


def test_card_says_what_an_average_is_if_one_competed() -> None:
    row = LeaderboardRow("average", {"svm": 0.5, "logistic_regression": 0.5}, 0.9, 0.01, 2.0)
    averaged = replace(METADATA, leaderboard=(row, *METADATA.leaderboard))
    assert "the shares of the families that it averages" in render_model_card(averaged)
    assert "that it averages" not in render_model_card(METADATA)


def of_classes(count: int, task: Task) -> ModelMetadata:
    """Return the metadata of a model of so many classes, the last of which is the worst."""
    right = np.diag(np.arange(count, 0, -1))
    wrong = np.eye(count, k=1, dtype=int) * np.arange(count)[:, np.newaxis]
    holdout = replace(METADATA.holdout, confusion_matrix=(right + wrong).tolist())
    classes = tuple(f"class {i:03d}" for i in range(count))
    return replace(METADATA, task=task.learned(classes), classes=classes, holdout=holdout)


@pytest.mark.parametrize("count", [2, 11, 20, 21, 50, 300])
def test_card_reads_well_with_any_number_of_classes(count: int) -> None:
    card = render_model_card(of_classes(count, Task("artist", "artist")))
    assert f"as one of {count} classes (class 000" in card
    assert max(line.count("|") for line in card.splitlines()) <= 22
    assert len(card.splitlines()) < 120
    assert "| class 000 | 1.00 | " in card
    assert (f"| class {count - 2:03d} | class {count - 1:03d} | {count - 2} |" in card) == (
        count > 20
    )
    assert ("290 more" in card) == (count == 300)
    assert ("300 classes are too many for random_forest, gradient_boosting." in card) == (
        count == 300
    )


def test_card_says_why_a_family_was_given_up_and_nothing_where_none_was() -> None:
    why = "A family was given up where it was too far behind"
    assert why not in render_model_card(METADATA)
    board = (SVM, replace(MLP, given_up_after=1))
    card = render_model_card(replace(METADATA, leaderboard=board))
    assert why in card
    assert "0.8700 on the first fold, given up" in card


@pytest.mark.parametrize("name", ["a|b", "a<b>", "two\nlines", " | "])
def test_card_tables_survive_any_name(name: str) -> None:
    metadata = replace(of_classes(3, Task("shape", "shape")), classes=(name, "b", "c"))
    for block in render_model_card(metadata).split("\n\n"):
        assert "<b>" not in block
        if block.startswith("|"):
            lines = [line.replace("\\|", "") for line in block.strip().splitlines()]
            assert len({line.count("|") for line in lines}) == 1


def test_card_tells_what_was_left_out_and_how_the_holdout_was_chosen() -> None:
    left_out = replace(METADATA, left_out={"oval": 3, "star": 7})
    assert "(8 are needed): star: 7, oval: 3." in render_model_card(left_out)
    assert "20 rows, a quarter of every class, were" in render_model_card(METADATA)
    given = render_model_card(replace(METADATA, given_split=True))
    assert "20 rows, those that the table marks as `test`, were" in given
    grouped = render_model_card(replace(METADATA, task=Task("shape", "shape", group="page")))
    assert "so that no `page` stands on both sides" in grouped


def test_card_follows_the_task_and_is_the_same_every_time() -> None:
    other = replace(
        METADATA,
        task=Task("medium", "medium"),
        feature_spec=replace(METADATA.feature_spec, name="embedding", names=("e0",)),
    )
    for word in ("color", "colour", "pigment"):
        assert word not in render_model_card(other)
        assert word in render_model_card(METADATA).replace("colour", "color colour")
    assert "averages and spreads of colour" in render_model_card(METADATA)
    assert render_model_card(METADATA) == render_model_card(METADATA)
    assert render_model_card(METADATA).endswith(".\n")


def test_the_card_says_which_pictures_the_network_had_seen() -> None:
    card = render_model_card(replace(METADATA, seen_rows=40, judged_unseen=True))
    assert "not trained on, as it was on those of 40 rows, were set aside" in card
    assert "not trained on" not in render_model_card(METADATA)


def test_the_card_says_which_rows_are_painted() -> None:
    card = render_model_card(replace(METADATA, painted_rows=40, gallery_sha256="ab"))
    assert "60 rows, and on 40 paintings of the built-in gallery (sha256 `ab`), which have" in card
    assert "rows, about a quarter, were set aside before anything was fitted" in card
    assert "paintings of the built-in" not in render_model_card(METADATA)


def test_card_tells_of_a_leak_of_mirrors_and_of_the_likeliest_five_where_there_are_any() -> None:
    card = render_model_card(WITH_LEAK)
    assert "| among the five likeliest | 0.9250 |" in card
    assert "12 rows share their `cluster` with others, and each `cluster` stands on one" in card
    assert "Fitted on 60 rows, and on 7 of their pictures mirrored, of classes with few;" in card
    assert "seem to be 0.9500, rather than 0.8500." in card
    plain = render_model_card(METADATA)
    assert "five likeliest" not in plain
    assert "rather than" not in plain
    assert "Fitted on 60 rows; 20 rows" in plain
