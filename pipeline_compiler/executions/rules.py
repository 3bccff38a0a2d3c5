"""The PC56x codes: executions of a deployed pipeline."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

REQUEST_FAILED = Rule(
    "PC560",
    "AWS refused a request about a pipeline's executions, or could not be reached",
    "The message is AWS's own. Throttled requests, server errors and lost connections have been tried again "
    "several times before. An execution goes on in AWS whatever becomes of the command that watches it.",
)
NO_PIPELINE = Rule(
    "PC561",
    "no pipeline of that name is deployed there",
    "Pipelines belong to one account and one region: the name is that of the config's pipeline section, and "
    "the account that of the credentials.",
)
NO_EXECUTION = Rule(
    "PC562",
    "the pipeline has no such execution",
    "An execution is named by its id, which is the last part of its ARN, or by the ARN. Where none is named, "
    "the latest one is meant.",
)
BAD_START = Rule(
    "PC563",
    "an execution cannot be started like this",
    "A display name has 1 to 82 letters, digits and '-', a description at most 3,072 characters, and the "
    "value of a parameter at most 1,024 (botocore sagemaker service model, StartPipelineExecution). The "
    "parameters themselves are those of the deployed definition.",
)
BAD_SELECTION = Rule(
    "PC564",
    "these steps cannot be executed by themselves",
    "A selective execution runs up to 50 steps that are connected with each other, with every step on the "
    "paths between them, and takes what they need of other steps from an earlier execution of the pipeline, "
    "which has ended (SageMaker developer guide, 'Selective execution of pipeline steps').",
)
NOT_AS_COMPILED = Rule(
    "PC565",
    "the deployed pipeline is not what the config compiles to",
    "An execution runs what is deployed. The config, a template, a script or the compiler changed since the "
    "last deployment, or somebody else deployed a pipeline of that name.",
)
NOT_SUCCEEDED = Rule(
    "PC566",
    "an execution ended otherwise than by success",
    "A failed step's reason, the exit message of its job and the end of the job's log are shown with it.",
)
RUNNING = Rule(
    "PC567",
    "executions of the pipeline are running",
    "Deleting a pipeline deletes its executions, and AWS refuses it while one of them runs.",
)
NOT_RUNNING = Rule(
    "PC568",
    "an execution that has ended cannot be stopped",
    "Its jobs have ended too; nothing of it costs anything any more but what it left in S3.",
)
NO_LOG = Rule(
    "PC569",
    "what a job tells, or its log, cannot be read",
    "Logs of jobs lie in CloudWatch Logs, in a group for each kind of job. Reading them takes the actions "
    "logs:DescribeLogStreams and logs:GetLogEvents; reading a job takes its Describe action, and reading a "
    "tuning job also sagemaker:ListTrainingJobsForHyperParameterTuningJob.",
)
