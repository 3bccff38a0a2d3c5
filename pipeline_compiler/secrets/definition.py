"""Secrets in a pipeline definition."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.secrets.documents import REMEDY, described, secrets_in
from pipeline_compiler.secrets.rules import SECRET


def check_secrets(definition: Definition) -> Iterator[Finding]:
    """Every place of a definition that looks like a secret (PC570). The messages do not repeat it."""
    steps = {step.path: step.name for step in definition.steps}
    for path, secret in secrets_in(definition.document):
        holder = _innermost_step(path, steps)
        step, inner = (steps[holder], path[len(holder) :]) if holder else (None, path)
        yield Finding(SECRET, step, inner, described(secret), REMEDY)


def _innermost_step(path: Path, steps: dict[Path, str]) -> Path:
    return next((path[:end] for end in range(len(path), 0, -1) if path[:end] in steps), ())
