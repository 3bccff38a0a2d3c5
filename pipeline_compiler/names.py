"""What SageMaker Pipelines takes as a name."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")  # of steps and parameters; Pipelines quotas, read 2026-11

MODEL_PACKAGE = ":model-package/"


def is_model_package(name: str) -> bool:
    """Whether a name is the ARN of a model package, for which a folder may stand in local runs."""
    return name.startswith("arn:") and MODEL_PACKAGE in name
