"""Where a finished job tells the location of its outputs, for each kind of job."""

from __future__ import annotations

from pipeline_deps.expressions import Expression, Get, Join
from script_contracts.core.contract import JobKind, ScriptContract

_PROPERTY_OF_KIND = {
    # the one result of such steps; the Describe responses' shapes, botocore sagemaker service model
    JobKind.REGISTER_MODEL: "ModelPackageArn",
    JobKind.MODEL: "ModelName",
    JobKind.TRANSFORM: "TransformOutput.S3OutputPath",
}
_TRAINING_PROPERTIES = {
    # DescribeTrainingJob's response shape, botocore sagemaker service model
    "/opt/ml/model": "ModelArtifacts.S3ModelArtifacts",
    "/opt/ml/output/data": "OutputDataConfig.S3OutputPath",
    "/opt/ml/checkpoints": "CheckpointConfig.S3Uri",
}
# DescribeHyperParameterTuningJob's response shape. Every training job writes below a folder of its own name
# there: SageMaker SDK, TuningStep.get_top_model_s3_uri
_TUNING_PROPERTIES = {
    "/opt/ml/model": "OutputDataConfig.S3OutputPath",
    "/opt/ml/output/data": "OutputDataConfig.S3OutputPath",
    "/opt/ml/checkpoints": "CheckpointConfig.S3Uri",
}
_ARCHIVES = {"/opt/ml/model": "output/model.tar.gz", "/opt/ml/output/data": "output/output.tar.gz"}


def property_path(kind: JobKind, contract: ScriptContract | None, output: str) -> str:
    """The path behind `Steps.<name>.`; that of a tuning job leads to the outputs of all its training jobs.

    Args:
        contract: the contract of the job's program, if the job runs one.
        output: the logical name of the output.
    """
    if kind in _PROPERTY_OF_KIND:
        return _PROPERTY_OF_KIND[kind]
    if kind not in (JobKind.TRAINING, JobKind.TUNING):
        return f"ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"
    assert contract is not None, "training runs a program"
    path = contract.expected_output_paths[output]
    if kind is JobKind.TRAINING:
        return _TRAINING_PROPERTIES[path]
    return f"TrainingJobDefinition.{_TUNING_PROPERTIES[path]}"


def location(node: str, kind: JobKind, contract: ScriptContract | None, output: str) -> Expression:
    """Where the job of `node` leaves an output, known when the pipeline runs."""
    found = Get(f"Steps.{node}.{property_path(kind, contract, output)}")
    if kind is not JobKind.TUNING:
        return found
    assert contract is not None, "training runs a program"
    archive = _ARCHIVES.get(contract.expected_output_paths[output])
    best = Get(f"Steps.{node}.BestTrainingJob.TrainingJobName")
    return Join("/", (found, best, archive)) if archive else found
