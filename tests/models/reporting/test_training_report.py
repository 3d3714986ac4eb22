from dataclasses import replace

import pandas as pd
import pytest

from src.features.extract_features import FEATURE_NAMES
from src.models.reporting.model_card import render_leaderboard
from src.models.reporting.training_report import (
    ConsoleProgress,
    describe_split_rows,
    render_results,
)
from src.models.training.plan import SearchPlan
from src.models.training.rows import split_holdout
from src.tasks import COLOR
from tests.models.example_metadata import METADATA, MLP, SVM, WITH_LEAK
from tests.models.training_tables import make_table


def test_leaderboard_columns_are_aligned() -> None:
    lines = render_leaderboard([SVM, MLP]).splitlines()
    assert (
        len(
            {
                line.index(cell)
                for line, cell in zip(
                    lines, ("CV accuracy", "0.8785 ± 0.0021", "0.8700 ± 0.0041"), strict=True
                )
            }
        )
        == 1
    )
    assert lines[2].split("  ")[0] == "neural_network"
    assert "hidden_layer_sizes=[50, 50]" in lines[2]


def test_a_family_that_was_given_up_says_after_which_folds() -> None:
    rows = [replace(MLP, given_up_after=folds) for folds in (2, 1)]
    two, one = render_leaderboard([SVM, *rows]).splitlines()[2:]
    assert "0.8700 ± 0.0041 on 2 folds, given up" in two
    assert "0.8700 on the first fold, given up" in one


def test_results_show_leaderboard_then_holdout() -> None:
    text = render_results(METADATA)
    assert text.index("neural_network") < text.index("svm on the hold-out")
    assert "balanced accuracy  0.5500" in text
    assert "0.0312 (temperature)" in text
    assert "top-5" not in text
    assert "leak" not in text


def test_results_tell_of_the_likeliest_five_and_of_a_leak() -> None:
    text = render_results(WITH_LEAK)
    assert "top-5 accuracy     0.9250" in text
    assert "with a leak        0.9500 (if rows of one cluster stood on both sides)" in text


def test_without_a_terminal_one_line_per_finished_family(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = ConsoleProgress(terminal=False)
    assert progress.started("svm", 75) == []
    progress.finished(SVM, 41.7)
    progress.calibrating(SVM)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "svm: 0.8785 ± 0.0021 after 42 s",
        "svm wins: fitting and calibrating it",
    ]


def test_on_a_terminal_the_running_family_is_named_and_has_a_bar(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (bar,) = ConsoleProgress(terminal=True).started("svm", 75)
    assert bar.max_propagation_depth == 0
    assert capsys.readouterr().err == "svm: 75 fits\n"


def test_what_is_out_of_the_ordinary_in_a_table_is_told_before_the_search(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = make_table({"BLACK": 30, "RED": 30, "PINK": 8})
    plain = split_holdout(table, FEATURE_NAMES, COLOR, seed=0)
    assert describe_split_rows(plain, SearchPlan()) == []
    odd = pd.concat([table, table.head(3).assign(filename=["x", "y", "z"])])
    odd = odd.assign(split=["train", "train", "test"] * 23 + ["train"] * 2)
    odd.loc[table.color == "PINK", "color"] = ["PINK"] * 2 + [""] * 6
    odd.loc[odd.index[4], "color"] = " BLACK"
    progress = ConsoleProgress(terminal=False)
    progress.prepared(split_holdout(odd, FEATURE_NAMES, COLOR, seed=0), SearchPlan())
    assert capsys.readouterr().err.splitlines() == [
        "3 rows repeat the features of another exactly and are left out",
        "6 rows have no label and are left out",
        "left out, for they have too few rows (--min-count 5): PINK: 2",
        "judged on the 20 rows that the table marks as test",
    ]
