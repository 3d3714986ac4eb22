import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import settings

from src import config
from src.features import backbones
from tests.installation import elsewhere

# Processes that tests start elsewhere find `src` here; installed, the package is called artlens.
ROOT = Path(__file__).resolve().parents[1]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("artlens", derandomize=True, deadline=None)
settings.load_profile("artlens")

# A shell's background job ignores interrupts and hands that on; the tests of Ctrl-C need them.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def own_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder for a user's own networks."""
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(tmp_path / "models"))
    for known in (config.settings, backbones._find_again):
        known.cache_clear()
    yield tmp_path / "models" / "backbones"
    for known in (config.settings, backbones._find_again):
        known.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what tests measure out of the cache of whoever runs them."""
    os.environ["ARTLENS_MEASURED_FILE"] = str(tmp_path_factory.mktemp("cache") / "measured.sqlite")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    for name in ("src", "models"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "models" / "color" / "classifier.joblib").write_bytes(b"for scikit-learn users")
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=checkout, check=True)
    return next(checkout.glob("*.whl"))


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new environment with the wheel."""
    env = tmp_path_factory.mktemp("new") / "env"
    venv.create(env, with_pip=True)
    pip: list[Path | str] = [
        env / "bin" / "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        wheel,
    ]
    subprocess.run(pip, env=elsewhere(), check=True)
    # The libraries are those of this environment; what is editable in it is not.
    (site,) = env.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return env


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Path:
    """Return a home with the programs of an environment, and a project that has a `src`.

    Each test has a home of its own: a model that one trains would answer in the next.
    """
    (tmp_path / "env").symlink_to(environment)
    own = tmp_path / "project" / "src" / "models"
    own.mkdir(parents=True)
    for folder in (own.parent, own):
        (folder / "__init__.py").touch()
    (own / "predict_model.py").write_text('MINE = "the user\'s own"\n')
    return tmp_path
