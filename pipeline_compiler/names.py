"""What SageMaker Pipelines takes as a name."""

from __future__ import annotations

import re

from pipeline_compiler.conformance.quotas import shipped_quotas

CHARACTERS = r"[A-Za-z0-9\-_]"  # the published JSON schema of pipeline definitions, read 2026-11
LONGEST = shipped_quotas()["name_length"]
NAME = re.compile(f"{CHARACTERS}{{1,{LONGEST}}}")  # of steps and parameters
IN_WORDS = f"1 to {LONGEST} letters, digits, '-' or '_'"
