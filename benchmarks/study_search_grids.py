"""Which parameters ever win: the evidence behind the grids of the ``fast`` search.

``python -m benchmarks.study_search_grids study.csv`` cross-validates all candidates of wide
grids, each on all rows of subsamples of the gallery's table, with several seeds, and
prints how much is lost without them. It takes an hour, and goes on where the last run stopped.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from src.features.extract_features import FEATURES_V1
from src.models.soft_vote_svc import SoftVoteSVC
from src.models.training.pipelines import Candidates, build_pipeline, candidates_of, pipeline_grid
from src.models.training.plan import FAMILIES, Preset
from src.models.training.processes import training_processes
from src.models.training.rows import Split, distinct_rows, split_holdout
from src.models.training.table import paint_training_table
from src.tasks import COLOR

# Rows of the table, three quarters of which are trained on, and seeds.
QUICK: Final = {1_500: (0, 1, 2), 4_000: (0, 1, 2), 12_000: (0,)}
SLOW: Final = {1_500: (0, 1), 4_000: (0, 1)}
COLUMNS: Final = ("params", "mean", "fit_s", "family", "size", "seed")
SAMPLES: Final = {"svm": QUICK, "logistic_regression": QUICK}
# Far around the candidates of the fast grids.
WIDE: Final = {
    "svm": Candidates(
        SoftVoteSVC,
        {"C": [1, 3, 10, 30, 100, 300, 1000], "gamma": [0.001, 0.003, 0.01, 0.03, 0.1]},
        {"decision_function_shape": "ovo"},
    ),
    "logistic_regression": Candidates(
        LogisticRegression, {"C": [0.1, 0.3, 1, 3, 10, 20, 50, 100, 300]}, {"max_iter": 1000}
    ),
    "random_forest": Candidates(
        RandomForestClassifier,
        {"n_estimators": [50, 100, 200], "max_features": ["sqrt", 8], "min_samples_leaf": [1, 3]},
        {},
    ),
    "gradient_boosting": Candidates(
        HistGradientBoostingClassifier,
        {"max_iter": [25, 50, 100], "max_leaf_nodes": [7, 15, 31]},
        {"l2_regularization": 5, "early_stopping": False},
    ),
    "neural_network": Candidates(
        MLPClassifier,
        {
            "alpha": [1, 2, 4, 8],
            "hidden_layer_sizes": [[50], [100], [200]],
            "max_iter": [100, 250],
        },
        {"solver": "lbfgs"},
    ),
}


def sample_rows(table: pd.DataFrame, size: int, seed: int) -> Split:
    """Return a random part of the table, as a training run splits it."""
    part = distinct_rows(table, FEATURES_V1.names)
    if size < len(part):
        part = part.sample(size, random_state=seed)
    return split_holdout(part, FEATURES_V1.names, COLOR, seed)


def study(split: Split, family: str, seed: int) -> Iterator[dict[str, Any]]:
    """Cross-validate every wide candidate of a family."""
    wide, rows = WIDE[family], split.training
    search = GridSearchCV(
        build_pipeline(wide, seed),
        pipeline_grid(wide),
        scoring="accuracy",
        cv=split.sides.folds,
        n_jobs=-1,
        refit=False,
        error_score="raise",
    ).fit(rows.features, rows.labels)
    found = search.cv_results_
    for params, mean, fit_s in zip(
        found["params"], found["mean_test_score"], found["mean_fit_time"], strict=True
    ):
        named = {name.rpartition("__")[2]: value for name, value in params.items()}
        yield {"params": json.dumps(named), "mean": round(mean, 5), "fit_s": round(fit_s, 3)}


def run(table: pd.DataFrame, path: Path) -> None:
    """Study what is not in the file yet."""
    for family in FAMILIES:
        for size, seeds in SAMPLES.get(family, SLOW).items():
            for seed in seeds:
                done = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS))
                if ((done.family == family) & (done["size"] == size) & (done.seed == seed)).any():
                    continue
                with training_processes():
                    results = list(study(sample_rows(table, size, seed), family, seed))
                part = pd.DataFrame(results).assign(family=family, size=size, seed=seed)
                (pd.concat([done, part]) if len(done) else part).to_csv(path, index=False)
                print(f"{family}, {size} rows, seed {seed}", file=sys.stderr, flush=True)


def summarise(found: pd.DataFrame) -> str:
    """Say what each candidate loses to the best of its family, and what the fast grid loses."""
    parts = []
    for family, results in found.groupby("family", sort=False):
        means = results.pivot_table(index="params", columns=["size", "seed"], values="mean")
        lost = means.max() - means
        known = [params for params in lost.index if in_fast_grid(str(family), params)]
        table = pd.DataFrame({"mean loss": lost.mean(axis=1), "largest": lost.max(axis=1)})
        table["fast"] = ["fast" if params in known else "" for params in table.index]
        parts += [f"{family}: the fast grid loses at most {lost.loc[known].min().max():.4f}"]
        parts += [table.sort_values("mean loss").head(10).round(4).to_string(), ""]
    return "\n".join(parts)


def in_fast_grid(family: str, params: str) -> bool:
    """Whether the fast search tries a candidate."""
    fast = candidates_of(family, Preset.FAST)
    fixed = fast.classifier(**fast.fixed).get_params()
    return all(
        value in fast.grid.get(name, [fixed[name]]) for name, value in json.loads(params).items()
    )


def main(path: Path) -> None:
    """Study what is left to study, and print the summary."""
    run(paint_training_table(max(QUICK), seed=0, jobs=None, spec=FEATURES_V1).table, path)
    print(summarise(pd.read_csv(path)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
