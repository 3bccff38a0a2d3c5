"""The source revision that deploying records."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline_compiler import compile_pipeline
from pipeline_compiler.plan.revision import source_revision
from pipeline_compiler.plan.tags import REVISION_TAG, deployment_tags

from .conftest import Write, compiled


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def config(write: Write) -> Path:
    """A config that is committed."""
    path = write()
    git(path.parent, "init", "-q")
    git(path.parent, "add", path.name)
    git(path.parent, "commit", "-q", "-m", "first")
    return path


def test_the_commit(config: Path) -> None:
    commit = git(config.parent, "rev-parse", "HEAD")
    assert source_revision(config) == commit
    assert deployment_tags(compile_pipeline(None, config))[REVISION_TAG] == commit
    (config.parent / "notes.txt").write_text("not part of it", encoding="utf-8")
    assert source_revision(config) == commit


def test_changes_that_are_not_committed(config: Path) -> None:
    commit = git(config.parent, "rev-parse", "HEAD")
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert source_revision(config) == f"{commit}-dirty"


def test_a_config_that_is_not_committed(config: Path) -> None:
    other = config.with_name("other.yaml")
    other.write_text("", encoding="utf-8")
    assert str(source_revision(other)).endswith("-dirty")


def test_no_work_tree_no_commit_no_git_no_file(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path.parent / f"{tmp_path.name}-empty"
    empty.mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(empty.parent))
    assert source_revision(empty / "fraud.yaml") is None
    git(empty, "init", "-q")
    assert source_revision(empty / "fraud.yaml") is None
    assert source_revision(empty / "gone" / "fraud.yaml") is None
    assert REVISION_TAG not in deployment_tags(compiled())  # made from a mapping
    monkeypatch.setenv("PATH", str(tmp_path))
    assert source_revision(config) is None
