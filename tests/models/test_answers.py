import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from src.features.extract_features import FEATURES_V1, FeatureSpec
from src.features.measuring import Texture, measure_picture
from src.features.specs import extract
from src.gallery.paintings import paint, plan_gallery
from src.models.answers import Panel, Seen, answer, is_unusual
from src.models.classifier import Classifier, TrainingSpread, find_spread
from src.models.predict_many import answer_many
from src.models.predict_model import load_model, predict

PAINTED = Texture(0.2, 10.0)


def warnings_of(source: object) -> list[str]:
    return [warning.code for warning in predict(source, order="bgr").warnings]  # type: ignore[arg-type]


def chart() -> bytes:
    figure = Figure(figsize=(6, 4))
    figure.subplots().plot(np.random.default_rng(0).normal(size=(40, 3)).cumsum(0))
    content = io.BytesIO()
    figure.savefig(content, format="jpeg")
    return content.getvalue()


def screenshot() -> Image.Image:
    screen = Image.new("RGB", (1280, 800), "white")
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 1280, 60), fill="navy")
    for y in range(90, 780, 20):
        draw.text((60, y), "The quick brown fox jumps over the lazy dog. " * 3, fill="black")
    return screen


def test_what_is_no_painting_is_said_to_be_unusual() -> None:
    flat = np.full((218, 218, 3), (200, 30, 160), np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (218, 218, 3), np.uint8)
    for source in (flat, noise, chart(), screenshot()):
        assert warnings_of(source) == ["unusual_image"]


def test_paintings_are_hardly_ever_said_to_be_unusual() -> None:
    found = [warnings_of(paint(commission)) for commission in plan_gallery(44, seed=21)]
    assert sum("unusual_image" in codes for codes in found) <= 2


@pytest.mark.parametrize(
    ("texture", "unusual"),
    [(PAINTED, False), (Texture(0.9, 1.0), True), (Texture(0.0, 80.0), True)],
)
def test_texture_decides_alone_where_nothing_is_known_of_training(
    texture: Texture, unusual: bool
) -> None:
    assert is_unusual(np.zeros(18), texture, None) is unusual


def test_features_far_from_those_of_training_are_unusual() -> None:
    spread = TrainingSpread(np.full(18, 100.0), np.full(18, 20.0))
    assert spread.distance(np.full(18, 100.0)) == 0
    assert not is_unusual(np.full(18, 140.0), PAINTED, spread)
    assert is_unusual(np.full(18, 160.0), PAINTED, spread)


def test_the_spread_is_that_of_the_models_scaler() -> None:
    spread = load_model().spread
    assert spread is not None
    assert spread.mean.shape == spread.std.shape == (len(load_model().metadata.feature_spec.names),)
    assert (spread.std > 0).all()
    assert find_spread(object()) is None


def test_what_several_models_ask_for_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = load_model()
    other = Classifier(shipped._model, shipped.name)
    panel, asked = Panel.of([shipped, other]), list[FeatureSpec]()

    def extract_and_note(bgr: NDArray[np.uint8], spec: FeatureSpec) -> NDArray[np.float64]:
        asked.append(spec)
        return extract(bgr, spec)

    monkeypatch.setattr("src.features.measuring.extract", extract_and_note)
    pictures = [paint(commission) for commission in plan_gallery(5, seed=1)]
    for first, second in answer_many(pictures, panel, order="bgr"):
        assert first == second
    assert asked == [FEATURES_V1] * 5


@pytest.mark.parametrize(
    ("first", "second", "min_score", "codes"),
    [
        (0.45, 0.40, 0, ["close_call"]),
        (0.45, 0.30, 0, []),
        (0.45, 0.40, 0.5, ["abstained"]),
    ],
)
def test_two_classes_near_each_other_are_a_close_call(
    first: float, second: float, min_score: float, codes: list[str]
) -> None:
    model, picture = load_model(), paint(plan_gallery(1, seed=3)[0])
    measured = measure_picture(picture, [FEATURES_V1], order="bgr")
    scores = np.full(len(model.classes), (1 - first - second) / (len(model.classes) - 2))
    scores[[4, 2]] = first, second
    seen, rows = Seen("a.png", measured, ()), np.array(measured.rows)
    (found,) = answer([seen], rows, scores[np.newaxis], model, min_score)
    told = [warning for warning in found.warnings if warning.code != "unusual_image"]
    assert [warning.code for warning in told] == codes
    assert all(model.classes[4] in warning.message for warning in told)
