"""Which files differ between the code bundle that is deployed and the one that will be."""

from __future__ import annotations

import difflib
import io
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.compiled import Asset
from pipeline_compiler.plan.differences import Kind

_ARCHIVE = ".tar.gz"
_LARGEST = 64 << 20  # bytes of one bundle; ours are kilobytes


@dataclass(frozen=True)
class FileChange:
    """A file of a bundle that differs, with its lines added and removed; None where it is no text."""

    name: str
    kind: Kind
    added: int | None
    removed: int | None


@dataclass(frozen=True)
class CodeComparison:
    """Two versions of a bundle.

    Attributes:
        files: the files that differ.
        problem: why they could not be compared; empty where they were.
    """

    files: tuple[FileChange, ...] = ()
    problem: str = ""


def compare_code(before: str, after: Asset, s3: Any) -> CodeComparison:
    """What differs between the bundle at an S3 prefix (or archive) and the files of an asset.

    A bundle that cannot be read leaves the plan as it is, with the reason in place of the files.

    Args:
        s3: a boto3 S3 client.
    """
    bucket, _, key = before.removeprefix("s3://").partition("/")
    prefix = key.rpartition("/")[0] if key.endswith(_ARCHIVE) else key
    try:
        old = _stored(bucket, f"{prefix}/", s3)
    except (BotoCoreError, ClientError) as error:
        return CodeComparison(problem=f"the deployed code cannot be read: {error}")
    except (tarfile.TarError, zlib.error, OSError, EOFError) as error:
        return CodeComparison(problem=f"the deployed code is damaged: {error}")
    if old is None:
        return CodeComparison(problem="the deployed code is larger than any bundle")
    if not old:
        return CodeComparison(problem=f"the deployed code is gone from s3://{bucket}/{prefix}")
    return CodeComparison(tuple(_file_changes(old, _unpacked(after.files))))


def _stored(bucket: str, prefix: str, s3: Any) -> dict[str, bytes] | None:
    """The files below a prefix; None where they are too large to be a code bundle."""
    found: dict[str, bytes | Path] = {}
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    listed = [entry for page in pages for entry in page.get("Contents", ())]
    if sum(entry["Size"] for entry in listed) > _LARGEST:
        return None
    for entry in listed:
        body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"]
        found[entry["Key"].removeprefix(prefix)] = body.read()
    return _unpacked(found)


def _unpacked(files: Mapping[str, bytes | Path]) -> dict[str, bytes]:
    """The files, with those of an archive in its place."""
    found: dict[str, bytes] = {}
    for name, content in files.items():
        data = content.read_bytes() if isinstance(content, Path) else content
        if not name.endswith(_ARCHIVE):
            found[name] = data
            continue
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for member in archive.getmembers():
                stream = archive.extractfile(member)
                if stream is not None:
                    found[member.name] = stream.read()
    return found


def _file_changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[FileChange]:
    changes = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
        changes.append(FileChange(name, kind, *_line_counts(old or b"", new or b"")))
    return changes


def _line_counts(before: bytes, after: bytes) -> tuple[int, int] | tuple[None, None]:
    """How many lines were added and removed; None where one version is no text."""
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return None, None
    changed = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    added = sum(line.startswith("+") for line in changed)
    return added, sum(line.startswith("-") for line in changed)
