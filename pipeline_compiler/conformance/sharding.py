"""Data that is divided among instances: whether there is enough of it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.jobs import Port
from pipeline_compiler.conformance.service_rules import TOO_FEW_OBJECTS
from pipeline_compiler.conformance.values import address, known

_FILES = (".csv", ".gz", ".json", ".jsonl", ".parquet", ".tar", ".tfrecord", ".txt", ".zip")


def check_sharding(definition: Definition, objects: Mapping[str, int]) -> Iterator[Finding]:
    """Inputs of which instances get a share each, and that have fewer objects than there are instances.

    Args:
        objects: S3 prefix -> the number of objects below it, where that is known.
    """
    for job in definition.jobs:
        count = known(definition, job.cluster.get("InstanceCount"))
        for port in job.ports if isinstance(count, int) and count > 1 else ():
            if known(definition, port.storage.get("S3DataDistributionType")) != "ShardedByS3Key":
                continue
            uri = address(definition, port.uri)
            found = _objects(port, uri, objects) if uri is not None else None
            if found is not None and found < count:
                yield Finding(
                    TOO_FEW_OBJECTS,
                    job.step.name,
                    (*port.storage_path, "S3DataDistributionType"),
                    f"'{port.name}' has {found} object{'s' * (found != 1)} for {count} instances: "
                    f"{count - found} would get no data ({uri})",
                    f"split the data into at least {count} files, or use FullyReplicated or fewer instances",
                )


def _objects(port: Port, uri: str, objects: Mapping[str, int]) -> int | None:
    if uri.rstrip("/") in objects:
        return objects[uri.rstrip("/")]
    if port.storage.get("S3DataType") == "ManifestFile":
        return None  # the manifest lists the objects, and lies in S3
    return 1 if posixpath.splitext(uri)[1].lower() in _FILES else None
