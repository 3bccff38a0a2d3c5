"""Run the command line in this process."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from typing import Any
from unittest.mock import patch

from pipeline_compiler.cli import main


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


TODAY = date(2026, 11, 21)


def cli(*arguments: object, today: date = TODAY) -> Result:
    """`pipeline-compiler` with these arguments, on a fixed day: support of images ends on certain days."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv = ["pipeline-compiler", *map(str, arguments)]
    clock = patch("pipeline_compiler.cli.compiling.today", lambda: today)
    with clock, patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    return Result(code, out.getvalue(), err.getvalue())
