"""Config and builder of QualityGate."""

from typing import Literal

from pydantic import Field

from pipeline_deps.expressions import JsonGet
from step_builders.core.config import FIXED, StepConfig
from step_builders.core.request import BuildContext, StepRequest
from step_builders.core.step import StepDeclaration
from step_specs.quality_gate import QUALITY_GATE_SPEC

_CONDITIONS = {
    ">=": "GreaterThanOrEqualTo",
    ">": "GreaterThan",
    "<=": "LessThanOrEqualTo",
    "<": "LessThan",
}


class QualityGateConfig(StepConfig):
    """When a model is good enough."""

    metric: str = Field(
        "auc", min_length=1, description="path of the metric in the metrics file", json_schema_extra=FIXED
    )
    comparison: Literal[">=", ">", "<=", "<"] = Field(
        ">=", description="how the metric must compare", json_schema_extra=FIXED
    )
    threshold: float = Field(description="the value that the metric must reach")
    on_fail: Literal["fail", "skip"] = Field(
        "fail",
        description="'fail' the execution, or 'skip' the steps behind the gate",
        json_schema_extra=FIXED,
    )


def build_quality_gate(context: BuildContext) -> StepRequest:
    """A Condition step; the compiler moves the steps behind the gate into its branch."""
    source = context.inputs["metrics"]
    assert source.producer is not None
    assert source.output is not None
    condition = {
        "Type": _CONDITIONS[context.value("comparison")],
        "LeftValue": JsonGet(source.producer, source.output.logical_name, context.value("metric")),
        "RightValue": context.value("threshold"),
    }
    return StepRequest(
        name=context.name,
        type="Condition",
        arguments={"Conditions": [condition]},
        gate_fails=context.value("on_fail") == "fail",
    )


QUALITY_GATE_STEP = StepDeclaration(QUALITY_GATE_SPEC, QualityGateConfig, build_quality_gate)
