"""The source revision that a pipeline is deployed from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_PATIENCE = 10  # seconds for one question


def source_revision(file: Path) -> str | None:
    """The git commit of a file's work tree, with "-dirty" where the tree has changes or lacks the file.

    None where there is no git, no commit, or no work tree: a revision is recorded for people to read, and
    nothing depends on it.
    """
    git = shutil.which("git")
    if git is None:
        return None
    commit = _answer(git, file.parent, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return None
    changed = _answer(git, file.parent, "status", "--porcelain", "--untracked-files=no")
    tracked = _answer(git, file.parent, "ls-files", "--", file.name)
    return commit if changed == "" and tracked else f"{commit}-dirty"


def _answer(git: str, folder: Path, *question: str) -> str | None:
    """What git says; None where it fails, for instance because it does not trust the folder's owner."""
    command = [git, "-C", str(folder), *question]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
