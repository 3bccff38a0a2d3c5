"""docs/own_steps.md does what it says: its blocks are run, in order, in an empty folder."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.harness import cli

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```(\w+)(?: (\w+)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SLOW = ("contracts test", "run ", "pytest ")


@dataclass(frozen=True)
class Block:
    language: str
    what: str
    file: str
    text: str


BLOCKS = [
    Block(*(part or "" for part in found))
    for found in FENCED.findall((ROOT / "docs/own_steps.md").read_text())
]


def test_the_page_has_what_this_test_runs() -> None:
    kinds = {(block.language, block.what) for block in BLOCKS}
    assert {("bash", ""), ("python", "file"), ("yaml", "file"), ("text", ""), ("python", "")} <= kinds


@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_page_does_what_it_says(slow: bool, workplace: Path) -> None:
    output = ""
    for block in BLOCKS:
        if block.what == "file":
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text)
        elif block.what == "excerpt":
            assert block.text in Path(block.file).read_text()
        elif block.language == "bash":
            output = "".join(_run(line) for line in block.text.splitlines() if slow or not _is_slow(line))
        elif block.language == "python":
            output = _cell(block.text)
        elif block.language == "text":
            assert block.text in output


def _is_slow(command: str) -> bool:
    return any(each in command for each in SLOW)


def _run(command: str) -> str:
    program, *arguments = shlex.split(command)
    if program == "pytest":
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], check=False)
        assert done.returncode == 0, command
        return ""
    assert program == "pipeline-compiler"
    result = cli(*arguments)
    assert result.code == 0, (command, result.out, result.err)
    return result.out


def _cell(text: str) -> str:
    Path("cell.py").write_text(text)
    done = subprocess.run([sys.executable, "cell.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
