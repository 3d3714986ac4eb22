"""Mirrored pictures are learned where a class has few works, from the very files of the table."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.features.measured_rows import MeasuredRows
from src.models.one_answer import OneAnswer
from src.models.training import mirrors
from src.models.training.mirrors import with_mirrors
from src.models.training.plan import SearchPlan
from src.models.training.table import TrainingTable
from src.tasks import Kind
from tests.models.wide_rows import SPEC, TASK, WIDTH, make_wide_table

COUNTS = {"Adam": 30, "Bea": 30, "Cleo": 10, "Dora": 3}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have each file measured as a row of its number; note which are."""
    paths: list[str] = []

    def measure(
        sources: Sequence[str], spec: object, *, jobs: int, label: str, mirrored: bool
    ) -> MeasuredRows:
        assert mirrored
        paths.extend(sources)
        numbers = [int(Path(source).stem) for source in sources]
        rows = np.repeat(np.array(numbers, np.float32)[:, None], WIDTH, axis=1)
        return MeasuredRows(rows, sha256=[digest_of(number) for number in numbers])

    monkeypatch.setattr(mirrors, "measure_rows", measure)
    return paths


def digest_of(number: int) -> str:
    return sha256(b"%d" % number).hexdigest()


def make_data() -> TrainingTable:
    tables = [make_wide_table([name], count) for name, count in COUNTS.items()]
    table = pd.concat(tables, ignore_index=True)
    table["filename"] = [f"{place}.jpg" for place in range(len(table))]
    table["sha256"] = [digest_of(place) for place in range(len(table))]
    return TrainingTable(table, "test", "0" * 64, images=Path("pictures"))


def test_classes_with_few_works_get_their_own_mirrored_pictures(asked: list[str]) -> None:
    said: list[str] = []
    data = with_mirrors(make_data(), SPEC, TASK, SearchPlan(jobs=1), said.append)
    assert data.mirrored is not None
    cleo = np.arange(60, 70)
    np.testing.assert_array_equal(data.mirrored[cleo, 0], cleo)
    assert np.isnan(np.delete(data.mirrored, cleo, axis=0)).all()
    assert asked == [str(Path("pictures") / f"{place}.jpg") for place in cleo]
    assert said == ["10 pictures of hands with few works are learned mirrored too"]


def test_a_file_that_is_not_that_of_the_table_is_not_learned(asked: list[str]) -> None:
    data = make_data()
    data.table.loc[64, "sha256"] = digest_of(1)
    found = with_mirrors(data, SPEC, TASK, SearchPlan(jobs=1), lambda _: None).mirrored
    assert found is not None
    assert np.flatnonzero(np.isfinite(found[:, 0])).tolist() == [60, 61, 62, 63, 65, 66, 67, 68, 69]


def test_without_pictures_or_a_network_or_few_works_nothing_is_measured(asked: list[str]) -> None:
    plan, data = SearchPlan(jobs=1), make_data()
    even = replace(data, table=data.table.iloc[:60])
    color = replace(SPEC, name="color")
    for given, spec in ((replace(data, images=None), SPEC), (even, SPEC), (data, color)):
        assert with_mirrors(given, spec, TASK, plan, asked.append) is given
    assert asked == []


def test_few_is_fewer_than_two_thirds_of_the_mean_of_the_classes_that_are_learned() -> None:
    labels = np.repeat(["a", "b", "c", "d", ""], [20, 20, 10, 3, 50])
    assert set(labels[OneAnswer().find_few(labels, 8)]) == {"c"}
    assert set(labels[OneAnswer().find_few(labels, 2)]) == {"d"}
    assert not OneAnswer().find_few(labels, 30).any()


def test_pictures_of_tags_that_few_have_are_learned_mirrored(asked: list[str]) -> None:
    tags, data = replace(TASK, kind=Kind.MANY), make_data()
    cells = np.array(["sea|trees"] * 30 + ["sea"] * 30 + ["fog|sea"] * 10 + ["boat"] * 3)
    data.table["hand"] = cells
    found = with_mirrors(data, SPEC, tags, SearchPlan(jobs=1), lambda _: None).mirrored
    assert found is not None
    assert np.flatnonzero(np.isfinite(found[:, 0])).tolist() == list(range(60, 70))
