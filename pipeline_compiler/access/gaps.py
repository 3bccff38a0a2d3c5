"""What the policies do not cover, said plainly."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.access.addresses import Usage
from pipeline_compiler.access.rules import UNKNOWN_PERMISSION
from pipeline_compiler.access.table import STEP_KINDS
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.possible_values import open_parameters
from script_contracts.core.diagnostics import Diagnostic


def policy_gaps(compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """What no policy can be written for (PC573): errors; notes where a parameter may name something else."""
    usage = Usage(Definition(compiled.document, compiled.region))
    for step in usage.definition.steps:
        if step.type not in STEP_KINDS:
            yield UNKNOWN_PERMISSION.error(
                f"{step.name}: no permissions are known for a step of type {step.type or 'none'}",
                fix=f"write its policy by hand; known are {', '.join(sorted(STEP_KINDS))}",
            )
        if _queries(step):
            yield UNKNOWN_PERMISSION.note(
                f"{step.name} reads the result of a query, and the policy does not cover the query",
                fix="grant the Athena, Glue or Redshift actions on its tables, and writing its result",
            )
    for each in usage.undecided():
        yield UNKNOWN_PERMISSION.error(
            f"{each.step.name}: {'.'.join(each.keys)} is known only when the pipeline runs",
            fix="give the parameter a default, or write the value into the definition",
        )
    for package in usage.values("ModelPackageName"):
        yield UNKNOWN_PERMISSION.note(
            f"the archive and the image of {package} are named in the registry only, so the policy does not "
            "cover them",
            fix="grant s3:GetObject on the package's ModelDataUrl, and the pull of its own image",
        )
    names = {
        name
        for each in usage.found
        if each.text.startswith("s3://")
        for name in open_parameters(each.value, usage.definition)
    }
    for name in sorted(names):
        yield UNKNOWN_PERMISSION.note(
            f"the policy covers the default of the parameter '{name}' only",
            fix="list what it may be with 'allowed', or grant s3:GetObject on what you will start it with",
        )


def _queries(step: Step) -> bool:
    """Whether a job lets a database run a query: as an input, or by its own program."""
    inputs = step.arguments.get("ProcessingInputs") or ()
    environment = step.arguments.get("Environment") or {}
    return "SOURCE_UNLOAD_URI" in environment or any("DatasetDefinition" in each for each in inputs)
