from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from pipeline_compiler.local.digests import Digests, Stopped


@pytest.fixture
def digests(tmp_path: Path) -> Digests:
    return Digests(tmp_path / "digests.sqlite", threading.Event())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files that were last changed long ago."""
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt"):
        (folder / name).write_text(name)
        os.utime(folder / name, (1e9, 1e9))
    return folder


def test_unchanged_files_are_read_once(
    digests: Digests, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digests.of(folder)
    monkeypatch.setattr(Digests, "_read", None)
    assert digests.of(folder) == first


@pytest.mark.parametrize("text", ["b", "a.txT"])
def test_a_changed_file_changes_the_digest(digests: Digests, folder: Path, text: str) -> None:
    first = digests.of(folder)
    (folder / "a.txt").write_text(text)
    assert digests.of(folder) != first


def test_a_replaced_file_changes_the_digest(digests: Digests, folder: Path) -> None:
    first = digests.of(folder)
    (folder / "new").write_text("a.txT")
    os.utime(folder / "new", (1e9, 1e9))
    (folder / "new").rename(folder / "a.txt")  # as long and as old as the one before
    assert digests.of(folder) != first


def test_a_change_within_one_tick_of_the_clock_is_seen(digests: Digests, folder: Path) -> None:
    now = time.time_ns()
    found = set()
    for text in ("one", "two"):
        (folder / "a.txt").write_text(text)
        os.utime(folder / "a.txt", ns=(now, now))
        found.add(digests.of(folder))
    assert len(found) == 2


def test_names_are_content(digests: Digests, folder: Path) -> None:
    found = {digests.of(folder)}
    (folder / "a.txt").rename(folder / "c.txt")
    found.add(digests.of(folder))
    found.add(digests.of(folder / "c.txt"))
    (folder / "c.txt").rename(folder / "d.txt")
    found.add(digests.of(folder / "d.txt"))
    assert len(found) == 4


def test_names_that_are_not_text(digests: Digests, folder: Path) -> None:
    first = digests.of(folder)
    with open(os.fsencode(folder) + b"/\xff.txt", "wb"):
        pass
    assert digests.of(folder) not in (first, None)


def test_no_objects(digests: Digests, tmp_path: Path) -> None:
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    assert digests.of(tmp_path / "empty") is None
    assert digests.of(tmp_path / "missing") is None


def test_links_that_lead_back(digests: Digests, folder: Path) -> None:
    first = digests.of(folder)
    (folder / "sub" / "up").symlink_to(folder)
    assert digests.of(folder) == first


def test_a_stopped_run_stops_reading(tmp_path: Path, folder: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        Digests(tmp_path / "digests.sqlite", stop).of(folder)
