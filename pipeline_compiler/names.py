"""What SageMaker Pipelines takes as a name."""

from __future__ import annotations

import re

from pipeline_compiler.conformance.quotas import shipped_quotas

CHARACTERS = r"[A-Za-z0-9\-_]"  # the published JSON schema of pipeline definitions, read 2026-11
NAME = re.compile(f"{CHARACTERS}{{1,{shipped_quotas()['name_length']}}}")  # of steps and parameters
