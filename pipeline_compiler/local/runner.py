"""Running a definition: everything is checked first, then every step runs as soon as it can."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_compiler.local.cache import Cache
from pipeline_compiler.local.digests import Digests
from pipeline_compiler.local.execution import Execution
from pipeline_compiler.local.guard import locked, terminable
from pipeline_compiler.local.isolation import Isolation, IsolationChoice
from pipeline_compiler.local.parameters import bind_parameters
from pipeline_compiler.local.plan import PlannedStep, plan_steps, select_steps
from pipeline_compiler.local.preflight import check_step
from pipeline_compiler.local.processes import Processes
from pipeline_compiler.local.programs import with_local_programs
from pipeline_compiler.local.progress import Listener, SilentListener
from pipeline_compiler.local.report import RunReport
from pipeline_compiler.local.schedule import run_all
from pipeline_compiler.local.stand_ins import with_stand_ins
from pipeline_compiler.local.store import Store, remove_folder
from script_contracts.core.diagnostics import raise_errors

if TYPE_CHECKING:
    from pipeline_compiler.compiled import Asset, LocalProgram

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def run_pipeline(
    definition: Mapping[str, Any],
    *,
    name: str,
    state_dir: Path,
    assets: Iterable[Asset] = (),
    local_programs: Mapping[str, LocalProgram | None] | None = None,
    mounts: Mapping[str, Path] | None = None,
    parameters: Mapping[str, object] | None = None,
    only: Collection[str] = (),
    workers: int | None = None,
    use_cache: bool = True,
    isolation: Isolation = "auto",
    listener: Listener | None = None,
) -> RunReport:
    """Execute a pipeline definition on this machine, without Docker and without AWS.

    Args:
        definition: the pipeline definition, parsed.
        name: the pipeline's name.
        state_dir: the folder for the local S3, the cache, logs and model packages; made if missing.
        assets: files that must lie in S3 first.
        local_programs: step whose program is in an image -> what runs in its place; None where nothing
            does, so that the step cannot run here.
        mounts: S3 prefix -> the local folder that stands for it, or STEP.INPUT -> the folder that stands
            in for what a query or service would deliver. Never written to.
        parameters: parameter -> value; text is read as the declared type.
        only: run these steps and, where the cache does not have them, the steps that they need.
        workers: how many steps, and how many of their programs, may run at once; by default, the number
            of CPUs.
        use_cache: False runs the selected steps (with `only`: those named) even if nothing changed.
        isolation: `namespace` gives each job its own /opt/ml, `remap` names another folder in
            PIPELINE_CONTAINER_ROOT, `auto` takes the first where the machine allows it.
        listener: told of each step's progress, in the calling thread.

    Raises:
        PipelineCompilerError: (PC780 to PC784, PC798) before anything runs. A step that fails is not
            raised but reported.
        KeyboardInterrupt, SystemExit: on SIGINT and SIGTERM, once every started process is gone.
    """
    local = {name: each for name, each in (local_programs or {}).items() if each is not None}
    in_images = frozenset(local_programs or ()) - local.keys()
    assets = (*assets, *(each.code for each in local.values()))
    definition, folders = with_stand_ins(with_local_programs(definition, local), mounts or {}, assets)
    steps, bound, fresh = _check(definition, parameters or {}, only, use_cache, in_images)
    state = state_dir.resolve()
    with locked(state) as lock, terminable():
        for leftover in ("containers", "scratch"):  # of runs that failed or were killed
            remove_folder(state / leftover)
        workers = workers or os.cpu_count() or 1
        processes = Processes(lock, workers)
        store = Store(state / "s3", state / "scratch", folders, state / "model-packages")
        for asset in assets:
            store.add_asset(asset)
        execution_id = _new_id()
        execution = Execution(
            pipeline=name,
            id=execution_id,
            started=datetime.now(timezone.utc),
            folder=state / "executions" / execution_id,
            state=state,
            parameters=bound,
            store=store,
            cache=Cache(state, Digests(state / "digests.sqlite", processes.stopping)),
            processes=processes,
            isolation=IsolationChoice(isolation, state / "containers" / ".attempt", state / "home"),
            fresh=fresh,
        )
        execution.folder.mkdir(parents=True)
        return run_all(execution, steps, workers, listener or SilentListener())


def _check(
    definition: Mapping[str, Any],
    parameters: Mapping[str, object],
    only: Collection[str],
    use_cache: bool,
    in_images: Collection[str],
) -> tuple[dict[str, PlannedStep], dict[str, object], frozenset[str]]:
    bound, problems = bind_parameters(definition.get("Parameters", []), parameters)
    planned, broken = plan_steps(definition)
    if broken:
        raise_errors([*problems, *broken])
    steps, unknown = select_steps(planned, only)
    declared = [parameter["Name"] for parameter in definition.get("Parameters", [])]
    raise_errors(
        [
            *problems,
            *unknown,
            *(
                problem
                for step in steps.values()
                for problem in check_step(step, planned, declared, bound, in_images)
            ),
        ]
    )
    return steps, bound, frozenset() if use_cache else frozenset(only or steps)


def _new_id() -> str:
    """Twelve characters, as the service's ids have, that sort by time."""
    number, digits = time.time_ns() // 1_000_000, ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits + "".join(secrets.choice(_DIGITS) for _ in range(12 - len(digits)))
