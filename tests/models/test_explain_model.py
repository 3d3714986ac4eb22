import json
from dataclasses import replace

import numpy as np
import pytest

from src.edges import TextOrJson
from src.errors import ConfigError, ModelMismatch, UnreadableImage
from src.features.extract_features import FEATURE_NAMES
from src.features.feature_words import label_feature, label_group
from src.models.artifact import LoadedModel
from src.models.explain_model import (
    ClassOdds,
    Contribution,
    Explanation,
    explain,
    explain_features,
)
from src.models.predict_model import Classifier, predict
from src.models.reporting.explanation_text import (
    describe_value,
    render_explanation,
)
from src.models.studies.owen_values import SPACES
from src.models.tag_classifier import TagClassifier
from src.models.training.plan import FAMILIES
from tests.models.fitted_models import BGR, fit_model, paint
from tests.models.tag_models import fit_tag_model, tag_classifier

RED = paint("RED", np.random.default_rng(1))


def classifier(family: str = "logistic_regression") -> Classifier:
    model = fit_model(family)
    return Classifier(LoadedModel(model.estimator, model.metadata))


@pytest.mark.parametrize("family", FAMILIES)
def test_contributions_add_up_to_the_odds_that_predict_gives(family: str) -> None:
    model = classifier(family)
    found = explain(RED, model=model, order="bgr")
    predicted = predict(RED, model=model, order="bgr")
    first, second = list(predicted.scores.items())[:2]
    assert (found.label.name, found.label.probability) == first
    assert (found.runner_up.name, found.runner_up.probability) == second
    assert {part.feature for part in found.contributions} == set(FEATURE_NAMES)
    for of, odds in (("label", found.label), ("runner_up", found.runner_up)):
        p = min(max(odds.probability, 1e-4), 1 - 1e-4)
        total = sum(getattr(part, of) for part in found.contributions)
        assert odds.log_odds == pytest.approx(np.log2(p / (1 - p)), abs=1e-9)
        assert odds.average_log_odds + total == pytest.approx(odds.log_odds, abs=1e-9)


def test_the_average_training_work_has_nothing_to_explain() -> None:
    model = classifier()
    scaler = model.estimator.calibrated_classifiers_[0].estimator.named_steps["scale"]
    found = explain_features(scaler.mean_, model)
    assert found.source == "<features>"
    for part in found.contributions:
        assert (part.label, part.runner_up, part.deviations) == (0, 0, 0)


def test_for_scores_without_interactions_each_feature_gets_its_own_part() -> None:
    """The log-odds of two classes under a logistic regression are a sum over the features."""
    model = fit_model(classes=("BLACK", "RED"), method="sigmoid")
    both = Classifier(LoadedModel(model.estimator, model.metadata))
    pipeline = model.estimator.calibrated_classifiers_[0].estimator
    mild = paint("RED", np.random.default_rng(1)) // 2 + 40
    found = explain(mild, model=both, order="bgr")
    assert found.runner_up.probability > 0.01
    weights = pipeline.named_steps["classify"].coef_[0]
    parts = {part.feature: part for part in found.contributions}
    expected = [w * parts[name].deviations for w, name in zip(weights, FEATURE_NAMES, strict=True)]
    ratio = np.array([parts[name].label for name in FEATURE_NAMES]) / expected
    assert ratio == pytest.approx(np.full(18, ratio[0]), rel=1e-6)


def test_deviations_are_from_the_training_rows_and_the_most_influential_comes_first() -> None:
    model = fit_model()
    found = explain(RED, model=classifier(), order="bgr")
    scaler = model.estimator.calibrated_classifiers_[0].estimator.named_steps["scale"]
    parts = {part.feature: part for part in found.contributions}
    place = FEATURE_NAMES.index("a_lab_mean")
    by_hand = (parts["a_lab_mean"].value - scaler.mean_[place]) / scaler.scale_[place]
    assert parts["a_lab_mean"].deviations == pytest.approx(by_hand)
    influence = [max(abs(part.label), abs(part.runner_up)) for part in found.contributions]
    assert influence == sorted(influence, reverse=True)
    assert sum(label for label, _ in found.by_space().values()) == pytest.approx(
        sum(part.label for part in found.contributions)
    )


def test_explanations_repeat_themselves() -> None:
    assert explain(RED, model=classifier()) == explain(RED, model=classifier())


def test_arrays_are_rgb_unless_they_say_otherwise() -> None:
    same = explain(RED[..., ::-1], model=classifier())
    assert same == explain(RED, model=classifier(), order="bgr")


def test_of_tags_those_that_are_said_are_explained_each_by_itself() -> None:
    model = tag_classifier()
    found = explain(RED, model=model, order="bgr")
    predicted = predict(RED, model=model, order="bgr")
    assert set(predicted.labels) == {"warm", "rose"}
    assert (found.label.name, found.runner_up.name) == predicted.labels
    assert found.many
    for of, odds in (("label", found.label), ("runner_up", found.runner_up)):
        assert odds.probability == predicted.scores[odds.name]
        total = sum(getattr(part, of) for part in found.contributions)
        assert odds.average_log_odds + total == pytest.approx(odds.log_odds, abs=1e-9)
    told = render_explanation(found, TextOrJson.TEXT)
    assert f", {found.runner_up.name} {found.runner_up.probability:.3f}  " in told
    assert "doubles the odds of a tag" in told


def test_a_tag_that_is_said_comes_before_a_more_probable_one_that_is_not() -> None:
    fitted = fit_tag_model()
    metadata = replace(fitted.metadata, thresholds={"warm": 1.0, "rose": 1.0, "night": 0.0})
    model = Classifier(LoadedModel(fitted.estimator, metadata))
    found = explain(RED, model=model, order="bgr")
    assert predict(RED, model=model, order="bgr").labels == ("night",)
    assert found.label.name == "night"
    assert found.label.probability < found.runner_up.probability


def test_a_single_tag_stands_against_its_absence() -> None:
    fitted = fit_tag_model()
    one = TagClassifier.of(np.array(["rose"]), fitted.estimator.estimators_[1:2], [])
    metadata = replace(fitted.metadata, classes=("rose",), thresholds={"rose": 0.5})
    found = explain(RED, model=Classifier(LoadedModel(one, metadata)), order="bgr")
    assert (found.label.name, found.runner_up.name, found.many) == ("rose", "no rose", False)
    assert found.label.probability + found.runner_up.probability == pytest.approx(1)
    for part in found.contributions:
        assert part.label == pytest.approx(-part.runner_up)


def test_it_tells_of_what_it_is_asked_about() -> None:
    model = classifier()
    first = explain(RED, model=model, order="bgr")
    about = explain(RED, model=model, order="bgr", about=["BLACK"])
    assert (about.label.name, about.runner_up.name) == ("BLACK", first.label.name)
    both = explain(RED, model=model, order="bgr", about=["PINK", "BLACK"])
    assert (both.label.name, both.runner_up.name) == ("PINK", "BLACK")
    for names in (["GOLD"], ["RED", "PINK", "BLACK"]):
        with pytest.raises(ConfigError, match="name one or two of BLACK, RED, PINK"):
            explain(RED, model=model, about=names)


def test_what_cannot_be_explained_is_refused() -> None:
    with pytest.raises(ModelMismatch, match=r"shape \(3,\)"):
        explain_features(np.zeros(3), classifier())
    with pytest.raises(ModelMismatch, match="finite numbers"):
        explain_features(np.full(18, np.nan), classifier())
    with pytest.raises(UnreadableImage):
        explain(b"no picture", model=classifier())


def test_the_text_says_in_words_what_pushed_where() -> None:
    found = explain(RED, model=classifier(), order="bgr")
    text = render_explanation(found, TextOrJson.TEXT)
    lines = text.splitlines()
    assert lines[0].startswith(f"RED {found.label.probability:.3f}, then ")
    most = found.contributions[0]
    named = f"{label_feature(most.feature)} {most.value:.3g}"
    assert most.deviations is not None
    told = f"{named} is {describe_value(most.deviations)}"
    (line,) = (line for line in lines if line.startswith(told))
    assert line.split()[-2:] == [f"{most.label:+.1f}", f"{most.runner_up:+.1f}"]
    assert {"the other 10 features", *(f"all of {label_group(space)}" for space in SPACES)} <= {
        line.rsplit(None, 2)[0] for line in lines if line
    }


def test_the_text_maps_where_the_label_is() -> None:
    half = RED.copy()
    half[:, : half.shape[1] // 3] = 120, 120, 120
    found = explain(half, model=classifier(), order="bgr")
    assert found.label.name == "RED"
    assert found.places["right"] > 0.9
    assert found.places["left"] < 0.1
    *_, title, top, _, _ = render_explanation(found, TextOrJson.TEXT).splitlines()
    assert title == "Where it is RED: of each part of the picture"
    assert top.split() == [f"{found.places[part]:.0%}" for part in ("top left", "top", "top right")]


def test_the_text_fits_a_terminal_whichever_features_matter() -> None:
    odds = ClassOdds("PURPLE", 0.5, 0.0, -3.0)
    parts = [Contribution(name, "lab", 99.9, 0.6, 13.3, -13.3) for name in FEATURE_NAMES[::-1]]
    text = render_explanation(Explanation("a.png", odds, odds, tuple(parts)), TextOrJson.TEXT)
    assert max(map(len, text.splitlines())) <= 80


def test_the_json_holds_every_feature_and_the_sums() -> None:
    found = explain(RED, model=classifier(), order="bgr")
    fields = json.loads(render_explanation(found, TextOrJson.JSON))
    assert fields["label"]["name"] == "RED"
    assert len(fields["contributions"]) == 18
    assert fields["contributions"][0]["feature"] == found.contributions[0].feature
    assert fields["by_space"]["lab"]["label"] == found.by_space()["lab"][0]
    assert set(BGR) >= {fields["label"]["name"], fields["runner_up"]["name"]}


def test_the_text_shows_any_label_and_any_group_in_one_line() -> None:
    found = Explanation(
        "a.png",
        ClassOdds("two\nlines", 0.9, 3.2, -2.0),
        ClassOdds("NA", 0.1, -3.2, -4.0),
        (Contribution("block1_mean", "block1", 0.5, 2.1, 5.2, 0.8),),
    )
    lines = render_explanation(found, TextOrJson.TEXT).splitlines()
    assert lines[0] == "two\\nlines 0.900, then NA 0.100  a.png"
    assert any(line.startswith("all of block1 ") for line in lines)
    assert lines[-1].startswith("NA: odds from")
