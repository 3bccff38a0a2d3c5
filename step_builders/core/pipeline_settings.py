"""The settings of the whole pipeline: what the section 'pipeline' of a config may hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from step_builders.core.config import Config

S3Uri = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]+(/[^?#]*)?$", max_length=1024)]
# Pattern and limit: botocore sagemaker service model, shape PipelineName; job names repeat it.
PipelineName = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$", max_length=82)
]
# botocore sagemaker service model, shape ExperimentEntityName
ExperimentName = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}$", max_length=120)
]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z\-]*:iam::\d{12}:role/?[\w+=,.@\-/]+$")]


class ExperimentSettings(Config):
    """The experiment and the trial to which each execution adds its jobs."""

    name: ExperimentName | None = Field(
        None, description="name of the experiment; the pipeline's name if not given"
    )
    trial: ExperimentName | None = Field(
        None, description="name of the trial; the execution's id if not given"
    )


class VpcConfig(Config):
    """Where jobs run inside a VPC."""

    subnets: tuple[str, ...] = Field(min_length=1, max_length=16, description="subnet ids")
    security_group_ids: tuple[str, ...] = Field(min_length=1, max_length=5, description="security groups")


class PipelineSettings(Config):
    """Settings of the whole pipeline."""

    name: PipelineName = Field(
        description="the pipeline's name in SageMaker", examples=["fraud-detection (letters, digits and '-')"]
    )
    role: RoleArn = Field(
        description="ARN of the execution role that jobs run as",
        examples=["arn:aws:iam::123456789012:role/Name"],
    )
    region: str = Field(description="AWS region, for the images")
    s3_root: S3Uri = Field(
        description="S3 prefix for code and outputs",
        examples=["s3://bucket/prefix (a bucket's name has 3 to 63 characters)"],
    )
    description: str | None = Field(
        None, max_length=3072, pattern=r"^[^\n]*$", description="what SageMaker shows about the pipeline"
    )
    parallelism: int | None = Field(
        None, ge=1, description="steps that may run at once, also in local runs; no limit if not given"
    )
    experiment: ExperimentSettings | None = Field(
        None, description="the SageMaker experiment to which executions belong; local runs have none"
    )
    tags: dict[str, str] = Field({}, description="tags of the pipeline and of every job")
    kms_key: str | None = Field(None, description="KMS key that encrypts outputs")
    volume_kms_key: str | None = Field(None, description="KMS key that encrypts the jobs' volumes")
    vpc: VpcConfig | None = Field(None, description="subnets and security groups for all jobs")
    network_isolation: bool = Field(False, description="whether jobs run without network access")
    quotas: dict[str, int] = Field(
        {}, description="quotas that AWS has raised for the account", examples=["{steps: 100}"]
    )
    budget: float | None = Field(
        None, gt=0, description="the most that one execution may cost, in the currency of the prices (USD)"
    )
    prices: str | None = Field(
        None,
        min_length=1,
        description="file of prices of your own, relative to this file; `cost --refresh` writes it",
    )
