"""Running a pipeline definition on this machine, without Docker and without AWS.

`run_pipeline` executes the very definition that would be deployed. The state folder holds:

    s3/<bucket>/<key>           the local S3
    executions/<id>/            one log per step, and execution.json
    executions/<id>/<step>/     of a Tuning step: one log per training job, and tuning.json, which lists
                                them from the best on
    model-packages/<group>/     registered packages, one file per version
    models/<name>/              models that Model steps created, for Transform steps
    cache/, digests.sqlite      what steps did before, and what files contain
    containers/<step>/          the job's own /opt/ml: while it runs, and after a failure until the
                                next run
    home/                       HOME of every job
"""

from __future__ import annotations

from pipeline_compiler.local.isolation import Isolation
from pipeline_compiler.local.progress import (
    Listener,
    LiveListener,
    PlainListener,
    SilentListener,
    progress_listener,
)
from pipeline_compiler.local.report import RunReport, Status, StepResult
from pipeline_compiler.local.runner import run_pipeline

__all__ = [
    "Isolation",
    "Listener",
    "LiveListener",
    "PlainListener",
    "RunReport",
    "SilentListener",
    "Status",
    "StepResult",
    "progress_listener",
    "run_pipeline",
]
