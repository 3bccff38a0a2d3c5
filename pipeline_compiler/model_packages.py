"""ARNs of versions in the Model Registry."""

from __future__ import annotations

MODEL_PACKAGE = ":model-package/"


def is_model_package(name: str) -> bool:
    """Whether a name is the ARN of a model package, for which a folder may stand in local runs."""
    return name.startswith("arn:") and MODEL_PACKAGE in name
