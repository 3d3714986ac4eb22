from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError

import pytest

from src import extras
from src.extras import name_missing

REQUIRES = [
    "numpy<3,>=2.3",
    "uvloop<1,>=0.21; sys_platform != 'win32'",
    'pandas<4,>=3.0; extra == "data"',
    'pandera[pandas]<1,>=0.30; extra == "data"',
    'pandas<4,>=3.0; extra == "train"',
    'pandera[pandas]<1,>=0.30; extra == "train"',
    'scikit-learn<2,>=1.9; extra == "train"',
    'uvloop<1; sys_platform != "win32" and extra == "train"',
]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(extras, "requires", lambda package: REQUIRES)
    extras._extras.cache_clear()
    yield
    extras._extras.cache_clear()


def say(module: str, extra: str | None = None) -> str:
    return str(name_missing(ModuleNotFoundError(name=module), "artlens train", extra))


def test_the_extra_of_a_command_is_named_if_it_brings_the_library() -> None:
    assert say("pandas", "train") == (
        "artlens train needs pandas, which is not installed; pip install 'artlens[train]'"
    )
    assert say("pandera", "train").endswith("pip install 'artlens[train]'")


@pytest.mark.parametrize("extra", [None, "predict", "no-such"])
def test_else_it_is_the_smallest_that_brings_it(extra: str | None) -> None:
    assert say("pandas", extra).endswith("pip install 'artlens[data]'")
    assert "needs scikit-learn, which" in say("sklearn", extra)
    assert say("sklearn", extra).endswith("pip install 'artlens[train]'")


@pytest.mark.parametrize("module", ["numpy", "sklearn.svm", "pandas.nothing", "nobody", ""])
def test_what_no_extra_would_mend_is_left_as_it_is(module: str) -> None:
    assert say(module) == "None"


def test_where_the_package_is_not_installed_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(package: str) -> list[str]:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(extras, "requires", refuse)
    assert say("pandas") == "None"
