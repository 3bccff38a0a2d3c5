"""Where a table comes from: files, a query, a table of the catalog, or a package's own service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from pipeline_deps.expressions import Expression, Join, as_text
from script_contracts.core.contract import ScriptContract
from step_builders.core.config import FIXED, USUAL, Config, ListOfNames
from step_builders.core.request import BuildContext

_KINDS = ("files", "athena", "unload", "redshift", "table", "adapter")
_OF_FILES = ("format", "include", "partitions", "text_columns")
Query = Annotated[str, StringConstraints(min_length=1, max_length=4096)]  # botocore: AthenaQueryString
Scalar = str | int | float | bool


class AthenaQuery(Config):
    """A query that Amazon Athena runs."""

    database: str = Field(min_length=1, max_length=255, description="database of the query")
    query: Query = Field(description="the SELECT statement")
    catalog: str = Field("AwsDataCatalog", min_length=1, max_length=256, description="data catalog")
    work_group: str | None = Field(
        None, pattern=r"^[a-zA-Z0-9._-]{1,128}$", description="Athena work group", examples=["primary"]
    )


class RedshiftQuery(Config):
    """A query that an Amazon Redshift cluster runs."""

    cluster_id: str = Field(min_length=1, max_length=63, description="identifier of the cluster")
    database: str = Field(min_length=1, max_length=64, description="database of the query")
    db_user: str = Field(min_length=1, max_length=128, description="database user")
    query: Query = Field(description="the SELECT statement")
    cluster_role_arn: str = Field(
        pattern=r"^arn:aws[a-z\-]*:iam::\d{12}:role/?[\w+=,.@\-/]+$",
        description="ARN of the role with which the cluster writes to S3",
        examples=["arn:aws:iam::123456789012:role/RedshiftUnload"],
    )


class CatalogTable(Config):
    """A table of the AWS Glue data catalog, Iceberg tables included, read through Athena."""

    database: str = Field(min_length=1, max_length=255, description="database of the table")
    name: str = Field(min_length=1, max_length=255, description="name of the table")
    catalog: str = Field("AwsDataCatalog", min_length=1, max_length=256, description="data catalog")
    work_group: str | None = Field(
        None, pattern=r"^[a-zA-Z0-9._-]{1,128}$", description="Athena work group", examples=["primary"]
    )
    as_of: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$",
        description="moment (ISO 8601) whose state of an Iceberg table is read",
        examples=["2026-06-01T00:00:00Z"],
    )


class RowCondition(Config):
    """One condition that the rows to keep meet."""

    column: str = Field(min_length=1, description="the column")
    op: Literal["=", "!=", ">", ">=", "<", "<=", "in", "not in", "is null", "is not null"] = Field(
        description="the comparison"
    )
    value: Scalar | tuple[Scalar, ...] | None = Field(None, description="what the column is compared with")

    @model_validator(mode="after")
    def _value_fits(self) -> RowCondition:
        if self.op.startswith("is") != (self.value is None):
            raise ValueError(f"'{self.op}' takes {'no' if self.op.startswith('is') else 'a'} value")
        lists = self.op in ("in", "not in")
        if lists != isinstance(self.value, tuple) or self.value == ():
            raise ValueError(f"'{self.op}' takes {'a list of values' if lists else 'one value'}")
        return self


class DateWindow(Config):
    """The span of time that the rows to keep lie in."""

    column: str = Field(min_length=1, description="column of dates, timestamps or ISO 8601 texts")
    start: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{2}-\d{2}(T\S+)?$",
        description="first moment inside",
        examples=["2026-06-01"],
    )
    end: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{2}-\d{2}(T\S+)?$",
        description="first moment no longer inside",
        examples=["2026-07-01"],
    )

    @model_validator(mode="after")
    def _some_window(self) -> DateWindow:
        if self.start is None and self.end is None:
            raise ValueError("give start, end, or both")
        start, end = _moment("start", self.start), _moment("end", self.end)
        if start is not None and end is not None and start >= end:
            raise ValueError(f"start '{self.start}' is not before end '{self.end}'")
        return self


def _moment(name: str, text: str | None) -> datetime | None:
    """A limit as a moment in UTC; None where there is none."""
    if text is None:
        return None
    plain = re.sub(r"([+-]\d\d):?(\d\d)$", r"\1:\2", text.replace("Z", "+00:00")) if "T" in text else text
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError as error:
        raise ValueError(f"{name} '{text}' is no date or time: {error}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


class TableSource(Config):
    """Where a table comes from, and which of its rows are wanted. Exactly one kind of source is given."""

    files: str | None = Field(
        None,
        min_length=1,
        description="S3 prefix, or a folder relative to the config file",
        json_schema_extra=USUAL,
    )
    upload: bool = Field(
        False, description="whether deploying uploads a local folder, by content", json_schema_extra=FIXED
    )
    format: Literal["parquet", "csv", "json"] | None = Field(
        None, description="format of the files; told from their names if not given"
    )
    include: ListOfNames = Field(
        (), description="patterns of the files to read, such as *.csv; all if not given"
    )
    partitions: Literal["hive"] | None = Field(
        None, description="'hive' if folders named column=value hold columns"
    )
    text_columns: ListOfNames = Field(
        (),
        description="columns of CSV files, or of folders, that are text whatever they look like: codes, ids",
    )
    athena: AthenaQuery | None = Field(None, description="a query that Athena runs before the job starts")
    unload: AthenaQuery | None = Field(
        None, description="a query that the job itself lets Athena unload", json_schema_extra=FIXED
    )
    redshift: RedshiftQuery | None = Field(
        None, description="a query that Redshift runs before the job starts"
    )
    table: CatalogTable | None = Field(None, description="a Glue or Iceberg table")
    adapter: str | None = Field(
        None, min_length=1, description="name of an installed source adapter", json_schema_extra=FIXED
    )
    settings: dict[str, JsonValue] = Field({}, description="settings of the adapter", json_schema_extra=FIXED)
    where: tuple[RowCondition, ...] = Field(
        (), description="conditions that rows meet, all of them", json_schema_extra=FIXED
    )
    dates: DateWindow | None = Field(None, description="span of time that rows lie in")

    @property
    def kind(self) -> str:
        """Which kind of source it is: the one field of `_KINDS` that is given."""
        return next(name for name in _KINDS if getattr(self, name) is not None)

    @property
    def is_mounted(self) -> bool:
        """Whether the job finds the table mounted; else its program gets it by itself."""
        return self.kind not in ("unload", "adapter")

    @model_validator(mode="after")
    def _one_kind(self) -> TableSource:
        given = [name for name in _KINDS if getattr(self, name) is not None]
        if not given:
            raise PydanticCustomError("no_source", "Input should name one of " + ", ".join(_KINDS))
        if len(given) > 1:
            raise ValueError(f"names several sources: {', '.join(given)}")
        if given != ["files"] and (vain := [name for name in _OF_FILES if getattr(self, name)]):
            raise ValueError(f"{', '.join(vain)}: only 'files' has that")
        if self.settings and self.adapter is None:
            raise ValueError("settings are an adapter's, and no adapter is given")
        if self.upload and (self.files is None or self.files.startswith("s3://")):
            raise ValueError("upload is for folders on this machine")
        return self


def dataset_definition(context: BuildContext, name: str, source: TableSource) -> dict[str, Any] | None:
    """The DatasetDefinition of a processing input whose source is a query; None for other sources.

    Source: CreateProcessingJob in the Amazon SageMaker API reference, DatasetDefinition.
    """
    key = {"KmsKeyId": context.settings.kms_key} if context.settings.kms_key else {}
    contract = context.spec.script_contract
    assert isinstance(contract, ScriptContract)
    result: dict[str, Any] = {
        "OutputS3Uri": context.output_uri(name),
        "OutputFormat": "PARQUET",
        "OutputCompression": "SNAPPY",
        **key,
    }
    query: dict[str, Any]
    if source.redshift is not None:
        at = f"{name}.redshift"
        query = {
            "RedshiftDatasetDefinition": {
                "ClusterId": context.value(f"{at}.cluster_id"),
                "Database": context.value(f"{at}.database"),
                "DbUser": context.value(f"{at}.db_user"),
                "QueryString": context.value(f"{at}.query"),
                "ClusterRoleArn": context.value(f"{at}.cluster_role_arn"),
                **result,
            }
        }
    elif source.athena is not None or source.table is not None:
        at = f"{name}.{source.kind}"
        group = context.value(f"{at}.work_group")
        query = {
            "AthenaDatasetDefinition": {
                "Catalog": context.value(f"{at}.catalog"),
                "Database": context.value(f"{at}.database"),
                "QueryString": context.value(f"{at}.query")
                if source.athena
                else _select(context, name, source),
                **({"WorkGroup": group} if group is not None else {}),
                **result,
            }
        }
    else:
        return None
    return {
        "InputName": name,
        "DatasetDefinition": {
            "LocalPath": contract.expected_input_paths[name],
            "DataDistributionType": "FullyReplicated",
            "InputMode": "File",
            **query,
        },
    }


def _select(context: BuildContext, name: str, source: TableSource) -> str | Expression:
    """The query of a catalog table: the columns that are needed, and the row conditions.

    The job checks the conditions again, so that every kind of source selects the same rows.
    """
    assert source.table is not None
    wanted = list(getattr(context.config, "columns", ()))
    used = [each.column for each in source.where] + ([source.dates.column] if source.dates else [])
    names = dict.fromkeys((*wanted, *used)) if wanted else ()
    parts: list[Any] = [f"SELECT {', '.join(map(_identifier, names)) or '*'} FROM "]
    for separator, field in (("", "database"), (".", "name")):
        name_part = context.value(f"{name}.table.{field}")
        quoted = ('"', name_part, '"') if isinstance(name_part, Expression) else (_identifier(name_part),)
        parts += [separator, *quoted]
    if source.table.as_of is not None:
        moment = context.value(f"{name}.table.as_of")
        parts += [" FOR TIMESTAMP AS OF from_iso8601_timestamp('", moment, "')"]
    conditions: list[list[Any]] = [[_condition(each)] for each in source.where]
    if source.dates is not None:
        column = f"CAST({_identifier(source.dates.column)} AS timestamp)"
        for op, field in ((">=", "start"), ("<", "end")):
            if (limit := context.value(f"{name}.dates.{field}")) is not None:
                # In UTC, as the job reads it: a cast alone would take the limit's own time of day.
                close = "') AT TIME ZONE 'UTC' AS timestamp)"
                conditions.append([f"{column} {op} CAST(from_iso8601_timestamp('", limit, close])
    for index, condition in enumerate(conditions):
        parts += [" AND " if index else " WHERE ", *condition]
    if any(isinstance(part, Expression) for part in parts):
        return Join("", tuple(_merged(parts)))
    return "".join(parts)


def _merged(parts: Iterable[Any]) -> Iterator[Any]:
    """The parts with neighbouring texts put together."""
    text = ""
    for part in parts:
        if isinstance(part, Expression):
            yield from [text] if text else []
            yield part
            text = ""
        else:
            text += part
    yield from [text] if text else []


def _condition(condition: RowCondition) -> str:
    column, op = _identifier(condition.column), {"!=": "<>"}.get(condition.op, condition.op.upper())
    if condition.value is None:
        return f"{column} {op}"
    if isinstance(condition.value, tuple):
        return f"{column} {op} ({', '.join(map(_literal, condition.value))})"
    return f"{column} {op} {_literal(condition.value)}"


def _identifier(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'"{quoted}"'


def _literal(value: Scalar) -> str:
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    text = as_text(value)
    assert isinstance(text, str)
    return text


def bundled_source(source: TableSource) -> Mapping[str, bytes]:
    """What of a source travels in the code bundle, because a variable holds at most 256 characters."""
    settings: dict[str, Any] = {}
    if source.where:
        settings["where"] = [each.model_dump(mode="json", exclude_none=True) for each in source.where]
    if source.unload is not None:
        settings["unload"] = source.unload.model_dump(mode="json", exclude_none=True)
    if source.adapter is not None:
        settings["adapter"], settings["settings"] = source.adapter, source.settings
    return {"source.json": json.dumps(settings, sort_keys=True, indent=1).encode()} if settings else {}
