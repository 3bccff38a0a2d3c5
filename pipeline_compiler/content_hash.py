"""The address of files by what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path


def content_hash(files: Mapping[str, bytes | Path]) -> str:
    """The SHA-256 of files' names and contents, whatever their order and times."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(name.encode() + b"\0")
        digest.update(_sha256(content) + b"\0")
    return digest.hexdigest()


def _sha256(content: bytes | Path) -> bytes:
    if isinstance(content, bytes):
        return hashlib.sha256(content).digest()
    with content.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.digest()
