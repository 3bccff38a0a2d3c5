"""Secrets that would become readable: everyone who may describe a pipeline or a job reads its definition.

Works on a config and on any definition, whoever wrote it, without AWS.
"""

from pipeline_compiler.secrets.config import secret_problems
from pipeline_compiler.secrets.definition import check_secrets

__all__ = ["check_secrets", "secret_problems"]
