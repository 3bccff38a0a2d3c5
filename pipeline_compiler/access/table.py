"""The permissions that AWS documents, as data: what each kind of job and each of its settings needs.

Read 2026-11. The two guides are pages of the SageMaker developer guide: "How to use SageMaker AI execution
roles", which has one section per API, and "IAM Access Management" of Pipelines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ROLES = "SageMaker AI execution roles"
_PIPELINES = "Pipelines access management"
_REFERENCE = "Service Authorization Reference"
_TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"
# Jobs are named by the service: pipelines-<execution id>-<step name>-<random letters>.
# Source: SageMaker developer guide, 'Pipelines steps', UseCustomJobPrefix.
JOB_PREFIX = "pipelines-"


@dataclass(frozen=True)
class Grant:
    """Actions that belong together, and where AWS says that they are needed."""

    actions: tuple[str, ...]
    why: str
    source: str


@dataclass(frozen=True)
class StepKind:
    """What steps of one type do.

    Attributes:
        resource: the kind of SageMaker resource that the step creates; None where it creates none.
        manage: what the pipeline does with that resource.
        log_group: the CloudWatch group, and metric namespace, of its containers; None where none run.
        names: what the names of these resources look like; `*` where AWS does not say.
        starts: the kind of resource that the created one itself starts, and what shows such a one.
    """

    resource: str | None
    manage: Grant
    log_group: str | None = None
    names: str = f"{JOB_PREFIX}*"
    starts: tuple[str, Grant] | None = None


def _job(name: str, resource: str, log_group: str | None) -> StepKind:
    grant = Grant(
        (
            f"sagemaker:Create{name}",
            f"sagemaker:Describe{name}",
            f"sagemaker:Stop{name}",
            "sagemaker:AddTags",
        ),
        "start, follow and stop the jobs; the service tags each with its pipeline",
        f"{_PIPELINES}: Create and Describe for each job type; {_REFERENCE}: Stop{name}, AddTags",
    )
    return StepKind(resource, grant, log_group)


_NOTHING = Grant((), "runs inside the service", "SageMaker developer guide, 'Pipelines steps'")

# Step type of a definition -> what it does. Types that are not here are refused, never guessed.
STEP_KINDS: Mapping[str, StepKind] = {
    "Processing": _job("ProcessingJob", "processing-job", "/aws/sagemaker/ProcessingJobs"),
    "Training": _job("TrainingJob", "training-job", _TRAINING_LOGS),
    "Transform": _job("TransformJob", "transform-job", "/aws/sagemaker/TransformJobs"),
    # Its name has 32 characters at most, which the form of other jobs' names does not fit; the guide gives no
    # other. Its training jobs, whose names begin with its own, are started and stopped by the service, and
    # write the logs: it has none itself.
    "Tuning": StepKind(
        "hyper-parameter-tuning-job",
        Grant(
            (
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:DescribeHyperParameterTuningJob",
                "sagemaker:StopHyperParameterTuningJob",
                "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
                "sagemaker:AddTags",
            ),
            "start, follow and stop the tuning jobs, and find their best training jobs",
            f"{_PIPELINES}; {_REFERENCE}: StopHyperParameterTuningJob, AddTags; SageMaker Python SDK, "
            "TuningStep.properties: Describe and ListTrainingJobsForHyperParameterTuningJob",
        ),
        _TRAINING_LOGS,
        names="*",
        starts=(
            "training-job",
            Grant(
                ("sagemaker:DescribeTrainingJob",),
                "see why a training job of a tuning job failed",
                f"{_REFERENCE}: DescribeTrainingJob; API reference, HyperParameterTuningJobName: prefix of "
                "the training jobs' names",
            ),
        ),
    ),
    "Condition": StepKind(None, _NOTHING),
    "Fail": StepKind(None, _NOTHING),
    "RegisterModel": StepKind(
        "model-package",
        Grant(
            (
                "sagemaker:CreateModelPackageGroup",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:CreateModelPackage",
                "sagemaker:DescribeModelPackage",
                "sagemaker:AddTags",
            ),
            "register the model as a version of its group, which the first execution creates",
            f"{_REFERENCE}: CreateModelPackage, CreateModelPackageGroup, AddTags",
        ),
    ),
    "Model": StepKind(
        "model",
        Grant(
            ("sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:AddTags"),
            "create the model",
            f"{_ROLES}, CreateModel; {_PIPELINES}",
        ),
    ),
}
PACKAGES = Grant(
    ("sagemaker:DescribeModelPackage", "sagemaker:CreateModel"),
    "make models of registered model packages",
    "SageMaker developer guide, 'Deploy a Model Version from a Different Account'",
)
LIST = Grant(("s3:ListBucket",), "list the inputs", f"{_ROLES}, CreateProcessingJob, CreateTrainingJob")
READ = Grant(
    ("s3:GetObject",),
    "read the inputs, the code and what earlier steps wrote",
    f"{_ROLES}, CreateProcessingJob, CreateTrainingJob; for property files: {_PIPELINES}, JsonGet",
)
WRITE = Grant(("s3:PutObject",), "write the outputs", f"{_ROLES}, CreateProcessingJob, CreateTrainingJob")
REGISTRY = Grant(
    ("ecr:GetAuthorizationToken",), "log in to the image registry", f"{_ROLES}, CreateProcessingJob"
)
PULL = Grant(
    ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"),
    "pull the container images",
    f"{_ROLES}, CreateProcessingJob, CreateTrainingJob",
)
LOGS = Grant(
    ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    "write the programs' logs",
    f"{_ROLES}, CreateProcessingJob; groups: 'Log groups and streams that SageMaker AI sends to CloudWatch'",
)
METRICS = Grant(
    ("cloudwatch:PutMetricData",),
    "publish the jobs' metrics",
    f"{_ROLES}, CreateProcessingJob; namespaces: 'Amazon SageMaker AI metrics in Amazon CloudWatch'",
)
NETWORK_READ = Grant(
    (
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ),
    "find the subnets and security groups of the VPC",
    f"{_ROLES}, CreateProcessingJob in a private VPC; EC2 offers no resource level for these",
)
NETWORK_WRITE = Grant(
    (
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
    ),
    "connect the jobs to the VPC",
    f"{_ROLES}, CreateProcessingJob in a private VPC",
)
KEY_FOR_DATA = Grant(
    ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
    "read and write objects that the key encrypts",
    f"{_ROLES}, KmsKeyId; Amazon S3 user guide, 'Using server-side encryption with AWS KMS keys'",
)
KEY_FOR_VOLUMES = Grant(
    ("kms:CreateGrant",), "attach volumes that the key encrypts", f"{_ROLES}, VolumeKmsKeyId"
)
_SAGEMAKER = "AWS managed policy AmazonSageMakerFullAccess"
RUN_QUERY = Grant(
    (
        "athena:StartQueryExecution",
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:StopQueryExecution",
    ),
    "let Athena run the queries of the inputs",
    f"{_SAGEMAKER}; Athena user guide, 'Example workgroup policies'",
)
READ_CATALOG = Grant(
    (
        "glue:GetDatabase",
        "glue:GetTable",
        "glue:GetTables",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:BatchGetPartition",
    ),
    "look up the tables of the queries",
    "Athena user guide, 'Configure access to databases and tables in the AWS Glue Data Catalog'",
)
STAGE_DATABASE = Grant(
    ("glue:CreateDatabase", "glue:GetDatabase"),
    "make the database in which SageMaker stages the results of Athena's queries",
    f"{_SAGEMAKER}; aws/sagemaker-python-sdk #5176, where a job failed without it",
)
STAGE_TABLE = Grant(
    ("glue:CreateTable", "glue:GetTable", "glue:DeleteTable"),
    "make the tables in which SageMaker stages the results of Athena's queries, and remove them",
    _SAGEMAKER,
)
FIND_RESULTS = Grant(
    ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads"),
    "let Athena find the bucket of its results",
    "AWS managed policy AmazonAthenaFullAccess, BaseQueryResultsPermissions",
)
WRITE_RESULTS = Grant(
    ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
    "let Athena write its results in parts",
    "AWS managed policy AmazonAthenaFullAccess, BaseQueryResultsPermissions",
)
REDSHIFT_QUERY = Grant(
    (
        "redshift-data:ExecuteStatement",
        "redshift-data:DescribeStatement",
        "redshift-data:CancelStatement",
        "redshift-data:GetStatementResult",
    ),
    "let Redshift run the queries of the inputs",
    f"{_SAGEMAKER}, which names no resource for these either",
)
REDSHIFT_LOGIN = Grant(
    ("redshift:GetClusterCredentials",),
    "log in to the database as the input's user",
    f"{_SAGEMAKER}; Redshift management guide, 'Create an IAM role with permissions to call "
    "GetClusterCredentials'",
)
PASS_ROLE = Grant(("iam:PassRole",), "hand the role to the jobs", f"{_PIPELINES}: iam:PassRole")

PIPELINE = Grant(
    (
        "sagemaker:CreatePipeline",
        "sagemaker:UpdatePipeline",
        "sagemaker:DescribePipeline",
        "sagemaker:AddTags",
        "sagemaker:ListTags",
        "sagemaker:ListPipelineExecutions",
        "sagemaker:StartPipelineExecution",
        "sagemaker:DeletePipeline",
    ),
    "create, update, start and delete the pipeline",
    f"{_REFERENCE}, resource type pipeline",
)
EXECUTIONS = Grant(
    (
        "sagemaker:DescribePipelineExecution",
        "sagemaker:DescribePipelineDefinitionForExecution",
        "sagemaker:ListPipelineExecutionSteps",
        "sagemaker:ListPipelineParametersForExecution",
        "sagemaker:StopPipelineExecution",
    ),
    "follow and stop its executions",
    f"{_REFERENCE}, resource type pipeline-execution",
)
READ_LOGS = Grant(
    ("logs:DescribeLogStreams", "logs:GetLogEvents"),
    "show the end of a failed job's log",
    "Service Authorization Reference, Amazon CloudWatch Logs",
)
UPLOAD = Grant(
    ("s3:GetObject", "s3:PutObject"),
    "upload code and data to their content addresses, and see what is there",
    "Amazon S3 API reference, HeadObject (s3:GetObject) and PutObject",
)
LIST_UPLOADS = Grant(
    ("s3:ListBucket",),
    "be told that a file is not there yet, and not that it is forbidden",
    "Amazon S3 API reference, HeadObject: 404 with s3:ListBucket, 403 without",
)
UPLOAD_KEY = Grant(
    ("kms:Decrypt", "kms:GenerateDataKey"),
    "upload to a bucket that the key encrypts by default",
    "Amazon S3 user guide, 'Using server-side encryption with AWS KMS keys'",
)
GIVE_ROLE = Grant(("iam:PassRole",), "give the execution role to the pipeline", f"{_PIPELINES}: iam:PassRole")
SIMULATE = Grant(
    ("iam:SimulatePrincipalPolicy",),
    "check the execution role's permissions, as 'iam --check' and version 3 of the SageMaker SDK do",
    "IAM API reference, SimulatePrincipalPolicy",
)
