"""What is in a folder, as one digest, without reading unchanged files again."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

_CHUNK = 1 << 20
# A file that changed this recently may change again within one tick of the clock that stamps it,
# and look the same: its digest is not remembered.
_SETTLED_NS = 50_000_000


class Stopped(Exception):  # noqa: N818 - not an error: the run was interrupted while reading
    """The run was stopped while files were being read."""


class Digests:
    """SHA-256 digests of files and folders, remembered by path, size, time and inode.

    Args:
        database: the file that remembers them between runs.
        stop: set when the run is stopped.
    """

    def __init__(self, database: Path, stop: threading.Event) -> None:
        self._database = database
        self._stop = stop
        self._lock = threading.Lock()
        with self._connect() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER,"
                " inode INTEGER, digest TEXT) WITHOUT ROWID"
            )

    def of(self, path: Path) -> str | None:
        """The digest of an object (name and content) or folder (all names and contents).

        None where there is no object: the path does not exist or is a folder without files.

        Raises:
            Stopped: if the run is stopped meanwhile.
        """
        if not path.exists():
            return None
        base = path if path.is_dir() else path.parent
        files = sorted(_files(path)) if path.is_dir() else [str(path)]
        if not files:
            return None
        total = hashlib.sha256()
        for file, digest in zip(files, self._of_files(files), strict=True):
            total.update(os.fsencode(os.path.relpath(file, base)) + f"\0{digest}\n".encode())
        return total.hexdigest()

    def _of_files(self, files: list[str]) -> list[str]:
        stamps = {file: _stamp(os.stat(file)) for file in files}
        with self._lock, closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT path, size, mtime, inode, digest FROM files WHERE path BETWEEN ? AND ?",
                (min(map(os.fsencode, files)), max(map(os.fsencode, files))),
            )
            entries = {os.fsdecode(path): (tuple(stamp), digest) for path, *stamp, digest in rows}
        known = {file: digest for file, (stamp, digest) in entries.items() if stamps.get(file) == stamp}
        unread = [file for file in files if file not in known]
        if unread:
            settled = time.time_ns() - _SETTLED_NS
            with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
                known.update(zip(unread, pool.map(self._read, unread), strict=True))
            self._remember(
                [
                    (os.fsencode(file), *stamps[file], known[file])
                    for file in unread
                    if stamps[file][1] < settled
                ]
            )
        return [known[file] for file in files]

    def _remember(self, rows: list[tuple[bytes, int, int, int, str]]) -> None:
        with self._lock, closing(self._connect()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)

    def _read(self, file: str) -> str:
        digest = hashlib.sha256()
        with open(file, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                if self._stop.is_set():
                    raise Stopped
                digest.update(chunk)
        return digest.hexdigest()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._database, timeout=30)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino


def _files(folder: Path) -> Iterator[str]:
    """The files below a folder; links are followed, each folder is entered once."""
    seen: set[tuple[int, int]] = set()
    for base, folders, names in os.walk(folder, followlinks=True):
        status = os.stat(base)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        yield from (path for name in names if os.path.isfile(path := os.path.join(base, name)))
