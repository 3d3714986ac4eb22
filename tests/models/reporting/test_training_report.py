import pytest

from src.models.reporting.model_card import render_leaderboard
from src.models.reporting.training_report import (
    ConsoleProgress,
    render_results,
)
from tests.models.example_metadata import METADATA, MLP, SVM


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


def test_results_show_leaderboard_then_holdout() -> None:
    text = render_results(METADATA)
    assert text.index("neural_network") < text.index("svm on the hold-out")
    assert "balanced accuracy  0.5500" in text
    assert "0.0312 (temperature)" in text


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
