"""Uploading files to content addresses: what is missing only, verified, and never over something else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from pipeline_compiler.compiled import Asset
from pipeline_compiler.content_hash import content_hash
from pipeline_compiler.deploy_rules import (
    AWS_REFUSED,
    CHANGED_SINCE_COMPILE,
    NO_CREDENTIALS,
    OTHER_CONTENT,
    TOO_LARGE,
)
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, raise_errors

_PARALLEL = 8
_LARGEST = 5 * 1024**3  # bytes in one PutObject
_BLOCK = 1 << 20

_REMEDIES = {
    "NoSuchBucket": "create the bucket, or correct 'pipeline.s3_root' in the config",
    "403": "grant s3:GetObject, s3:PutObject and s3:ListBucket on the bucket to these credentials",
    "AccessDenied": "grant the action that the message names to these credentials",
    "ExpiredToken": "renew the session's credentials",
}


class DeployError(PipelineCompilerError):
    """A pipeline that could not be brought to AWS."""


@dataclass(frozen=True)
class Uploads:
    """What an upload did, as S3 addresses."""

    uploaded: tuple[str, ...]
    present: tuple[str, ...]


@dataclass(frozen=True)
class StoredFiles:
    """Which files lie at their S3 addresses, and which do not, with the size of the latter in bytes."""

    missing: tuple[str, ...]
    present: tuple[str, ...]
    missing_bytes: int


class UploadListener:
    """Told how an upload goes on, from several threads; this one tells nobody."""

    def begin(self, files: int, size: int) -> None:
        """So many files, of so many bytes in all, are about to be written."""

    def written(self, uri: str, size: int) -> None:
        """One of them lies at its address."""


def find_files(assets: Iterable[Asset], s3: Any) -> StoredFiles:
    """Look which files are at their addresses, with the content that belongs there. Writes nothing.

    Args:
        s3: a boto3 S3 client.

    Raises:
        DeployError: (PC503, PC505, PC506, PC507, PC510) with every problem found.
    """
    missing, present = _looked_up(assets, s3)
    return StoredFiles(
        tuple(each.uri for each in missing),
        tuple(each.uri for each in present),
        sum(each.size for each in missing),
    )


def upload_assets(assets: Iterable[Asset], s3: Any, listener: UploadListener | None = None) -> Uploads:
    """Bring every file to its address, if it is not there yet. Nothing is written before all is checked.

    An upload that is interrupted goes on where it stopped when it is called again.

    Args:
        s3: a boto3 S3 client.
        listener: told how it goes on.

    Raises:
        DeployError: (PC503, PC505, PC506, PC507, PC510) with every problem found.
    """
    missing, present = _looked_up(assets, s3)
    told = listener or UploadListener()
    told.begin(len(missing), sum(each.size for each in missing))

    def put(s3: Any, item: _Object) -> bool | Diagnostic:
        result = _put(s3, item)
        if not isinstance(result, Diagnostic):
            told.written(item.uri, item.size)
        return result

    _all(put, missing, s3)
    return Uploads(tuple(each.uri for each in missing), tuple(each.uri for each in present))


def _looked_up(assets: Iterable[Asset], s3: Any) -> tuple[list[_Object], list[_Object]]:
    """The objects that are missing, and those that are there."""
    listed = tuple(assets)
    raise_errors(_unfit(listed), DeployError)
    objects = [
        _Object(f"{asset.uri}/{name}", content)
        for asset in listed
        for name, content in sorted(asset.files.items())
    ]
    found = list(zip(objects, _all(_is_there, objects, s3), strict=True))
    return [each for each, there in found if not there], [each for each, there in found if there]


def refusal(error: BotoCoreError | ClientError, doing: str) -> Diagnostic:
    """The diagnostic for an error that boto3 raised while `doing` something."""
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return NO_CREDENTIALS.error(
            f"{doing} needs AWS credentials: {error}",
            fix="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    fix = _REMEDIES.get(code, "mend what the message names, then try again")
    return AWS_REFUSED.error(f"{doing} failed: {error}", fix=fix)


@dataclass(frozen=True)
class _Object:
    """One file and the place where it belongs."""

    uri: str
    content: bytes | Path

    @property
    def bucket(self) -> str:
        return self.uri.split("/", 3)[2]

    @property
    def key(self) -> str:
        return self.uri.split("/", 3)[3]

    @cached_property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    @cached_property
    def sha256(self) -> str:
        with self.open() as stream:
            return _sha256(stream)

    def open(self) -> BinaryIO:
        return BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


def _sha256(stream: Any) -> str:
    """The digest in base64, which is how S3 writes it."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return base64.b64encode(digest.digest()).decode()


def _unfit(assets: Iterable[Asset]) -> Iterator[Diagnostic]:
    """Local files that are not what was compiled; bytes cannot change."""
    for asset in assets:
        paths = [path for path in asset.files.values() if isinstance(path, Path)]
        gone = [str(path) for path in paths if not path.is_file()]
        if gone or (paths and content_hash(asset.files) not in asset.uri):
            yield CHANGED_SINCE_COMPILE.error(
                f"the files for {asset.uri} are no longer those that were compiled",
                fix="compile again",
                details=[f"{path} is gone" for path in gone],
            )
            continue
        for path in paths:
            if path.stat().st_size > _LARGEST:
                yield TOO_LARGE.error(
                    f"{path} has {path.stat().st_size} bytes, more than {_LARGEST}",
                    fix="split the file, or copy it to S3 and name its s3:// prefix in the config",
                )


def _all(
    action: Callable[[Any, _Object], bool | Diagnostic], objects: list[_Object], s3: Any
) -> list[bool | Diagnostic]:
    """`action` on each object, several at a time; one error with all problems if any fails."""
    with ThreadPoolExecutor(_PARALLEL) as pool:
        results = list(pool.map(lambda each: action(s3, each), objects))
    raise_errors(dict.fromkeys(each for each in results if isinstance(each, Diagnostic)), DeployError)
    return results


def _is_there(s3: Any, item: _Object) -> bool | Diagnostic:
    """Whether the object exists with these very bytes; a diagnostic if it exists with others."""
    try:
        head = s3.head_object(Bucket=item.bucket, Key=item.key, ChecksumMode="ENABLED")
        same = head["ContentLength"] == item.size and _stored_sha256(s3, item, head) == item.sha256
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return False
        return refusal(error, f"looking for files in s3://{item.bucket}")
    except BotoCoreError as error:
        return refusal(error, f"looking for files in s3://{item.bucket}")
    if same:
        return True
    return OTHER_CONTENT.error(
        f"{item.uri} holds {head['ContentLength']} bytes, which are not the {item.size} that belong there",
        fix=f"find out who wrote it, delete it (aws s3 rm {item.uri}), then deploy again",
    )


def _stored_sha256(s3: Any, item: _Object, head: dict[str, Any]) -> str:
    """The digest that S3 verified when it took the object, or else the digest of what it returns."""
    checksum: str = head.get("ChecksumSHA256", "")
    if checksum and "-" not in checksum + head["ETag"]:  # "-N" marks an object uploaded in N parts
        return checksum
    return _sha256(s3.get_object(Bucket=item.bucket, Key=item.key)["Body"])


def _put(s3: Any, item: _Object) -> bool | Diagnostic:
    """Write the object. S3 refuses bytes that do not match, and to replace what another wrote meanwhile."""
    try:
        with item.open() as body:
            s3.put_object(
                Bucket=item.bucket,
                Key=item.key,
                Body=body,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=item.sha256,
                IfNoneMatch="*",
            )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return _is_there(s3, item)
        return refusal(error, f"writing to s3://{item.bucket}")
    except BotoCoreError as error:
        return refusal(error, f"writing to s3://{item.bucket}")
    return True
