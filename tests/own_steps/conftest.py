"""A user's repository, copied out of ours, and libraries made by new-step."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.harness import cli

REPOSITORY = Path(__file__).parent / "repository"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository's copy, which is also where the commands run."""
    folder = tmp_path / "repository"
    shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def library(workplace: Path) -> Path:
    """A library with one processing step, CleanText."""
    assert cli("new-step", "CleanText").code == 0
    return workplace / "my_steps"
