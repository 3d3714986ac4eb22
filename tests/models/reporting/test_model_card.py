from dataclasses import replace

from src.models.reporting.model_card import render_model_card
from src.tasks import Task
from tests.models.example_metadata import METADATA


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


def test_card_follows_the_task_and_is_the_same_every_time() -> None:
    other = replace(METADATA, task=Task("medium", "medium"))
    assert "color" not in render_model_card(other)
    assert render_model_card(METADATA) == render_model_card(METADATA)
    assert render_model_card(METADATA).endswith(".\n")
