"""The config models: what a user may set, typed, with unknown fields rejected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from pipeline_deps.expressions import Expression, ExpressionError
from pipeline_deps.rules import EXPRESSION_MISUSED
from pipeline_deps.vocabulary import JobType
from step_builders.core.pytorch_images import PYTORCH_VERSIONS
from step_builders.core.xgboost_images import XGBOOST_VERSIONS

XGBoostVersion = Literal["1.7-1", "3.0-5", "3.2-0"]
assert XGBoostVersion.__args__ == XGBOOST_VERSIONS  # type: ignore[attr-defined]  # one list of versions
PyTorchVersion = Literal["2.5.1", "2.6.0"]
assert PyTorchVersion.__args__ == PYTORCH_VERSIONS  # type: ignore[attr-defined]
ListOfNames = tuple[Annotated[str, StringConstraints(pattern=r"^[^,]+$")], ...]


class Config(BaseModel):
    """A frozen group of settings that accepts no unknown field and no expression."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_expressions(cls, data: Any) -> Any:
        misused = [
            EXPRESSION_MISUSED.error(
                f"{cls.__name__}.{path} is a plain value, got {expression!r}",
                fix="declare the parameter in the config's 'parameters' with 'sets:'",
            )
            for name, value in (data.items() if isinstance(data, dict) else ())
            for path, expression in _expressions(str(name), value)
        ]
        if misused:
            raise ExpressionError(*misused)
        return data

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_not_yes_or_no(cls, value: Any, info: ValidationInfo) -> Any:
        """Python counts True as 1; a config that says `max_depth: yes` means something else."""
        if isinstance(value, bool) and info.field_name is not None:
            annotation = cls.model_fields[info.field_name].annotation
            accepted = {annotation, *get_args(annotation)}
            if accepted & {int, float} and bool not in accepted:
                raise PydanticCustomError("number_not_bool", "Input should be a number")
        return value


def _expressions(path: str, value: object) -> Iterator[tuple[str, Expression]]:
    """The expressions in a setting, by dotted path: itself, or entries of the lists and mappings in it."""
    if isinstance(value, Expression):
        yield path, value
    elif isinstance(value, (list, tuple, dict)):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _expressions(f"{path}.{key}", entry)


# Marks a field that decides what is compiled, and so cannot be a pipeline parameter.
FIXED: dict[str, JsonValue] = {"fixed": True}

# Marks a field of which only the training variant of a step makes anything.
TRAINING_ONLY: dict[str, JsonValue] = {"training_only": True}

# Marks the one of several alternative fields that a starter config leaves open to be filled in.
USUAL: dict[str, JsonValue] = {"usual": True}


def is_fixed(model: type[BaseModel], field: str) -> bool:
    """Whether a field decides what is compiled; False for unknown fields."""
    info = model.model_fields.get(field)
    return info is not None and _is_marked(info, FIXED)


def is_unused(model: type[BaseModel], field: str, job_type: JobType | None) -> bool:
    """Whether a step's variant of a job type makes nothing of a field; False for unknown fields."""
    info = model.model_fields.get(field)
    trains = job_type in (None, JobType.TRAINING)
    return not trains and info is not None and _is_marked(info, TRAINING_ONLY)


def is_usual(info: FieldInfo) -> bool:
    """Whether a field is the usual one of several alternatives."""
    return _is_marked(info, USUAL)


def _is_marked(info: FieldInfo, marker: dict[str, JsonValue]) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and all(extra.get(key) == value for key, value in marker.items())


# What a retry policy may name. Source: SageMaker developer guide, "Retry policy for pipeline steps", and both
# lines of the SageMaker SDK, which agree on CAPACITY_ERROR where older pages say JOB_CAPACITY_ERROR.
RetryException = Literal[
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
]


class RetryPolicy(Config):
    """After which failures of the service a step is tried again, and how often.

    A failure of the program itself is never retried. Limits: the same page of the developer guide.
    """

    exceptions: tuple[RetryException, ...] = Field(
        min_length=1, description="failures of the service after which the step is tried again"
    )
    interval_seconds: int = Field(1, ge=1, le=43200, description="seconds before the first retry")
    backoff_rate: float = Field(2.0, ge=0, description="by which the interval grows with each retry")
    max_attempts: int | None = Field(None, ge=1, le=20, description="retries at most; 5 if no limit is given")
    expire_after_minutes: int | None = Field(
        None, ge=1, le=14400, description="minutes after which it is not retried, in place of max_attempts"
    )

    @model_validator(mode="after")
    def _one_limit(self) -> RetryPolicy:
        if self.max_attempts is not None and self.expire_after_minutes is not None:
            raise ValueError("give max_attempts or expire_after_minutes, not both")
        return self


class RunCondition(Config):
    """The value of a pipeline parameter for which a step runs."""

    parameter: str = Field(
        min_length=1, description="a parameter of the config; it needs no 'sets'", json_schema_extra=FIXED
    )
    equals: bool | int | float | str = Field(
        description="the value for which the step, and what follows it, runs", json_schema_extra=FIXED
    )


class StepConfig(Config):
    """Settings that a step of any kind has."""

    run_if: RunCondition | None = Field(
        None,
        description="when the step, and all that follows it, runs; always if not given",
        json_schema_extra=FIXED,
    )


class RetryableConfig(StepConfig):
    """Settings of a step of a kind that SageMaker can retry: jobs, and the registration of models."""

    retry: tuple[RetryPolicy, ...] = Field(
        (),
        description="policies after which failures of the service the step is tried again; local runs "
        "have no such failures",
        json_schema_extra=FIXED,
    )

    @model_validator(mode="after")
    def _one_policy_for_each_exception(self) -> RetryableConfig:
        named = [each for policy in self.retry for each in policy.exceptions]
        if twice := sorted({each for each in named if named.count(each) > 1}):
            raise ValueError(f"retry names {', '.join(twice)} more than once")
        return self


class JobConfig(RetryableConfig):
    """Settings of a step that starts a job."""

    instance_type: str = Field(
        "ml.m5.xlarge",
        pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$",
        description="instance type of the job",
        examples=["ml.m5.xlarge"],
    )
    instance_count: int = Field(1, ge=1, le=100, description="number of instances")
    volume_size_gb: int = Field(30, ge=1, le=16384, description="size of the job's volume in GB")
    max_runtime_seconds: int = Field(
        86400, ge=1, le=2419200, description="the job is stopped after this many seconds"
    )
    image_uri: str | None = Field(
        None,
        max_length=255,
        pattern=r"^\S+$",
        description="another image, in place of the AWS one",
        json_schema_extra=FIXED,
    )
    cache_expire_after: str | None = Field(
        "P30D",
        # units as in the developer guide, "Turn on step caching", read 2026-11: no seconds
        pattern=r"^P((\d+[YMWD])+(T(\d+[HM])+)?|T(\d+[HM])+)$",
        description="ISO 8601 duration for which results are reused; null to always run",
        examples=["P30D"],
        json_schema_extra=FIXED,
    )


class XGBoostImage(StepConfig):
    """The image of a step that runs in AWS's XGBoost container; it needs none of XGBoost itself."""

    xgboost_version: XGBoostVersion = Field(
        "3.2-0", description="version of the AWS XGBoost image", json_schema_extra=FIXED
    )


class PyTorchImage(StepConfig):
    """The image of a step that runs in AWS's PyTorch container."""

    pytorch_version: PyTorchVersion = Field(
        "2.6.0",
        description="version of the AWS PyTorch image; the instance type chooses between CPU and GPU",
        json_schema_extra=FIXED,
    )


class ContainerJobConfig(JobConfig):
    """Settings of a job whose image has the program."""

    image_uri: str = Field(
        max_length=255,
        pattern=r"^\S+$",
        description="the image that has the program",
        examples=["123456789012.dkr.ecr.us-east-1.amazonaws.com/scan:1"],
        json_schema_extra=FIXED,
    )


class ProcessingJobConfig(JobConfig):
    """Settings of a processing job, in whatever image."""

    # AWS limit; botocore sagemaker service model, ProcessingMaxRuntimeInSeconds
    max_runtime_seconds: int = Field(
        86400, ge=1, le=777600, description="the job is stopped after this many seconds"
    )


class TrainingJobConfig(JobConfig):
    """Settings of a training job, in whatever image."""

    use_spot: bool = Field(
        False,
        description="whether the job runs on spare instances, which are cheaper and may be interrupted",
        json_schema_extra=FIXED,
    )
    max_wait_seconds: int | None = Field(
        None,
        ge=1,
        description="with use_spot, the seconds that waiting for instances and running may take together; "
        "max_runtime_seconds if not given",
    )

    @model_validator(mode="after")
    def _wait_for_spot_only(self) -> TrainingJobConfig:
        if self.max_wait_seconds is None:
            return self
        if not self.use_spot:
            raise ValueError("max_wait_seconds needs use_spot: true")
        if self.max_wait_seconds < self.max_runtime_seconds:  # API reference, StoppingCondition
            raise ValueError(
                f"max_wait_seconds ({self.max_wait_seconds}) is less than max_runtime_seconds "
                f"({self.max_runtime_seconds}), which it includes"
            )
        return self


class ProcessingConfig(XGBoostImage, ProcessingJobConfig):
    """Settings of a processing job in the XGBoost image."""


class TrainingConfig(XGBoostImage, TrainingJobConfig):
    """Settings of a training job in the XGBoost image."""


class PyTorchProcessingConfig(PyTorchImage, ProcessingJobConfig):
    """Settings of a processing job in the PyTorch image."""


class PyTorchJobConfig(PyTorchImage, TrainingJobConfig):
    """Settings of a training job in the PyTorch image."""


class ContainerProcessingConfig(ContainerJobConfig, ProcessingJobConfig):
    """Settings of a processing job whose image has the program."""


class ContainerTrainingConfig(ContainerJobConfig, TrainingJobConfig):
    """Settings of a training job whose image has the algorithm."""


IMAGE_FIELDS = frozenset(
    {*XGBoostImage.model_fields, *PyTorchImage.model_fields} - {*StepConfig.model_fields}
)


class Source(Config):
    """Files that the config supplies: an S3 prefix, or a folder on this machine."""

    files: str = Field(min_length=1, description="S3 prefix, or a folder relative to the config file")
    upload: bool = Field(
        False, description="whether deploying uploads a local folder, by content", json_schema_extra=FIXED
    )

    @model_validator(mode="after")
    def _only_folders_are_uploaded(self) -> Source:
        if self.upload and self.files.startswith("s3://"):
            raise ValueError(
                "upload is for folders on this machine, and an s3:// prefix is in S3 already; remove it"
            )
        return self


class FileSource(Source):
    """Data files of one table."""

    format: Literal["parquet", "csv", "json"] | None = Field(
        None, description="format of the files; told from their names if not given"
    )
