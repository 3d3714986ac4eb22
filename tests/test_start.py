"""What a start loads: who predicts waits for no library that only training or drawing needs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "joblib",
    "matplotlib",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "scipy",
    "seaborn",
    "sklearn",
    "skops",
}
PREDICT = """
import numpy
from src.models.predict_model import load_model, predict
white = numpy.full((64, 64, 3), 255, numpy.uint8)
assert predict(white, model=load_model()).label == "WHITE"
"""
# All other models go by a network, which they have a use for.
SERVE = """
import os
os.environ["ARTLENS_TASKS"] = "color"
from starlette.testclient import TestClient
from src.service.app import create_app
with TestClient(create_app()) as client:
    assert client.get("/readyz").status_code == 200
"""
COMMAND = """
from src.cli import main
sys.argv = ["artlens", *{arguments}]
try:
    main()
except SystemExit as end:
    assert not end.code
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(PREDICT, id="predict in Python"),
        pytest.param(COMMAND.format(arguments=["predict", "docs/gallery.jpg"]), id="predict"),
        pytest.param(COMMAND.format(arguments=["explain", "docs/gallery.jpg"]), id="explain"),
        pytest.param(COMMAND.format(arguments=["models"]), id="models"),
        pytest.param(SERVE, id="serve"),
    ],
)
def test_it_starts_without_what_it_has_no_use_for(program: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules, file=sys.stderr)"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    modules = loaded.stderr.split()
    assert "src.models.scorer" in modules
    assert not HEAVY & set(modules)


def test_studies_still_get_the_estimator() -> None:
    program = (
        "import sys; from src import load_model; model = load_model(); model.spread\n"
        "before = 'sklearn' in sys.modules; print(before, type(model.estimator).__name__)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False CalibratedClassifierCV\n"
