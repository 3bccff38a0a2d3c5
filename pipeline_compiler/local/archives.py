"""The tar archives that training jobs read and write."""

from __future__ import annotations

import gzip
import shutil
import tarfile
from pathlib import Path

from pipeline_compiler.local.store import regular_files


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder's regular files into a .tar.gz whose bytes depend on names and contents only."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(mode="w", fileobj=packed, format=tarfile.GNU_FORMAT) as tar,
    ):
        for file in sorted(regular_files(folder)):
            entry = tarfile.TarInfo(file.relative_to(folder).as_posix())
            entry.size = file.stat().st_size
            entry.mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            with file.open("rb") as content:
                tar.addfile(entry, content)


def unpack(archive: Path, folder: Path) -> None:
    """Extract an archive's folders and regular files.

    Written out, because the `filter` of `extractall` is missing in the Pythons of some distributions.

    Raises:
        OSError, tarfile.TarError: if it cannot be read, or holds links or paths outside the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for entry in tar:
            target = (folder / entry.name).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise tarfile.TarError(f"'{entry.name}' is outside the destination")
            content = tar.extractfile(entry) if entry.isfile() else None
            if content is None and not entry.isdir():
                raise tarfile.TarError(f"'{entry.name}' is neither a file nor a folder")
            (target.parent if content else target).mkdir(parents=True, exist_ok=True)
            if content is not None:
                with content, target.open("wb") as file:
                    shutil.copyfileobj(content, file)
                target.chmod(0o755 if entry.mode & 0o100 else 0o644)
