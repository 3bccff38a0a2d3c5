"""What the policies do not cover, said plainly."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.access.addresses import QUERY_MEMBERS, Usage
from pipeline_compiler.access.queries import athena_queries, queries_of_unknown_source, redshift_queries
from pipeline_compiler.access.rules import UNKNOWN_PERMISSION
from pipeline_compiler.access.table import STEP_KINDS
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.definition import Definition
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
    yield from _query_gaps(compiled)
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
        if each.text.startswith("s3://") or each.keys[-1] in QUERY_MEMBERS
        for name in open_parameters(each.value, usage.definition)
    }
    for name in sorted(names):
        yield UNKNOWN_PERMISSION.note(
            f"the policy covers the default of the parameter '{name}' only",
            fix="list what it may be with 'allowed', or grant the same on what you will start it with",
        )


def _query_gaps(compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """What a query needs and no definition says: the data behind its tables, the rights of its user."""
    for step in queries_of_unknown_source(compiled):
        yield UNKNOWN_PERMISSION.note(
            f"{step} lets Athena unload a query that nothing here shows, so the policy does not cover it",
            fix="grant the Athena and Glue actions on its tables",
        )
    for each in athena_queries(compiled):
        yield UNKNOWN_PERMISSION.note(
            f"the policy covers the query of {each.step} and its result, not the data of its tables",
            fix="grant s3:GetObject and s3:ListBucket where they lie, and glue:GetTable on tables of other "
            "databases; where Lake Formation governs them, grant SELECT there",
        )
        for catalog in each.other_catalogs:
            yield UNKNOWN_PERMISSION.note(
                f"{each.step} reads the data catalog '{catalog}', whose permissions depend on its kind",
                fix="grant what the Athena user guide lists for that kind of catalog, such as invoking its "
                "Lambda function",
            )
    for query in redshift_queries(compiled):
        yield UNKNOWN_PERMISSION.note(
            f"the policy lets {query.step} log in to Redshift; rights inside the database are not part of it",
            fix="grant SELECT to the database user, and the role of ClusterRoleArn writing to OutputS3Uri",
        )
