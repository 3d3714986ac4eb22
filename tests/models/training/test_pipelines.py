from typing import Any

import pytest
from sklearn.model_selection import ParameterGrid
from sklearn.preprocessing import StandardScaler

from src.features.specs import spec_for
from src.models.training.pipelines import build_pipeline, candidates_of, pipeline_grid
from src.models.training.plan import FAMILIES, Preset, SearchPlan
from src.tasks import ARTIST, COLOR, MEDIUM


def sizes(preset: Preset) -> dict[str, int]:
    return {f: len(ParameterGrid(pipeline_grid(candidates_of(f, preset)))) for f in FAMILIES}


def test_published_grids_have_the_sizes_of_the_study_and_a_few_candidates_more() -> None:
    study = {
        "svm": 25,
        "logistic_regression": 13,
        "random_forest": 80,
        "gradient_boosting": 4,
        "neural_network": 30,
    }
    grids = {family: candidates_of(family, Preset.PUBLISHED).grid for family in FAMILIES}
    assert {family: len(ParameterGrid(dict(grid))) for family, grid in grids.items()} == study
    assert sizes(Preset.PUBLISHED) == study | {
        "svm": 37,
        "random_forest": 83,
        "gradient_boosting": 5,
        "neural_network": 38,
    }


@pytest.mark.parametrize(
    ("family", "best"),
    [
        ("svm", {"C": 100, "gamma": 0.01}),
        ("neural_network", {"alpha": 1, "hidden_layer_sizes": [400], "solver": "adam"}),
        ("logistic_regression", {"C": 15}),
        ("random_forest", {"max_depth": 25, "n_estimators": 170}),
        ("gradient_boosting", {"max_depth": 100, "n_estimators": 50}),
    ],
)
def test_published_grids_hold_what_the_study_found_best(family: str, best: dict[str, Any]) -> None:
    candidates = candidates_of(family, Preset.PUBLISHED)
    assert best in list(ParameterGrid(dict(candidates.grid)))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("preset", Preset)
def test_every_candidate_can_be_set_on_a_pipeline_that_scales(family: str, preset: Preset) -> None:
    candidates = candidates_of(family, preset)
    pipeline = build_pipeline(candidates, seed=3)
    assert isinstance(pipeline.named_steps["scale"], StandardScaler)
    assert pipeline.get_params()["classify__random_state"] == 3
    for params in ParameterGrid(pipeline_grid(candidates)):
        pipeline.set_params(**params)


@pytest.mark.parametrize("family", FAMILIES)
def test_fast_tries_less_than_published_but_still_chooses(family: str) -> None:
    fast, published = sizes(Preset.FAST)[family], sizes(Preset.PUBLISHED)[family]
    assert 1 < fast < published


def test_classes_weigh_the_same_in_families_that_can_weigh_them() -> None:
    fixed = {
        family: candidates_of(family, Preset.FAST, 300, balanced=True).fixed.get("class_weight")
        for family in ("logistic_regression", "linear_svm", "svm", "lda")
    }
    assert fixed == {
        "logistic_regression": "balanced",
        "linear_svm": "balanced",
        "svm": "balanced",
        "lda": None,
    }
    narrow = candidates_of("logistic_regression", Preset.FAST, 18, balanced=True)
    assert narrow.grid == candidates_of("logistic_regression", Preset.FAST, 18).grid


def test_a_balanced_task_lets_all_depths_of_a_network_count_the_same() -> None:
    shipped = spec_for(MEDIUM, None, None)
    plan = SearchPlan(seed=3).suiting(MEDIUM, shipped)
    assert (plan.seed, plan.balanced, sum(plan.blocks)) == (3, True, len(shipped.names))
    assert SearchPlan().suiting(ARTIST, shipped) == SearchPlan()
    assert SearchPlan().suiting(MEDIUM, spec_for(COLOR, None, None)).blocks == ()
    steps = build_pipeline(
        candidates_of("lda", Preset.FAST, len(shipped.names)), 0, plan.blocks
    ).named_steps
    assert steps["reduce"].blocks == plan.blocks
