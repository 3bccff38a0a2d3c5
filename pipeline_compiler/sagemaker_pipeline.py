"""The bridge to the SageMaker Python SDK, v2 or v3: a compiled pipeline as the SDK's own `Pipeline`.

The only module that imports `sagemaker`. Importing it takes seconds, so that it is imported when it is
needed. The requests stay ours: the SDK's classes that would build them look up credentials, regions and
buckets, and name things by the clock.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any

import boto3

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.deploy_rules import BROKEN_MIX
from pipeline_compiler.deployment import upload_files
from pipeline_compiler.mixed_definition import conformance_problems, mixing_problems, nested_steps
from pipeline_compiler.plan.planning import Plan, make_plan
from pipeline_compiler.plan.record import definition_record
from pipeline_compiler.plan.tags import deployment_tags
from pipeline_compiler.sdk_line import SessionLater, importable_without_region, sdk_line
from script_contracts.core.diagnostics import PipelineCompilerError, raise_errors
from script_contracts.core.suggestions import did_you_mean

with importable_without_region():
    if sdk_line() == 3:
        from sagemaker.core.helper.session_helper import Session
        from sagemaker.core.workflow.conditions import Condition, ConditionTypeEnum
        from sagemaker.core.workflow.parameters import (
            ParameterBoolean,
            ParameterFloat,
            ParameterInteger,
            ParameterString,
        )
        from sagemaker.core.workflow.properties import Properties, PropertyFile
        from sagemaker.mlops.workflow.condition_step import ConditionStep
        from sagemaker.mlops.workflow.pipeline import Pipeline
        from sagemaker.mlops.workflow.pipeline_experiment_config import PipelineExperimentConfig
        from sagemaker.mlops.workflow.steps import Step, StepTypeEnum
    else:
        from sagemaker.session import Session
        from sagemaker.workflow.condition_step import ConditionStep
        from sagemaker.workflow.conditions import Condition, ConditionTypeEnum
        from sagemaker.workflow.parameters import (
            ParameterBoolean,
            ParameterFloat,
            ParameterInteger,
            ParameterString,
        )
        from sagemaker.workflow.pipeline import Pipeline
        from sagemaker.workflow.pipeline_experiment_config import PipelineExperimentConfig
        from sagemaker.workflow.properties import Properties, PropertyFile
        from sagemaker.workflow.steps import Step, StepTypeEnum

# What a finished step answers, as botocore's sagemaker service model names it.
_DESCRIBED_AS: Mapping[str, tuple[str, ...]] = {
    "Processing": ("DescribeProcessingJobResponse",),
    "Training": ("DescribeTrainingJobResponse",),
    "Tuning": (
        "DescribeHyperParameterTuningJobResponse",
        "ListTrainingJobsForHyperParameterTuningJobResponse",
    ),
    "RegisterModel": ("DescribeModelPackageOutput",),
    "Model": ("DescribeModelOutput",),
    "Transform": ("DescribeTransformJobResponse",),
}
_PARAMETERS = {
    "String": ParameterString,
    "Integer": ParameterInteger,
    "Float": ParameterFloat,
    "Boolean": ParameterBoolean,
}
Tags = Mapping[str, str] | Iterable[Mapping[str, str]] | None


def to_sagemaker_pipeline(compiled: CompiledPipeline, sagemaker_session: Any = None) -> SageMakerPipeline:
    """The compiled pipeline as an SDK `Pipeline`. No AWS call, no network, no region or credentials.

    Args:
        sagemaker_session: the SDK session to deploy with. If not given, one is made when it is first
            needed, from boto3's defaults.
    """
    return SageMakerPipeline(compiled, sagemaker_session)


class CompiledStep(Step):  # type: ignore[misc]  # the SDK has no types
    """A compiled step: an SDK step whose request is what the compiler made of it.

    Use `properties` and `property_files` to refer to its results from steps of your own, and
    `add_depends_on` to let it wait for them. What it does is changed in the config.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        super().__init__(
            name=request["Name"],
            step_type=StepTypeEnum(request["Type"]),
            depends_on=list(request.get("DependsOn", ())) or None,
        )
        self._request = request
        self.property_files = [
            PropertyFile(name=each["PropertyFileName"], output_name=each["OutputName"], path=each["FilePath"])
            for each in request.get("PropertyFiles", ())
        ]

    @property
    def arguments(self) -> dict[str, Any]:
        """A copy of the step's request."""
        arguments: dict[str, Any] = copy.deepcopy(self._request["Arguments"])
        return arguments

    @cached_property
    def properties(self) -> Any:
        """The SDK's `Properties` of the finished step. A Fail step has none."""
        shapes = list(_DESCRIBED_AS.get(self._request["Type"], ()))
        return Properties(step_name=self.name, step=self, shape_names=shapes)

    def to_request(self) -> dict[str, Any]:
        """The step's entry in the definition."""
        request = copy.deepcopy(dict(self._request))
        request.pop("DependsOn", None)
        return {**request, "DependsOn": list(self.depends_on)} if self.depends_on else request


class CompiledCondition(Condition):  # type: ignore[misc]  # the SDK has no types
    """A compiled condition: the comparison as it stands in the definition."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        super().__init__(condition_type=ConditionTypeEnum(request["Type"]))
        self._request = request

    @property
    def _referenced_steps(self) -> list[str]:
        return []  # references in the request order themselves; this is for the SDK's objects

    def to_request(self) -> dict[str, Any]:
        """The condition's entry in the definition."""
        return copy.deepcopy(dict(self._request))


class SageMakerPipeline(Pipeline):  # type: ignore[misc]  # the SDK has no types
    """An SDK `Pipeline` made from a compiled one.

    To add a step of your own, append it: `pipeline.steps.append(step)`, or, to run it only if a gate
    opens, `pipeline.step("QualityGate").if_steps.append(step)`. Parameters likewise.

    Attributes:
        compiled: what it was made from.
    """

    def __init__(self, compiled: CompiledPipeline, sagemaker_session: Any = None) -> None:
        self.compiled = compiled
        self._uploading = False
        super().__init__(
            name=compiled.name,
            parameters=[_parameter(each) for each in compiled.document["Parameters"]],
            steps=[_step(each) for each in compiled.document["Steps"]],
            pipeline_experiment_config=_experiment(compiled),
            sagemaker_session=SessionLater(lambda: self.sagemaker_session),
        )
        self._session = sagemaker_session
        self._as_compiled = self._state()

    @property
    def sagemaker_session(self) -> Any:
        """The SDK session, made on first use: it needs credentials, which defining a pipeline does not.

        Its default bucket, to which the SDK writes large definitions, is the one of the pipeline's own files.
        """
        if self._session is None:
            boto_session = boto3.Session()
            if boto_session.region_name is None:
                boto_session = boto3.Session(region_name=self.compiled.region)
            bucket, _, prefix = self.compiled.s3_root.removeprefix("s3://").partition("/")
            self._session = Session(
                boto_session=boto_session,
                default_bucket=bucket,
                default_bucket_prefix=f"{prefix}/definitions".lstrip("/"),
            )
        return self._session

    @sagemaker_session.setter
    def sagemaker_session(self, session: Any) -> None:
        self._session = session

    def __repr__(self) -> str:
        """In a line, as a notebook shows it."""
        return repr(self.compiled).replace("CompiledPipeline", "SageMakerPipeline", 1)

    def step(self, name: str) -> Any:
        """The step of that name, wherever it is nested.

        Raises:
            PipelineCompilerError: (PC509) if there is none.
        """
        steps = {each.name: each for each in _flat(self.steps) if hasattr(each, "name")}
        if name not in steps:
            raise PipelineCompilerError(
                BROKEN_MIX.error(
                    f"'{self.name}' has no step '{name}'", fix=did_you_mean(name, steps, what="steps")
                )
            )
        return steps[name]

    def definition(self) -> str:
        """The definition: exactly the compiled one unless steps or parameters were added or changed.

        Raises:
            PipelineCompilerError: (PC509) if what was added does not fit, (PC52x-PC55x) if AWS refuses it.
        """
        if self._state() == self._as_compiled:
            return self.compiled.definition
        built = json.loads(super().definition())
        compiled = {each["Name"]: each for each in self.compiled.document["Parameters"]}
        built["Parameters"] = [{**compiled.get(each["Name"], {}), **each} for each in built["Parameters"]]
        document = {**self.compiled.document, **{key: value for key, value in built.items() if value}}
        raise_errors(mixing_problems(document))
        raise_errors(conformance_problems(document, self.compiled))
        return json.dumps(document)

    def create(
        self,
        role_arn: str | None = None,
        description: str | None = None,
        tags: Tags = None,
        parallelism_config: Any = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Upload the pipeline's files, then create it. Arguments as for `upsert`."""
        with self._files_in_place():
            created: dict[str, Any] = super().create(
                role_arn or self.compiled.role,
                self._description(description),
                self._tags(tags),
                self._parallelism(parallelism_config),
                **options,
            )
        return created

    def update(
        self, role_arn: str | None = None, description: str | None = None, parallelism_config: Any = None
    ) -> dict[str, Any]:
        """Upload the pipeline's files, then update it. Arguments as for `upsert`."""
        nested = self._uploading  # in an upsert, which tags by itself
        with self._files_in_place():
            updated: dict[str, Any] = super().update(
                role_arn or self.compiled.role,
                self._description(description),
                self._parallelism(parallelism_config),
            )
        if not nested:
            client = self.sagemaker_session.sagemaker_client
            client.add_tags(ResourceArn=updated["PipelineArn"], Tags=self._tags(None))
        return updated

    def upsert(
        self,
        role_arn: str | None = None,
        description: str | None = None,
        tags: Tags = None,
        parallelism_config: Any = None,
    ) -> dict[str, Any]:
        """Upload the files that are missing in S3, then create the pipeline, or update it if it exists.

        SDK v3 first asks IAM whether the role may run pipelines; the environment variable
        SAGEMAKER_VALIDATE_ROLE=false turns that off.

        Args:
            role_arn: ARN of the execution role; the config's if not given.
            description: shown in SageMaker; the config's if not given.
            tags: besides the config's; a tag given here wins over the config's.
            parallelism_config: as in the SDK; the config's if not given.

        Returns:
            SageMaker's answer, with the PipelineArn.

        Raises:
            DeployError: (PC501-PC507, PC510) if the files could not be brought to S3; the deployed
                pipeline is unchanged.
        """
        with self._files_in_place():
            answer: dict[str, Any] = super().upsert(
                role_arn or self.compiled.role,
                self._description(description),
                self._tags(tags),
                self._parallelism(parallelism_config),
            )
        return answer

    def plan(self, role_arn: str | None = None) -> Plan:
        """What `upsert` would change, and what would run again. Changes nothing.

        Args:
            role_arn: ARN of the execution role; the config's if not given.

        Raises:
            DeployError: (PC501, PC503-PC507, PC510, PC511, PC515) with every problem found.
        """
        compiled = replace(self.compiled, definition=self.definition())
        return make_plan(compiled, self.sagemaker_session.boto_session, role_arn)

    @contextmanager
    def _files_in_place(self) -> Iterator[None]:
        """Files first. The SDK's upsert calls create and update, which need not look again."""
        if self._uploading:
            yield
            return
        session = self.sagemaker_session
        record = definition_record(self.compiled.s3_root, self.definition())
        upload_files((*self.compiled.assets, record), self.compiled, session.boto_session)
        self._uploading = True
        try:
            yield
        finally:
            self._uploading = False

    def _description(self, given: str | None) -> str | None:
        return self.compiled.description if given is None else given

    def _parallelism(self, given: Any) -> Any:
        """In the form of the request, which every version of the SDK passes on."""
        return self.compiled.execution_settings.get("ParallelismConfiguration") if given is None else given

    def _tags(self, given: Tags) -> list[dict[str, str]]:
        """The config's tags, those given, and the record of what is deployed, as the SDK takes them."""
        pairs = given.items() if isinstance(given, Mapping) else ((t["Key"], t["Value"]) for t in given or ())
        merged = {**deployment_tags(self.compiled, self.definition()), **dict(pairs)}
        return [{"Key": key, "Value": value} for key, value in sorted(merged.items())]

    def _state(self) -> object:
        """Everything that a user may change and that shows in the definition."""
        return (
            [(id(step), tuple(getattr(step, "depends_on", None) or ())) for step in _flat(self.steps)],
            [parameter.to_request() for parameter in self.parameters],
            self.pipeline_experiment_config,
            getattr(self, "mlflow_config", None),  # v3 only
        )


def _step(request: Mapping[str, Any]) -> Any:
    """The SDK step of an entry; for a condition the SDK's own class, to which steps can be added."""
    if request["Type"] != "Condition":
        return CompiledStep(request)
    arguments = request["Arguments"]
    return ConditionStep(
        name=request["Name"],
        conditions=[CompiledCondition(each) for each in arguments["Conditions"]],
        if_steps=[_step(each) for each in arguments["IfSteps"]],
        else_steps=[_step(each) for each in arguments["ElseSteps"]],
        depends_on=list(request.get("DependsOn", ())) or None,
    )


def _experiment(compiled: CompiledPipeline) -> Any:
    """The SDK's experiment config of a compiled pipeline; None where that has no experiment."""
    config = compiled.document.get("PipelineExperimentConfig")
    return config and PipelineExperimentConfig(config["ExperimentName"], config["TrialName"])


def _parameter(declaration: Mapping[str, Any]) -> Any:
    """The SDK parameter of a declaration; the SDK wants floats as floats, and knows only text choices."""
    default = declaration.get("DefaultValue")
    if declaration["Type"] == "Float" and default is not None:
        default = float(default)
    options: dict[str, Any] = {"name": declaration["Name"], "default_value": default}
    if declaration["Type"] == "String" and "EnumValues" in declaration:
        options["enum_values"] = list(declaration["EnumValues"])
    return _PARAMETERS[declaration["Type"]](**options)


def _flat(steps: Iterable[Any]) -> Iterator[Any]:
    """The steps and all that are nested in them."""
    for step in steps:
        yield step
        yield from _flat(nested_steps(step))
