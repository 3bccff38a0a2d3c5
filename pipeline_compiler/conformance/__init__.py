"""Conformance: everything that AWS would refuse in a pipeline definition, found without AWS.

Works on any definition, whoever wrote it: the definition's JSON is all that the checks read.
"""

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Finding

__all__ = ["Definition", "Finding", "Step"]
