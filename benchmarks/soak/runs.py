"""Runs of the scrape command as processes of their own, and what they leave behind."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd

from src.config import PACKAGE_ROOT
from src.gallery.museum import Museum


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of the command ended."""

    exit_code: int
    seconds: float
    stdout: str
    stderr: str


def scrape_command(museum: Museum, folder: Path, *options: str) -> list[str]:
    """Return the command that scrapes a museum into a data folder."""
    command = [sys.executable, "-m", "src.scraping.scrape_pictures", "--site", museum.url]
    return [*command, "--data-dir", str(folder), *options]


def run_scrape(
    museum: Museum, folder: Path, *options: str, env: Mapping[str, str] | None = None
) -> Outcome:
    """Scrape a museum into a data folder and wait for the end.

    Parameters
    ----------
    museum : Museum
        What is scraped.
    folder : Path
        The data folder.
    *options : str
        Further options of the command.
    env : Mapping of str to str, optional
        Settings, as environment variables.
    """
    start = time.monotonic()
    done = subprocess.run(
        scrape_command(museum, folder, *options),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
        cwd=PACKAGE_ROOT.parent,
    )
    return Outcome(done.returncode, time.monotonic() - start, done.stdout, done.stderr)


def read_manifest(folder: Path) -> pd.DataFrame:
    """Return the table of pictures in a data folder, every value as text."""
    return pd.read_csv(folder / "raw" / "pictures.csv", dtype=str, keep_default_na=False)


def picture_hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every picture that has its final name, by that name."""
    files = sorted((folder / "raw" / "images").iterdir())
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in files}
