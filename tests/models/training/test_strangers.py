from dataclasses import replace

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from src.models.components import Components
from src.models.novelty import NEIGHBOURS, Novelty
from src.models.training import strangers
from src.models.training.rows import Split, split_holdout
from src.models.training.strangers import LEAST_CLASSES, discriminate, fit_novelty
from tests.models.wide_rows import SPEC, TASK, make_wide_table

KNOWN = tuple(f"known {number}" for number in range(12))
OTHERS = tuple(f"other {number}" for number in range(8))


@pytest.fixture(scope="module")
def split() -> Split:
    return split_holdout(make_wide_table(KNOWN, each=30), SPEC.names, TASK, seed=0)


@pytest.fixture(scope="module")
def novelty(split: Split) -> Novelty:
    fitted = fit_novelty(split, seed=0, jobs=1)
    assert fitted is not None
    return fitted


def test_works_of_others_are_more_probably_of_none(split: Split, novelty: Novelty) -> None:
    others = make_wide_table(OTHERS, seed=1)[list(SPEC.names)].to_numpy()
    known = split.holdout.features
    strange = np.repeat([False, True], [len(known), len(others)])
    chances = novelty(np.vstack([known, others]))
    assert roc_auc_score(strange, chances) > 0.75
    assert chances[strange].mean() > 0.5 > chances[~strange].mean()
    assert (chances[~strange] > novelty.limit).mean() < 0.25
    assert (chances[strange] > novelty.limit).mean() > 0.3


def test_ambiguity_and_unlikeness_both_speak_for_a_stranger(novelty: Novelty) -> None:
    ambiguity, likeness, _ = novelty.weights
    assert ambiguity > 0 > likeness


def test_axes_are_those_of_a_discriminant_analysis(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "_AXES", 40)
    rows = split.training
    fitted = discriminate(rows.features, rows.labels)
    monkeypatch.setattr(strangers, "_SHRINKAGE", 0.0)
    sharp = discriminate(rows.features, rows.labels)
    assert fitted.axes.shape == (300, len(KNOWN) - 1)
    inner = split.holdout.features @ sharp.axes - sharp.origin
    apart = np.square(inner[:, None] - sharp.centres[None]).sum(axis=2)
    answers = np.unique(rows.labels)[apart.argmin(axis=1)]
    reduced = Components(40)
    scale = StandardScaler().fit(rows.features)
    plain = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(12, 1 / 12)).fit(
        reduced.fit_transform(scale.transform(rows.features)), rows.labels
    )
    expected = plain.predict(reduced.transform(scale.transform(split.holdout.features)))
    assert (answers == expected).mean() > 0.97


def test_no_fold_knows_the_classes_that_are_strangers_on_it(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    original = strangers.discriminate

    def spy(features: object, labels: object) -> Novelty:
        counts.append(len(np.unique(np.asarray(labels))))
        return original(features, labels)  # type: ignore[arg-type]

    monkeypatch.setattr(strangers, "discriminate", spy)
    fit_novelty(split, seed=0, jobs=1)
    *folds, everything = counts
    assert sorted(folds) == [9, 9, 10, 10, 10]
    assert everything == 12


def test_few_classes_teach_nothing_about_others() -> None:
    few = make_wide_table(KNOWN[: LEAST_CLASSES - 1])
    assert fit_novelty(split_holdout(few, SPEC.names, TASK, seed=0), seed=0, jobs=1) is None


def test_it_is_written_as_plain_arrays_and_read_the_same(split: Split, novelty: Novelty) -> None:
    content = novelty.to_bytes()
    assert content == novelty.to_bytes()
    read = Novelty.from_bytes(content, len(SPEC.names))
    rows = split.holdout.features
    np.testing.assert_array_equal(read(rows), novelty(rows))
    with pytest.raises(ValueError, match=r"axes do not fit rows of 18"):
        Novelty.from_bytes(content, 18)
    crooked = replace(novelty, works=novelty.works[:, 1:]).to_bytes()
    with pytest.raises(ValueError, match="works do not fit"):
        Novelty.from_bytes(crooked, len(SPEC.names))


def test_fewer_works_than_neighbours_are_all_looked_at(split: Split, novelty: Novelty) -> None:
    few = replace(novelty, works=novelty.works[: NEIGHBOURS - 3])
    assert np.isfinite(few(split.holdout.features)).all()
