"""Files at their content addresses: what is missing only, verified, never over something else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline_compiler.compiled import Asset
from pipeline_compiler.content_hash import content_hash
from pipeline_compiler.uploads import DeployError, upload_assets

from .conftest import BUCKET, Aws

CODE = f"s3://{BUCKET}/code/1111"


def asset(**files: bytes) -> Asset:
    return Asset(CODE, files)


def folder_asset(folder: Path, **files: bytes) -> Asset:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    paths: dict[str, bytes | Path] = {name: folder / name for name in files}
    return Asset(f"s3://{BUCKET}/data/{content_hash(paths)}", paths)


def test_uploads_what_is_missing_and_nothing_twice(aws: Aws) -> None:
    first = upload_assets([asset(a=b"A")], aws.s3)
    second = upload_assets([asset(a=b"A", b=b"B")], aws.s3)
    assert first.uploaded == (f"{CODE}/a",)
    assert second.uploaded == (f"{CODE}/b",)
    assert second.present == (f"{CODE}/a",)
    assert aws.writes() == [f"{CODE}/a", f"{CODE}/b"]
    assert aws.content(f"{CODE}/b") == b"B"


def test_empty_files_and_folders_are_uploaded(aws: Aws, tmp_path: Path) -> None:
    folder = folder_asset(tmp_path, one=b"", two=b"2" * 3_000_000)
    assert len(upload_assets([folder], aws.s3).uploaded) == 2
    assert upload_assets([folder], aws.s3).uploaded == ()
    assert aws.content(f"{folder.uri}/two") == b"2" * 3_000_000


@pytest.mark.parametrize(
    ("found", "options"),
    [
        pytest.param(b"par", {}, id="cut off"),
        pytest.param(b"pirate", {}, id="same size, no checksum"),
        pytest.param(b"pirate", {"ChecksumAlgorithm": "SHA256"}, id="same size, with checksum"),
        pytest.param(b"", {}, id="empty"),
    ],
)
def test_other_content_is_found_and_never_overwritten(
    aws: Aws, found: bytes, options: dict[str, Any]
) -> None:
    aws.put(f"{CODE}/b", found, **options)
    with pytest.raises(DeployError, match=rf"{CODE}/b holds {len(found)} bytes") as caught:
        upload_assets([asset(a=b"A", b=b"parrot", c=b"C")], aws.s3)
    assert caught.value.codes == ("PC505",)
    assert f"aws s3 rm {CODE}/b" in caught.value.diagnostics[0].fix
    assert aws.writes() == [f"{CODE}/b"]
    assert aws.content(f"{CODE}/b") == found


def test_all_conflicts_are_named_at_once(aws: Aws) -> None:
    aws.put(f"{CODE}/a", b"x")
    aws.put(f"{CODE}/b", b"x")
    with pytest.raises(DeployError) as caught:
        upload_assets([asset(a=b"A", b=b"B")], aws.s3)
    assert caught.value.codes == ("PC505", "PC505")


def test_right_content_without_a_checksum_is_read_and_accepted(aws: Aws) -> None:
    aws.put(f"{CODE}/a", b"A")
    assert upload_assets([asset(a=b"A")], aws.s3).present == (f"{CODE}/a",)


def test_an_upload_in_parts_is_read_and_accepted(aws: Aws, tmp_path: Path) -> None:
    content = b"0123456789abcdef" * 600_000
    folder = folder_asset(tmp_path, big=content)
    key = f"{folder.uri}/big".removeprefix(f"s3://{BUCKET}/")
    aws.s3.upload_file(str(tmp_path / "big"), BUCKET, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    assert "-" in aws.s3.head_object(Bucket=BUCKET, Key=key)["ETag"]
    assert upload_assets([folder], aws.s3).uploaded == ()


def test_stored_objects_carry_the_digest_that_s3_verified(aws: Aws) -> None:
    upload_assets([asset(a=b"A")], aws.s3)
    head = aws.s3.head_object(Bucket=BUCKET, Key="code/1111/a", ChecksumMode="ENABLED")
    assert base64.b64decode(head["ChecksumSHA256"]) == hashlib.sha256(b"A").digest()


class Racing:
    """An S3 client beside which another program writes the object before each write."""

    def __init__(self, aws: Aws, content: bytes) -> None:
        self.aws, self.content = aws, content

    def __getattr__(self, name: str) -> Any:
        return getattr(self.aws.s3, name)

    def put_object(self, **request: Any) -> None:
        self.aws.s3.put_object(Bucket=request["Bucket"], Key=request["Key"], Body=self.content)
        self.aws.s3.put_object(**request)


def test_a_race_for_the_same_content_is_harmless(aws: Aws) -> None:
    upload_assets([asset(a=b"A")], Racing(aws, b"A"))
    assert aws.writes() == [f"{CODE}/a"]


def test_a_race_for_other_content_is_an_error(aws: Aws) -> None:
    with pytest.raises(DeployError) as caught:
        upload_assets([asset(a=b"A")], Racing(aws, b"B"))
    assert caught.value.codes == ("PC505",)
    assert aws.content(f"{CODE}/a") == b"B"


def test_a_missing_bucket_is_named_once(aws: Aws) -> None:
    with pytest.raises(DeployError, match=r"writing to s3://no-such-bucket failed.*NoSuchBucket") as caught:
        upload_assets([Asset("s3://no-such-bucket/code/1", {"a": b"A", "b": b"B"})], aws.s3)
    assert caught.value.codes == ("PC506",)
    assert "s3_root" in caught.value.diagnostics[0].fix


def test_a_refusal_says_which_rights_are_missing() -> None:
    class Forbidding:
        def head_object(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")

    with pytest.raises(DeployError) as caught:
        upload_assets([asset(a=b"A", b=b"B")], Forbidding())
    assert caught.value.codes == ("PC506",)
    assert "s3:ListBucket" in caught.value.diagnostics[0].fix


def test_files_that_changed_since_the_compile_are_refused(aws: Aws, tmp_path: Path) -> None:
    folder = folder_asset(tmp_path, one=b"1", two=b"2")
    (tmp_path / "one").write_bytes(b"x")
    with pytest.raises(DeployError) as caught:
        upload_assets([asset(a=b"A"), folder], aws.s3)
    assert caught.value.codes == ("PC507",)
    (tmp_path / "one").unlink()
    with pytest.raises(DeployError, match="one is gone"):
        upload_assets([folder], aws.s3)
    assert aws.writes() == []


def test_a_file_beyond_one_upload_is_refused(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline_compiler.uploads._LARGEST", 10)
    with pytest.raises(DeployError, match="has 11 bytes") as caught:
        upload_assets([folder_asset(tmp_path, big=b"x" * 11)], aws.s3)
    assert caught.value.codes == ("PC510",)
