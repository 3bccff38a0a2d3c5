"""Giving a job files without giving it the originals."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def copy_input(source: Path, target: Path) -> None:
    """Copy a folder's content, or one file, into the folder `target`. Links are followed."""
    if source.is_dir():
        shutil.copytree(
            source, target, copy_function=_copy_file, dirs_exist_ok=True, ignore_dangling_symlinks=True
        )
    else:
        _copy_file(str(source), str(target / source.name))


def _copy_file(source: str, target: str) -> str:
    if not hasattr(os, "copy_file_range"):
        return shutil.copyfile(source, target)
    with open(source, "rb") as reading, open(target, "wb") as writing:
        remaining = os.fstat(reading.fileno()).st_size
        try:
            while remaining > 0 and (
                copied := os.copy_file_range(reading.fileno(), writing.fileno(), remaining)
            ):
                remaining -= copied
        except OSError:  # across file systems that the kernel cannot copy between
            return shutil.copyfile(source, target)
    return target


def link_or_copy(source: Path, target: Path) -> None:
    """The file under another name: below an overlay it cannot be changed, so no copy is needed."""
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system
        _copy_file(str(source), str(target))
