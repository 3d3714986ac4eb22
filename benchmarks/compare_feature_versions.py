"""Does version 2 of the features earn its place? A paired comparison with version 1.

    python -m benchmarks.compare_feature_versions [--count 12000] [--real FOLDER]

Paints the gallery, lets the same families compete on both versions of the features over the same
folds, and judges both winners on the same hold-out. FOLDER holds ``labels.csv`` (``filename`` and
``color``) and ``paintings/``; both models then name these as well. Prints Markdown.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from src.edges import command_edge
from src.features.extract_features import FEATURES_V1, FeatureSpec
from src.features.extract_features_v2 import FEATURES_V2
from src.features.gallery_table import gallery_table
from src.features.specs import extract
from src.images import load_image
from src.models.reporting.model_card import render_score
from src.models.reporting.training_report import ConsoleProgress
from src.models.scorer import Scorer
from src.models.storage.metadata import FittedModel
from src.models.training.best_model import fit_best_model
from src.models.training.plan import SearchPlan, parse_families
from src.models.training.rows import distinct_rows, split_holdout
from src.models.training.table import TrainingTable
from src.tasks import COLOR

RESAMPLES: Final = 10_000
COVERED: Final = 0.95

Labels = NDArray[np.str_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure under version 1 and version 2, and the interval of version 2 minus version 1."""

    name: str
    first: float
    second: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return a row of a Markdown table."""
        interval = f"{self.low:+.4f} to {self.high:+.4f}"
        return f"| {self.name} | {self.first:.4f} | {self.second:.4f} | {interval} |"


def compare_answers(truth: Labels, first: Labels, second: Labels) -> list[Difference]:
    """Return how accuracy and macro-F1 differ, with 95 % bootstrap intervals over the pictures.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13: percentiles.
    """
    classes = np.unique(np.concatenate([truth, first, second]))
    k = len(classes)
    codes = [np.searchsorted(classes, labels) for labels in (truth, first, second)]
    # Drawing pictures with replacement is drawing how often each triple of answers occurs.
    triples = np.bincount(np.ravel_multi_index(codes, (k, k, k)), minlength=k**3)
    drawn = np.random.default_rng(0).multinomial(len(truth), triples / len(truth), RESAMPLES)
    cells = np.vstack([triples, drawn]).reshape(-1, k, k, k)
    ours, theirs = cells.sum(axis=3), cells.sum(axis=2)
    return [
        _difference("accuracy", _accuracy(ours), _accuracy(theirs)),
        _difference("macro F1", _macro_f1(ours), _macro_f1(theirs)),
    ]


def fit_version(table: pd.DataFrame, spec: FeatureSpec, plan: SearchPlan) -> FittedModel:
    """Let the families compete on one version of the features."""
    data = TrainingTable(table, "built-in gallery", "")
    return fit_best_model(data, spec, COLOR, plan, ConsoleProgress(terminal=False))


def name_rows(model: FittedModel, features: Floats) -> Labels:
    """Return the most probable class of each row."""
    classes = model.metadata.classes
    scores = Scorer.plain(model.estimator, classes)(features)
    return np.asarray(np.array(classes)[scores.argmax(axis=1)], np.str_)


@command_edge
def compare_versions(
    count: Annotated[int, typer.Option(help="Pictures of the gallery.")] = 12_000,
    families: Annotated[
        str, typer.Option(help="Which ones compete.")
    ] = "svm,logistic_regression,gradient_boosting",
    real: Annotated[Path | None, typer.Option(help="Folder of labelled paintings.")] = None,
) -> None:
    """Print how well each version does on the gallery, and on real paintings."""
    plan = SearchPlan(parse_families(families))
    # One copy of each picture, by the features of version 1, so that both have the same rows.
    table = distinct_rows(gallery_table(count, plan.seed, None, FEATURES_V2), FEATURES_V1.names)
    specs = (FEATURES_V1, FEATURES_V2)
    models = [fit_version(table, spec, plan) for spec in specs]
    aside = [split_holdout(table, spec.names, COLOR, plan.seed).holdout for spec in specs]
    answers = [name_rows(m, rows.features) for m, rows in zip(models, aside, strict=True)]
    print(_leaderboards(models))
    print(_report("the gallery's hold-out", aside[0].labels, answers))
    if real:
        pictures = _measure_real(real)
        answers = [
            name_rows(model, pictures[list(spec.names)].to_numpy())
            for model, spec in zip(models, specs, strict=True)
        ]
        print(_report("real paintings", pictures[COLOR.column].to_numpy(np.str_), answers))


def _measure_real(folder: Path) -> pd.DataFrame:
    labels = pd.read_csv(folder / "labels.csv")
    paths = [folder / "paintings" / filename for filename in labels["filename"]]
    features = [extract(load_image(path), FEATURES_V2) for path in paths]
    return pd.DataFrame(features, columns=list(FEATURES_V2.names)).join(labels[COLOR.column])


def _difference(name: str, first: Floats, second: Floats) -> Difference:
    """Compare figures whose first is that of all pictures and whose others are resampled."""
    tail = (1 - COVERED) / 2
    low, high = np.quantile(second[1:] - first[1:], [tail, 1 - tail])
    return Difference(name, float(first[0]), float(second[0]), float(low), float(high))


def _accuracy(confusions: NDArray[np.int64]) -> Floats:
    right = np.trace(confusions, axis1=1, axis2=2)
    return np.asarray(right / confusions.sum(axis=(1, 2)), np.float64)


def _macro_f1(confusions: NDArray[np.int64]) -> Floats:
    """Return the mean F1 of the classes that occur as truth or answer."""
    right = np.diagonal(confusions, axis1=1, axis2=2)
    both = confusions.sum(axis=1) + confusions.sum(axis=2)
    f1 = np.divide(2 * right, both, out=np.full(both.shape, np.nan), where=both > 0)
    return np.asarray(np.nanmean(f1, axis=1), np.float64)


def _leaderboards(models: list[FittedModel]) -> str:
    rows = [
        f"| {row.family} | {model.metadata.feature_spec.version} | {render_score(row)} "
        f"| {row.params} |"
        for model in models
        for row in model.metadata.leaderboard
    ]
    head = [
        "| family | version | accuracy over the folds | parameters |",
        "| --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *sorted(rows), ""])


def _report(where: str, truth: Labels, answers: list[Any]) -> str:
    first, second = answers
    differ = first != second
    lines = [
        f"| on {where} | version 1 | version 2 | difference, 95 % |",
        "| --- | ---: | ---: | --- |",
        *map(str, compare_answers(truth, first, second)),
        "",
        f"{len(truth)} pictures, {differ.sum()} named differently: version 1 as labelled "
        f"{(differ & (first == truth)).sum()}, version 2 {(differ & (second == truth)).sum()}, "
        f"neither {(differ & (first != truth) & (second != truth)).sum()}.\n",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(compare_versions)
