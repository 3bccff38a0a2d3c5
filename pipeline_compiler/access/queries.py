"""The queries that inputs are made of, and what the role needs so that Athena and Redshift run them.

A DatasetDefinition stands in the definition. A query that a program unloads by itself stands in its code
bundle, because an environment variable is too short for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_compiler.access import table
from pipeline_compiler.access.addresses import UNLOAD_VARIABLE, object_patterns
from pipeline_compiler.access.policy import Arns, Statement
from pipeline_compiler.access.statements import statement
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.jobs import at, entries
from pipeline_compiler.possible_values import ANY, possible_texts

_SETTINGS = "source.json"  # as step_builders.core.table_sources.bundled_source names it
_GLUE = "awsdatacatalog"  # the name of the AWS Glue data catalog in Athena, whatever its case
_DEFAULT_GROUP = "primary"  # API reference, StartQueryExecution: the work group where none is given
_STAGING = "sagemaker_processing"  # the database that SageMaker makes for results: AmazonSageMakerFullAccess


@dataclass(frozen=True)
class AthenaQuery:
    """A query that Athena runs for a step. Each attribute holds all that it may be.

    Attributes:
        results: S3 addresses of the result, `bucket/key`, with ANY for what only the run knows.
        is_staged: whether SageMaker runs it, which stages the result in a table of its own.
    """

    step: str
    catalogs: tuple[str, ...]
    databases: tuple[str, ...]
    work_groups: tuple[str, ...]
    results: tuple[str, ...]
    is_staged: bool

    @property
    def other_catalogs(self) -> tuple[str, ...]:
        """The catalogs that are not the AWS Glue data catalog."""
        return tuple(each for each in self.catalogs if each.lower() != _GLUE)


@dataclass(frozen=True)
class RedshiftQuery:
    """A query that a Redshift cluster runs for a step. Each attribute holds all that it may be."""

    step: str
    clusters: tuple[str, ...]
    databases: tuple[str, ...]
    users: tuple[str, ...]


def athena_queries(compiled: CompiledPipeline) -> Iterator[AthenaQuery]:
    """The queries of all steps that Athena runs."""
    definition = Definition(compiled.document, compiled.region)
    for step in definition.steps:
        for query in _datasets(step, "AthenaDatasetDefinition"):
            yield AthenaQuery(
                step.name,
                _texts(query.get("Catalog"), definition),
                _texts(query.get("Database"), definition),
                _texts(query.get("WorkGroup", _DEFAULT_GROUP), definition),
                _results(query.get("OutputS3Uri"), definition),
                is_staged=True,
            )
        unloaded = _unloaded(step, compiled)
        if unloaded is not None:
            yield AthenaQuery(
                step.name,
                (unloaded["catalog"],),
                (unloaded["database"],),
                (unloaded.get("work_group", _DEFAULT_GROUP),),
                _results(_unload_address(step), definition),
                is_staged=False,
            )


def redshift_queries(compiled: CompiledPipeline) -> Iterator[RedshiftQuery]:
    """The queries of all steps that Redshift runs."""
    definition = Definition(compiled.document, compiled.region)
    for step in definition.steps:
        for query in _datasets(step, "RedshiftDatasetDefinition"):
            named = (_texts(query.get(key), definition) for key in ("ClusterId", "Database", "DbUser"))
            yield RedshiftQuery(step.name, *named)


def queries_of_unknown_source(compiled: CompiledPipeline) -> Iterator[str]:
    """The steps whose program unloads a query that no bundle of this pipeline holds."""
    for step in Definition(compiled.document, compiled.region).steps:
        if _unload_address(step) is not None and _unloaded(step, compiled) is None:
            yield step.name


def query_statements(compiled: CompiledPipeline, arns: Arns) -> Iterator[Statement]:
    """What the role needs for all queries, but for the data of their tables."""
    yield from _athena_statements(tuple(athena_queries(compiled)), arns)
    redshift = tuple(redshift_queries(compiled))
    if redshift:
        yield statement("RunRedshiftQueries", table.REDSHIFT_QUERY, ["*"])
        names = [
            arns.of("redshift", f"{kind}:{cluster}/{name}")
            for each in redshift
            for cluster in each.clusters
            for kind, named in (("dbuser", each.users), ("dbname", each.databases))
            for name in named
        ]
        yield statement("LogInToRedshift", table.REDSHIFT_LOGIN, dict.fromkeys(names))


def _athena_statements(queries: tuple[AthenaQuery, ...], arns: Arns) -> Iterator[Statement]:
    if not queries:
        return
    groups = sorted({name for each in queries for name in each.work_groups})
    yield statement(
        "RunQueries", table.RUN_QUERY, [arns.of("athena", f"workgroup/{name}") for name in groups]
    )
    databases = sorted(
        {name for each in queries if len(each.other_catalogs) < len(each.catalogs) for name in each.databases}
    )
    catalog = arns.of("glue", "catalog")
    if databases:
        resources = [arns.of("glue", f"database/{name}") for name in dict.fromkeys((*databases, "default"))]
        resources += [arns.of("glue", f"table/{name}/*") for name in databases]
        yield statement("ReadCatalog", table.READ_CATALOG, [catalog, *resources])
    if any(each.is_staged for each in queries):
        staging = arns.of("glue", f"database/{_STAGING}")
        yield statement("StageDatabase", table.STAGE_DATABASE, [catalog, staging])
        staged = [staging, *(arns.of("glue", f"database/{name}") for name in databases)]
        staged += [arns.of("glue", f"table/{name}/sagemaker_tmp_*") for name in (_STAGING, *databases)]
        yield statement("StageTables", table.STAGE_TABLE, [catalog, *staged])
    results = sorted({address for each in queries for address in each.results})
    buckets = dict.fromkeys(arns.s3(address.partition("/")[0]) for address in results)
    if results:
        yield statement("FindResults", table.FIND_RESULTS, buckets)
        patterns = [arns.s3(pattern) for address in results for pattern in object_patterns(address)]
        yield statement("WriteResults", table.WRITE_RESULTS, patterns)


def _datasets(step: Step, kind: str) -> Iterator[Mapping[str, Any]]:
    for _, entry in entries(step.arguments.get("ProcessingInputs")):
        query = at(entry, "DatasetDefinition", kind)
        if isinstance(query, dict):
            yield query


def _unload_address(step: Step) -> Any:
    return at(step.arguments, "Environment", UNLOAD_VARIABLE)


def _unloaded(step: Step, compiled: CompiledPipeline) -> dict[str, str] | None:
    """The query in the step's code bundle that its program unloads."""
    if _unload_address(step) is None:
        return None
    named = [at(entry, "S3Input", "S3Uri") for _, entry in entries(step.arguments.get("ProcessingInputs"))]
    for asset in compiled.assets:
        content = asset.files.get(_SETTINGS)
        if asset.uri in named and isinstance(content, bytes):
            found: dict[str, str] | None = json.loads(content).get("unload")
            return found
    return None


def _texts(value: Any, definition: Definition) -> tuple[str, ...]:
    return possible_texts(value, definition) if value is not None else ()


def _results(value: Any, definition: Definition) -> tuple[str, ...]:
    """The addresses of a result, up to what only the run knows."""
    found = []
    for text in _texts(value, definition):
        if text.startswith("s3://"):
            known, unknown, _ = text.removeprefix("s3://").partition(ANY)
            found.append(f"{known}{unknown}")
    return tuple(found)
