"""A progress bar for uploads, on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from pipeline_compiler.uploads import UploadListener


class _Bar(UploadListener):
    """Moves a bar by each file's bytes; rich's `advance` may be called from any thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, files: int, size: int) -> None:
        if files:
            name = f"uploading {files} file{'s' * (files != 1)}"
            self._task = self._progress.add_task(name, total=size)
            self._progress.start()

    def written(self, uri: str, size: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, size)

    def end(self) -> None:
        """Leave the last state there; nothing where there was nothing to upload."""
        if self._task is not None:
            self._progress.stop()


@contextmanager
def upload_progress(console: Console) -> Iterator[UploadListener]:
    """A listener that shows a bar for as long as the context lasts; a log gets only its last state."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bar = _Bar(Progress(*columns, console=console))
    try:
        yield bar
    finally:
        bar.end()
