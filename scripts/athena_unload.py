"""An Athena query whose result is written to S3 as Parquet and brought here: UNLOAD."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Mapping

import boto3
import contract_runtime

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 15.0  # seconds between two looks at the query


def unload(query: Mapping[str, str], uri: str, folder: Path) -> None:
    """Run the query and download its result.

    Arguments:
        query: `query`, `database`, `catalog` and, where there is one, `work_group`.
        uri: an empty S3 prefix; Athena refuses one that holds objects.
        folder: where the Parquet files go.

    Raises:
        ScriptError: (PC754) Athena refused or failed, with its own words; (PC720) no rows.
    """
    athena = boto3.client("athena")
    request = {
        # https://docs.aws.amazon.com/athena/latest/ug/unload.html
        "QueryString": f"UNLOAD ({query['query'].rstrip().rstrip(';')}) TO '{uri}/' "
        "WITH (format = 'PARQUET', compression = 'SNAPPY')",
        "QueryExecutionContext": {"Database": query["database"], "Catalog": query["catalog"]},
        "ResultConfiguration": {"OutputLocation": f"{uri}-manifest/"},
    }
    if query.get("work_group"):
        request["WorkGroup"] = query["work_group"]
    execution = athena.start_query_execution(**request)["QueryExecutionId"]
    status = _finished(athena, execution)
    if status["State"] != "SUCCEEDED":
        raise contract_runtime.ScriptError(
            "PC754",
            f"the Athena query {execution} ended {status['State']}: "
            f"{status.get('StateChangeReason', 'no reason given')}",
            "correct the query of the source, or the permissions of the execution role",
        )
    _download(uri, folder)


def _finished(athena: Any, execution: str) -> dict[str, Any]:
    wait = _FIRST_WAIT
    while True:
        status: dict[str, Any] = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"][
            "Status"
        ]
        if status["State"] not in ("QUEUED", "RUNNING"):
            return status
        time.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


def _download(uri: str, folder: Path) -> None:
    s3 = boto3.client("s3")
    bucket, prefix = uri[len("s3://") :].split("/", 1)
    count = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/"):
        for entry in page.get("Contents", []):
            s3.download_file(bucket, entry["Key"], str(folder / f"part-{count:05d}.parquet"))
            count += 1
    if not count:
        raise contract_runtime.ScriptError(
            "PC720", "the Athena query gave no rows", "check the query, and what the table holds"
        )
