"""The families' best results as text (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..storage.metadata import LeaderboardRow


def render_leaderboard(leaderboard: Sequence[LeaderboardRow]) -> str:
    """Return the leaderboard as a table with aligned columns.

    Examples
    --------
    >>> row = LeaderboardRow("svm", {"C": 100, "gamma": 0.01}, 0.8785, 0.0021, 1.3)
    >>> print(render_leaderboard([row]))
    family  parameters         CV accuracy      fit time
    svm     C=100, gamma=0.01  0.8785 ± 0.0021  1.3 s
    """
    cells = [("family", "parameters", "CV accuracy", "fit time"), *leaderboard_cells(leaderboard)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def leaderboard_cells(leaderboard: Sequence[LeaderboardRow]) -> list[tuple[str, str, str, str]]:
    """Return family, parameters, accuracy over the folds and time of one fit, row by row."""
    return [
        (row.family, render_params(row.params), render_score(row), f"{row.fit_seconds:.1f} s")
        for row in leaderboard
    ]


def render_params(params: Mapping[str, Any]) -> str:
    """Return parameters in one line, in the order in which ``model.json`` has them.

    Examples
    --------
    >>> render_params({"gamma": 0.01, "C": 100})
    'C=100, gamma=0.01'
    """
    return ", ".join(f"{name}={params[name]}" for name in sorted(params))


def render_score(row: LeaderboardRow) -> str:
    """Return mean and standard deviation over the folds."""
    return f"{row.cv_mean:.4f} ± {row.cv_std:.4f}"
