"""How many steps of a local run go at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.harness import cli
from tests.configs import minimal_config, with_values


class Asked(Exception):  # noqa: N818 - not an error: the run is not meant to happen
    pass


@pytest.mark.parametrize(
    ("parallelism", "options", "cpus", "expected"),
    [
        (None, (), 8, 8),
        (3, (), 8, 3),
        (16, (), 8, 8),
        (3, ("--workers", "5"), 8, 5),
        (None, (), None, 1),
    ],
)
def test_the_configs_parallelism_bounds_it_unless_the_command_line_says_otherwise(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    parallelism: int | None,
    options: tuple[str, ...],
    cpus: int | None,
    expected: int,
) -> None:
    def run_pipeline(*_: Any, workers: int, **__: Any) -> None:
        raise Asked(workers)

    monkeypatch.setattr("pipeline_compiler.cli.run.run_pipeline", run_pipeline)
    monkeypatch.setattr("os.cpu_count", lambda: cpus)
    config = tmp_path / "config.yaml"
    settings = with_values(minimal_config("CradleOnly"), {"pipeline.parallelism": parallelism})
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    with pytest.raises(Asked) as asked:
        cli("run", config, *options)
    assert asked.value.args == (expected,)
