"""The frameworks that steps may run in: one table of images each, for compiling looks nothing up."""

from __future__ import annotations

from step_builders.core.frameworks import Framework
from step_builders.core.pytorch_images import PYTORCH
from step_builders.core.xgboost_images import XGBOOST

FRAMEWORKS = (XGBOOST, PYTORCH)


def frameworks_of(config: object) -> tuple[Framework, ...]:
    """The frameworks whose version a config chooses; most steps run in one, some serve models of any."""
    fields = getattr(type(config), "model_fields", {})
    return tuple(framework for framework in FRAMEWORKS if framework.version_field in fields)
