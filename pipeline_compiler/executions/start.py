"""Starting an execution: everything about it is checked against the deployed pipeline first."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.checks import check_definition
from pipeline_compiler.conformance.model_rules import OVER_QUOTA
from pipeline_compiler.executions.clients import Clients, ExecutionError, asking
from pipeline_compiler.executions.deployed import deployed_pipeline, differences
from pipeline_compiler.executions.lookup import find_execution, latest_success
from pipeline_compiler.executions.rules import BAD_SELECTION, BAD_START
from pipeline_compiler.executions.selection import needs_source, selection_problems, step_graph
from pipeline_compiler.executions.state import RUNNING_STATUSES
from pipeline_compiler.local.parameters import bind_parameters
from script_contracts.core.diagnostics import Diagnostic, Place, Severity, raise_errors

# botocore sagemaker service model: PipelineExecutionName, PipelineExecutionDescription, String1024
_DISPLAY_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}")
_LONGEST_DESCRIPTION, _LONGEST_VALUE = 3072, 1024


@dataclass(frozen=True)
class StartOptions:
    """How an execution is started.

    Attributes:
        parameters: parameter -> value; text is read as the declared type.
        display_name: what the console calls the execution.
        description: what the console says about it.
        parallelism: steps that may run at once, in place of the pipeline's own setting.
        only: run these steps alone, with what the others left in `source`.
        source: id or ARN of that earlier execution; the latest one that succeeded if not given.
    """

    parameters: Mapping[str, object]
    display_name: str | None = None
    description: str | None = None
    parallelism: int | None = None
    only: Sequence[str] = ()
    source: str | None = None


@dataclass(frozen=True)
class Started:
    """An execution that was started.

    Attributes:
        arn: its ARN.
        source: ARN of the execution that a selective one takes results from.
        parameters: parameter -> value, of those that were given, as AWS got them.
        diagnostics: warnings.
    """

    arn: str
    source: str | None
    parameters: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...] = ()


def start_execution(
    clients: Clients, name: str, options: StartOptions, compiled: CompiledPipeline | None = None
) -> Started:
    """Start the deployed pipeline.

    Args:
        name: the pipeline's name.
        compiled: what is thought to be deployed; a warning tells if something else is.

    Raises:
        ExecutionError: with every problem found, before anything is started: (PC561) no such pipeline,
            (PC780, PC798) parameters, and whatever their values lead to in the definition (PC520 to PC599);
            (PC563) other options; (PC562, PC564) the selection of steps; (PC503, PC560) if AWS refuses.
    """
    deployed = deployed_pipeline(clients, name)
    bound, problems = bind_parameters(deployed.parameters, options.parameters)
    values = {name: str(bound[name]) for name in options.parameters if name in bound}
    problems += _value_problems(values, bound)
    problems += _option_problems(options)
    graph = step_graph(deployed.document)
    problems += selection_problems(graph, options.only)
    raise_errors(problems, ExecutionError)
    raise_errors(_refused(deployed.document, clients.region, bound, options.parameters), ExecutionError)
    source = _source(clients, name, options, needs_source(graph, options.only))
    warnings = tuple(differences(deployed, compiled)) if compiled else ()
    with asking(f"starting the pipeline '{name}'"):
        answer = clients.sagemaker.start_pipeline_execution(**_request(name, options, values, source))
    return Started(answer["PipelineExecutionArn"], source, values, warnings)


def _refused(
    document: Mapping[str, Any], region: str, bound: Mapping[str, object], given: Iterable[str]
) -> Iterator[Diagnostic]:
    """What AWS would refuse, hours in, with the values given for parameters, and not with their defaults.

    Quotas are not held against the values: the account may have higher ones.
    """
    names = sorted(given)
    if not names:
        return
    parameters = [
        {**each, "DefaultValue": bound[each["Name"]]} if each["Name"] in names else each
        for each in document["Parameters"]
    ]
    before = {(each.rule, each.step, each.path) for each in check_definition(document, region=region)}
    for found in check_definition({**document, "Parameters": parameters}, region=region):
        new = (found.rule, found.step, found.path) not in before and found.rule is not OVER_QUOTA
        if new and found.severity is Severity.ERROR:
            message = found.message.replace("the default of parameter", "parameter")
            yield replace(found, message=message).diagnostic(Place(field=f"-p {', '.join(names)}"))


def _source(clients: Clients, pipeline: str, options: StartOptions, needed: list[str]) -> str | None:
    """The execution that has the results of the steps that are not selected; None where none is needed."""
    if options.source is not None:
        return _ended(clients, pipeline, find_execution(clients, pipeline, options.source))
    if not needed:
        return None
    found = latest_success(clients, pipeline)
    if found is None:
        raise ExecutionError(
            BAD_SELECTION.error(
                f"the selected steps need results of {', '.join(needed)}, and no execution has succeeded",
                fix="name an execution in which these steps succeeded with --from",
                place=Place(field="--only"),
            )
        )
    return found


def _ended(clients: Clients, pipeline: str, source: str) -> str:
    """The ARN of an execution from which results can be taken."""
    with asking(f"reading the execution '{source}'"):
        found = clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=source)
    status, named = found["PipelineExecutionStatus"], source.split("/")[1]
    problem = None
    if status in RUNNING_STATUSES:
        problem = f"the execution {source.rpartition('/')[2]} is {status}: it has no results to take yet"
    elif named != pipeline:
        problem = f"{source} is an execution of '{named}', and not of '{pipeline}'"
    if problem:
        raise ExecutionError(
            BAD_SELECTION.error(
                problem, fix="name an execution of this pipeline that has ended", place=Place(field="--from")
            )
        )
    return source


def _request(
    name: str, options: StartOptions, values: Mapping[str, str], source: str | None
) -> dict[str, Any]:
    """The StartPipelineExecution request. Values are sent as text, as both lines of the SDK send them."""
    request: dict[str, Any] = {"PipelineName": name}
    if values:
        request["PipelineParameters"] = [{"Name": key, "Value": value} for key, value in values.items()]
    if options.display_name is not None:
        request["PipelineExecutionDisplayName"] = options.display_name
    if options.description is not None:
        request["PipelineExecutionDescription"] = options.description
    if options.parallelism is not None:
        request["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": options.parallelism}
    if options.only:
        request["SelectiveExecutionConfig"] = {
            "SelectedSteps": [{"StepName": step} for step in dict.fromkeys(options.only)],
            **({"SourcePipelineExecutionArn": source} if source else {}),
        }
    return request


def _value_problems(values: Mapping[str, str], bound: Mapping[str, object]) -> Iterator[Diagnostic]:
    for name, text in values.items():
        value = bound[name]
        if isinstance(value, float) and not math.isfinite(value):
            yield BAD_START.error(
                f"parameter '{name}' is {text}, which is no number that JSON has",
                fix="give a finite number",
                place=Place(field=f"parameters.{name}"),
            )
        if len(text) > _LONGEST_VALUE:
            yield BAD_START.error(
                f"the value of parameter '{name}' has {len(text)} characters; AWS allows {_LONGEST_VALUE}",
                fix="put what is long into a file in S3, and name that",
                place=Place(field=f"parameters.{name}"),
            )


def _option_problems(options: StartOptions) -> Iterator[Diagnostic]:
    name, description = options.display_name, options.description
    if name is not None and not _DISPLAY_NAME.fullmatch(name):
        yield BAD_START.error(
            f"the display name '{name}' is not 1 to 82 letters and digits, with '-' between them",
            fix=f"write it like '{re.sub('[^a-zA-Z0-9]+', '-', name).strip('-')[:82] or 'weekly-run'}'",
            place=Place(field="--display-name"),
        )
    if description is not None and (len(description) > _LONGEST_DESCRIPTION or "\n" in description):
        yield BAD_START.error(
            f"the description has {len(description)} characters; AWS allows {_LONGEST_DESCRIPTION}, "
            "on one line",
            fix="shorten it",
            place=Place(field="--description"),
        )
    if options.parallelism is not None and options.parallelism < 1:
        yield BAD_START.error(
            f"parallelism is {options.parallelism}",
            fix="let at least 1 step run",
            place=Place(field="--parallelism"),
        )
    if options.source is not None and not options.only:
        yield BAD_SELECTION.error(
            f"--from {options.source} names an execution to take results from, but no steps are selected",
            fix="select the steps to run with --only",
            place=Place(field="--from"),
        )
