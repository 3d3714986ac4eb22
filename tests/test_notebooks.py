"""How the notebooks are stored; that they run is tested by running them, see ``--nbmake``."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PATH = 'sys.path.insert(0, str(Path("..").resolve()))  # where `src` is'
PARAMETER = 'SIZE = os.environ.get("ARTLENS_NOTEBOOK_SIZE", "small")  # or "full"'


# Of the commands of `make notebooks`, those that come after the notebooks have run.
AFTERWARDS = re.compile(r"^\S*(?:jupyter nbconvert|sed|rm -f) .*", re.MULTILINE)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return content


def code_of(notebook: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tree_of(notebook: dict[str, Any]) -> ast.Module:
    # Lines such as "%matplotlib inline" are IPython's, not Python's.
    return ast.parse(re.sub(r"^%.*$", "", "\n".join(code_of(notebook)), flags=re.MULTILINE))


def test_the_story_has_four_parts() -> None:
    names = [path.stem for path in PATHS]
    assert names == ["01-scraping", "02-features", "03-eda", "04-models"]


def test_the_whole_suite_runs_the_notebooks() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "notebooks" in settings["tool"]["pytest"]["testpaths"]
    assert "--nbmake" in settings["tool"]["pytest"]["addopts"]


def test_nothing_that_a_run_leaves_behind_is_stored(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def test_one_parameter_at_the_top_decides_all_sizes(notebook: dict[str, Any]) -> None:
    first, *others = code_of(notebook)
    assert first == f"import os\nimport sys\nfrom pathlib import Path\n\n{PATH}\n{PARAMETER}"
    sizes = [node for node in ast.walk(tree_of(notebook)) if is_choice_by_size(node)]
    assert sizes
    assert not any("ARTLENS_NOTEBOOK_SIZE" in code for code in others)


def is_choice_by_size(node: ast.AST) -> bool:
    if not isinstance(node, ast.Subscript) or ast.unparse(node.slice) != "SIZE":
        return False
    keys = node.value.keys if isinstance(node.value, ast.Dict) else []
    assert [ast.literal_eval(key) for key in keys if key] == ["small", "full"]
    return True


def test_charts_have_the_style_of_the_package(notebook: dict[str, Any]) -> None:
    code = "\n".join(code_of(notebook))
    assert "pyplot" not in code
    assert not re.findall(r"cmap=\"(?!gray)|figsize|color=\"", code)
    assert ("new_figure(" in code) == ("use_style()" in code)


def test_make_leaves_pages_that_lead_to_one_another_and_load_nothing(tmp_path: Path) -> None:
    places = [f"NOTEBOOKS={tmp_path}", f"BIN={Path(sys.executable).parent}"]
    shutil.copy(PATHS[0], tmp_path)
    rule = subprocess.run(
        ["make", "-n", "notebooks", *places], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for command in AFTERWARDS.findall(rule.stdout):
        subprocess.run(["bash", "-euc", command], cwd=ROOT, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "01-scraping.html",
        "01-scraping.ipynb",
    ]
    page = (tmp_path / "01-scraping.html").read_text(encoding="utf-8")
    assert 'href="02-features.html"' in page
    assert re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?!data:|")[^"]*"', page) == []


def test_work_is_done_by_the_package(notebook: dict[str, Any]) -> None:
    nodes = list(ast.walk(tree_of(notebook)))
    modules = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    assert any(module.startswith("src.") for module in modules)
    assert not [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
