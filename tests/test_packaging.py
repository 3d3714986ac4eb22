"""What an installation gets, and that its requirements, its lock and its imports agree."""

import ast
import json
import re
import subprocess
import sys
from email.message import Message
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.utils import canonicalize_name

import src
from src import __version__, extras, load_model
from src.extras import name_missing
from tests.installation import elsewhere, gated, requirements, run_installed, with_extra

ROOT = Path(__file__).resolve().parent.parent
MODEL_FILES = ("README.md", "model.json", "model.skops")
PAIR_FILES = ("README.md", "model.json", "space.npz", "works.npz")
SHIPPED = "artlens/models/shipped"
REGISTRY = re.compile(rb"(pypi|pythonhosted|npmjs|debian)\.org")


@pytest.fixture(scope="module")
def lock() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / "Pipfile.lock").read_text())
    return content


def test_wheel_holds_the_package_and_the_shipped_model(wheel: Path) -> None:
    package = {
        f"artlens/{path.relative_to(ROOT / 'src').as_posix()}"
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    color = {f"{SHIPPED}/color/{name}" for name in MODEL_FILES}
    artist = {f"{SHIPPED}/artist/{name}" for name in (*MODEL_FILES, "novelty.npz")}
    same = {f"{SHIPPED}/same_artist/{name}" for name in PAIR_FILES}
    medium = {f"{SHIPPED}/medium/{name}" for name in MODEL_FILES}
    tags = {f"{SHIPPED}/tags/{name}" for name in MODEL_FILES}
    assert held == package | color | artist | medium | same | tags


def test_installed_it_leaves_src_to_the_user(installed: Path) -> None:
    program = (
        "import numpy, src.models.predict_model as own; from artlens import load_model, predict;"
        "white = numpy.full((218, 218, 3), 255, numpy.uint8);"
        "print(own.MINE, predict(white).label, load_model().task.name, predict.__module__)"
    )
    words = run_installed(installed, "python", "-c", program)
    assert words == "the user's own WHITE color artlens.models.predict_many\n"
    assert run_installed(installed, "python", "-m", "artlens", "--version") == (
        f"artlens {__version__}\n"
    )


def test_what_the_package_offers_is_there() -> None:
    for name in src.__all__:
        assert getattr(src, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'compare_all'"):
        src.compare_all  # noqa: B018


def test_installed_it_trains_and_uses_what_it_trained(installed: Path, metadata: Message) -> None:
    """Worker processes, model files and the shipped files know the package by its other name."""
    train = ["train", "--gallery-count", "150", "--search", "smoke", "--jobs", "2"]
    program = gated(installed, with_extra(metadata, "train"))
    done = subprocess.run(
        [*program, *train, "--families", "svm", "--use"],
        cwd=installed / "project",
        env=elsewhere(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    trained = installed / "project" / "models" / "color-2"
    assert (trained / "model.skops").is_file()
    run_installed(installed, "artlens", "gallery", "paint", "pictures", "--count", "11")
    predict = ["predict", "pictures", "-o", "out.csv", "--jobs", "2", "--quiet"]
    run_installed(installed, "artlens", *predict)
    lines = (installed / "project" / "out.csv").read_text().splitlines()
    assert len(lines) == 12
    # The same folder is loaded by the checkout, where its classes have other names.
    model = load_model(trained)
    assert model.metadata.family == "svm"


def test_version_stands_in_one_place(metadata: Message) -> None:
    assert metadata["Version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_imported_distribution_is_required(metadata: Message) -> None:
    providers = packages_distributions()
    imported = {
        canonicalize_name(distribution)
        for module in third_party_imports(ROOT / "src")
        for distribution in providers[module]
    }
    required = [r for extra in ("all", "dask", "index") for r in requirements(metadata, extra)]
    assert imported <= {canonicalize_name(r.name) for r in required}


def test_an_extra_is_known_for_every_import_that_is_not_required(
    metadata: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "requires", lambda package: metadata.get_all("Requires-Dist"))
    extras._extras.cache_clear()
    optional = third_party_imports(ROOT / "src") - set(with_extra(metadata).split(","))
    assert {"distributed", "matplotlib", "sklearn"} <= optional
    unknown = {
        module for module in optional if not name_missing(ModuleNotFoundError(name=module), "it")
    }
    extras._extras.cache_clear()
    assert unknown == set()


# Part of the standard library from Python 3.14 on; who uses it has another one before.
LATER = {"compression"}


def third_party_imports(folder: Path) -> set[str]:
    nodes = [
        node
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    }
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - LATER


@pytest.mark.parametrize(("section", "extra"), [("default", "all"), ("develop", "dev")])
def test_locked_versions_are_those_that_setup_admits(
    metadata: Message, lock: dict[str, Any], section: str, extra: str
) -> None:
    wanted = requirements(metadata, extra)
    assert wanted
    locked = {canonicalize_name(name): entry for name, entry in lock[section].items()}
    for requirement in wanted:
        version = locked[canonicalize_name(requirement.name)]["version"]
        assert requirement.specifier.contains(version.removeprefix("=="))


def test_the_services_own_category_locks_the_same_versions(lock: dict[str, Any]) -> None:
    service = {name: entry["version"] for name, entry in lock["service"].items()}
    default = {name: entry["version"] for name, entry in lock["default"].items() if name in service}
    assert service == default | {
        "opencv-python-headless": lock["default"]["opencv-python"]["version"]
    }
    assert "opencv-python" not in service


@pytest.mark.parametrize("section", ["default", "develop", "service"])
def test_locked_packages_are_known_by_hash_alone(lock: dict[str, Any], section: str) -> None:
    packages = {name: entry for name, entry in lock[section].items() if name != "artlens"}
    assert all(entry["hashes"] for entry in packages.values())
    assert not [name for name, entry in packages.items() if "index" in entry]
    assert lock["_meta"]["sources"] == []


def test_no_file_names_a_package_registry() -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    assert ROOT / "Pipfile.lock" in paths
    assert [p for p in paths if p.is_file() and REGISTRY.search(p.read_bytes())] == []
