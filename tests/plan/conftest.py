"""A config on disk, and pipelines compiled from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_compiler import CompiledPipeline, compile_pipeline
from pipeline_compiler.template import load_template
from tests.configs import minimal_config, with_few_files, with_values

from .edits import BASE, E2E

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a config of a small template, with values at dotted paths replaced, and returns its file."""

    def write_config(**values: Any) -> Path:
        path = tmp_path / "fraud.yaml"
        config = with_values(minimal_config("XGBoostSimple"), values)
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return path

    return write_config


def compiled(**values: Any) -> CompiledPipeline:
    """The base pipeline, with few files."""
    return with_few_files(compile_pipeline(load_template(E2E), with_values(BASE, values)))
