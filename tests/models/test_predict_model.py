import itertools
import lzma
import subprocess
import sys
import threading
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import ClassVar, cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from src.errors import (
    ConfigError,
    ImageError,
    ModelMismatch,
    UnreadableImage,
)
from src.images import ImageSource
from src.models.answers import BATCH, Panel
from src.models.artifact import LoadedModel
from src.models.predict_many import LOOK_AHEAD, answer_each
from src.models.predict_model import (
    Classifier,
    FailedPrediction,
    Prediction,
    predict,
    predict_many,
)
from tests.models.fitted_models import CLASSIFIERS, fit_model, make_rows, paint


def as_classifier(family: str = "logistic_regression") -> Classifier:
    model = fit_model(family)
    return Classifier(LoadedModel(model.estimator, model.metadata))


MODEL = as_classifier()


class Unsure:
    classes_ = np.array(["RED", "PINK", "BLACK"])

    def predict_proba(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.tile([0.3, 0.2, 0.5], (len(rows), 1))


UNSURE = Classifier(LoadedModel(Unsure(), fit_model().metadata))


def png(label: str, seed: int = 0) -> bytes:
    encoded = cv2.imencode(".png", paint(label, np.random.default_rng(seed)))[1]
    return encoded.tobytes()


@pytest.mark.parametrize("family", CLASSIFIERS)
def test_scores_are_ranked_and_sum_to_one(family: str) -> None:
    for label in ("BLACK", "RED", "PINK"):
        found = predict(png(label), model=as_classifier(family))
        assert found.label == label == next(iter(found.scores))
        assert found.score == max(found.scores.values()) == found.scores[label]
        assert list(found.scores.values()) == sorted(found.scores.values(), reverse=True)
        assert set(found.scores) == {"BLACK", "RED", "PINK"}
        assert sum(found.scores.values()) == pytest.approx(1, abs=1e-12)


def test_path_bytes_file_image_and_array_are_one_picture(tmp_path: Path) -> None:
    content = png("RED")
    path = tmp_path / "rose"
    path.write_bytes(content)
    bgr = paint("RED", np.random.default_rng(0))
    rgb = np.ascontiguousarray(bgr[..., ::-1])
    picture = Image.fromarray(rgb)
    sources: list[tuple[ImageSource, str]] = [
        (path, str(path)),
        (str(path), str(path)),
        (content, "<bytes>"),
        (BytesIO(content), "<file>"),
        (picture, "<image>"),
        (rgb, "<array>"),
    ]
    expected = predict(bgr, model=MODEL, order="bgr")
    for source, name in sources:
        assert predict(source, model=MODEL) == replace(expected, source=name)
    found = predict_many([bgr], model=MODEL, order="bgr")
    assert list(found) == [expected]
    assert predict(rgb, model=MODEL, order="bgr").label != "RED"


def test_equal_scores_keep_the_order_of_the_classes() -> None:
    class Undecided:
        classes_ = np.array(["RED", "PINK", "BLACK"])

        def predict_proba(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.tile([0.4, 0.4, 0.2], (len(rows), 1))

    found = predict(png("RED"), model=Classifier(LoadedModel(Undecided(), fit_model().metadata)))
    assert list(found.scores) == ["RED", "PINK", "BLACK"]
    metadata = replace(fit_model().metadata, classes=("PINK", "BLACK", "RED"))
    found = predict(png("RED"), model=Classifier(LoadedModel(Undecided(), metadata)))
    assert list(found.scores.items()) == [("PINK", 0.4), ("RED", 0.4), ("BLACK", 0.2)]


def test_under_the_least_score_there_is_no_label() -> None:
    sure = predict(png("RED"), model=MODEL)
    assert (sure.label, sure.warnings) == ("RED", MODEL.cautions)
    for found in (
        predict(png("RED"), model=UNSURE, min_score=0.6),
        *predict_many([png("RED")], model=UNSURE, min_score=0.6),
    ):
        assert isinstance(found, Prediction)
        assert (found.label, found.score) == (None, 0.5)
        assert list(found.scores) == ["BLACK", "RED", "PINK"]
        *_, warning = found.warnings
        assert warning.code == "abstained"
        assert "0.6" in warning.message
        assert "BLACK with 0.500" in warning.message
    assert predict(png("RED"), model=UNSURE, min_score=0.5).label == "BLACK"


@pytest.mark.parametrize("min_score", [-0.1, 1.1, float("nan")])
def test_a_least_score_that_is_no_probability_is_refused(min_score: float) -> None:
    for call in (
        lambda: predict(png("RED"), model=MODEL, min_score=min_score),
        lambda: predict_many([], model=MODEL, min_score=min_score),
    ):
        with pytest.raises(ConfigError, match="give one from 0 to 1"):
            call()


def test_the_palette_has_names_of_its_own_and_the_label_stands_on_one_of_it() -> None:
    halves = np.zeros((60, 100, 3), np.uint8)
    halves[:, :40], halves[:, 40:] = (255, 0, 0), (0, 128, 128)
    found = predict(halves, model=MODEL)
    assert [(color.hex, color.name) for color in found.palette] == [
        ("#008080", "teal"),
        ("#ff0000", "red"),
    ]
    assert found.stands_on in found.palette
    assert sum(color.share for color in found.palette) == pytest.approx(1)
    (many,) = predict_many([halves], model=MODEL)
    assert many == found
    (bare,) = predict_many([halves], model=MODEL, palette=False)
    assert bare == replace(found, palette=(), stands_on=None)


def test_a_bad_picture_raises() -> None:
    with pytest.raises(ImageError):
        predict(b"no picture", model=MODEL)


class _Breaking(BytesIO):
    """Gives the beginning of a picture, then raises what no file does."""

    def __init__(self, error: Exception) -> None:
        super().__init__(png("RED")[:100])
        self.error = error

    def read(self, size: int | None = -1) -> bytes:
        if given := super().read(size):
            return given
        raise self.error


class _Asynchronous:
    """A file of a web framework, whose bytes have to be waited for."""

    async def read(self, _: int = -1) -> bytes:
        return png("RED")


def test_many_go_on_after_a_stream_that_raises_anything() -> None:
    errors = (zipfile.BadZipFile("Bad CRC-32"), lzma.LZMAError("Corrupt"), KeyError("gone"))
    bad = [*map(_Breaking, errors), cast(ImageSource, _Asynchronous())]
    sources: list[ImageSource] = [each for one in bad for each in (one, png("RED"))]
    found = list(predict_many(sources, model=MODEL))
    assert [isinstance(result, FailedPrediction) for result in found] == [True, False] * len(bad)
    for failed in found[::2]:
        assert isinstance(failed, FailedPrediction)
        assert isinstance(failed.error, UnreadableImage)


def test_many_go_on_after_an_image_whose_file_breaks() -> None:
    file = _Breaking(zipfile.BadZipFile("Bad CRC-32"))
    found = list(predict_many([Image.open(file), png("RED")], model=MODEL))
    assert [isinstance(result, FailedPrediction) for result in found] == [True, False]


def test_what_was_given_before_sources_broke_is_answered() -> None:
    def sources() -> Iterator[ImageSource]:
        yield from [png("RED")] * 7
        raise KeyError("gone")

    answers = predict_many(sources(), model=MODEL)
    assert [found.source for found in itertools.islice(answers, 7)] == ["<bytes>"] * 7
    with pytest.raises(KeyError, match="gone"):
        next(answers)


def test_predict_scores_takes_rows_of_the_models_features_only() -> None:
    rows, labels = make_rows(("BLACK", "RED", "PINK"))
    scores = MODEL.predict_scores(rows)
    assert MODEL.classes == ("BLACK", "RED", "PINK")
    assert scores.shape == (90, 3)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-12)
    assert (np.array(MODEL.classes)[scores.argmax(axis=1)] == labels).mean() > 0.9
    assert MODEL.predict_scores(rows[:0]).shape == (0, 3)
    for bad in (rows[:, :17], rows[0], np.full((1, 18), np.nan)):
        with pytest.raises(ModelMismatch, match=r"shape \(n, 18\)"):
            MODEL.predict_scores(bad)


@pytest.mark.parametrize("family", CLASSIFIERS)
def test_many_give_what_one_by_one_gives_in_order(family: str) -> None:
    model = as_classifier(family)
    sources = [png(label, seed) for seed in range(12) for label in ("BLACK", "RED", "PINK")]
    sources[3] = sources[20] = b"no picture"
    earlier = FailedPrediction("page 7", UnreadableImage("not downloaded"))
    many = list(predict_many([*sources[:33], earlier, *sources[33:]], model=model))
    assert many.pop(33) is earlier
    assert len(many) == len(sources)
    for source, found in zip(sources, many, strict=True):
        if source == b"no picture":
            assert isinstance(found, FailedPrediction)
            assert isinstance(found.error, ImageError)
            assert found.source == "<bytes>"
        else:
            assert isinstance(found, Prediction)
            alone = predict(source, model=model)
            assert found.label == alone.label
            assert found.scores == pytest.approx(alone.scores, abs=1e-12)


def test_many_read_an_endless_stream_a_little_ahead() -> None:
    taken = itertools.count()
    content = png("PINK")

    def endless() -> Iterator[bytes]:
        while True:
            next(taken)
            yield content

    found = predict_many(endless(), model=MODEL)
    assert next(taken) == 0
    results = list(itertools.islice(found, 100))
    assert {result.source for result in results} == {"<bytes>"}
    assert next(taken) - 1 <= 100 + LOOK_AHEAD
    found.close()  # type: ignore[attr-defined]
    assert next(found, None) is None


class Watched(BytesIO):
    """A file that notes how many threads OpenCV has while it is read."""

    seen: ClassVar[set[int]] = set()

    def read(self, *size: int | None) -> bytes:
        self.seen.add(cv2.getNumThreads())
        return super().read(*size)


class Traced(BytesIO):
    """A file that notes which threads read it, and waits for there to be several."""

    threads: ClassVar[set[int]] = set()
    together: ClassVar[threading.Barrier]

    def read(self, *size: int | None) -> bytes:
        if threading.get_ident() not in self.threads:
            self.threads.add(threading.get_ident())
            self.together.wait(timeout=20)
        return super().read(*size)


@pytest.mark.parametrize(("jobs", "count"), [(1, 40), (3, 40), (3, 3)])
def test_many_are_decoded_by_as_many_threads_as_asked_for(
    jobs: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Traced, "threads", set())
    monkeypatch.setattr(Traced, "together", threading.Barrier(jobs), raising=False)
    content = png("PINK")
    found = predict_many((Traced(content) for _ in range(count)), model=MODEL, jobs=jobs)
    assert [result.source for result in found] == ["<file>"] * count
    assert len(Traced.threads) == jobs


def test_many_need_a_thread() -> None:
    with pytest.raises(ConfigError, match="jobs=0"):
        predict_many([], model=MODEL, jobs=0)


def test_many_leave_no_threads_to_opencv_and_give_them_back() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        first, second = (predict_many([Watched(png("PINK"))] * 2, model=MODEL) for _ in range(2))
        next(first), next(second)
        list(first)
        assert cv2.getNumThreads() == 1
        list(second)
        assert (Watched.seen, cv2.getNumThreads()) == ({1}, 2)
    finally:
        cv2.setNumThreads(before)


def test_many_of_none_is_none_and_one_is_not_many(tmp_path: Path) -> None:
    assert list(predict_many([], model=MODEL)) == []
    for source in ("rose.jpg", tmp_path, b"GIF89a"):
        with pytest.raises(ConfigError, match="several are expected"):
            predict_many(source, model=MODEL)  # type: ignore[arg-type]


def test_importing_the_api_stays_light() -> None:
    heavy = ["matplotlib", "pandas", "pandera", "scipy", "sklearn", "skops", "typer"]
    code = f"import sys, src.models.predict_model; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_file_that_ends_too_early_is_answered_with_a_warning() -> None:
    whole = cv2.imencode(".jpg", paint("RED", np.random.default_rng(0)))[1].tobytes()
    part = whole[:-40]
    for found in (predict(part, model=MODEL), *predict_many([part, part], model=MODEL)):
        assert isinstance(found, Prediction)
        assert found.label == predict(whole, model=MODEL).label
        assert "truncated" in [warning.code for warning in found.warnings]
    assert "truncated" not in [warning.code for warning in predict(whole, model=MODEL).warnings]


def test_who_stops_early_waits_for_nobody_who_can_be_told() -> None:
    told = threading.Event()

    def finish(source: int) -> FailedPrediction:
        # The first ones come at once, the others when it is told that nobody wants them.
        assert source < BATCH or told.wait(60)
        return FailedPrediction(str(source), ImageError("none"))

    answers = answer_each(range(3 * BATCH), finish, Panel.of([MODEL]), 2, on_stop=told.set)
    assert next(answers)[0].source == "0"
    assert not told.is_set()
    assert isinstance(answers, Generator)
    answers.close()
    assert told.is_set()
