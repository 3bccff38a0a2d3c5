"""What SageMaker Pipelines takes as a name."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")  # of steps and parameters; Pipelines quotas, read 2026-11
