"""The command line: `pipeline-compiler`."""

from pipeline_compiler.cli.app import main

__all__ = ["main"]
