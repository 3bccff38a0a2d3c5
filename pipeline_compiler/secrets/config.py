"""Secrets in a config."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.documents import Document
from pipeline_compiler.secrets.documents import REMEDY, described, secrets_in
from pipeline_compiler.secrets.rules import SECRET
from script_contracts.core.diagnostics import Diagnostic


def secret_problems(document: Document) -> Iterator[Diagnostic]:
    """Every value of a config that looks like a secret (PC570), at its line; messages do not repeat it."""
    for path, secret in secrets_in(document.data):
        yield SECRET.error(described(secret), fix=REMEDY, place=document.place(*path))
