"""The definition as a file beside the code: large ones are deployed from it, drift is held against it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.compiled import Asset
from pipeline_compiler.plan.definitions import canonical, digest

FILE = "definition.json"


def definition_record(s3_root: str, definition: str) -> Asset:
    """The definition in its canonical spelling, at an address that its digest gives."""
    return Asset(f"{s3_root}/definitions/{digest(definition)}", {FILE: canonical(definition).encode()})


def recorded_definition(s3_root: str, recorded: str, s3: Any) -> dict[str, Any] | str:
    """The definition of that digest as it was deployed; or the reason why it cannot be read.

    Args:
        s3: a boto3 S3 client.
    """
    bucket, _, prefix = s3_root.removeprefix("s3://").partition("/")
    key = f"{prefix}/definitions/{recorded}/{FILE}".lstrip("/")
    try:
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        return f"s3://{bucket}/{key}: {error}"
    if hashlib.sha256(content).hexdigest() != recorded:
        return f"s3://{bucket}/{key} does not hold what was deployed"
    document: dict[str, Any] = json.loads(content)
    return document
