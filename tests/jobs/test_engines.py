import sys

import pytest
from joblib.parallel import get_active_backend

from src.errors import ConfigError
from src.jobs.engines import Engine, working_on


@pytest.mark.parametrize(
    ("engine", "scheduler", "jobs", "fault"),
    [
        (Engine.LOCAL, "tcp://a:1", None, "--scheduler tcp://a:1 .* add --engine dask"),
        (Engine.DASK, None, None, "add --scheduler ADDRESS"),
        (Engine.DASK, "tcp://a:1", 3, "--jobs 3 counts processes of this machine"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    engine: Engine, scheduler: str | None, jobs: int | None, fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault), working_on(engine, scheduler, jobs):
        pass


def test_without_dask_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "src.jobs.dask_engine", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ConfigError, match=r"needs the package distributed; .*artlens\[dask\]"),
        working_on(Engine.DASK, "tcp://127.0.0.1:9"),
    ):
        pass


def test_this_machine_changes_nothing() -> None:
    before = type(get_active_backend()[0])
    with working_on(Engine.LOCAL, None, jobs=2):
        assert type(get_active_backend()[0]) is before
