"""Pipelines made with SDK v3."""

from __future__ import annotations

from typing import Any

from build import BUCKET, ROLE
from sagemaker.core.clarify import BiasConfig, DataConfig
from sagemaker.core.image_uris import retrieve
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.lineage.artifact import Artifact
from sagemaker.core.model_monitor import DatasetFormat
from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.training.configs import Compute, InputData, SourceCode, StoppingCondition
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionNot,
    ConditionOr,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import (
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.clarify_check_step import ClarifyCheckStep, DataBiasCheckConfig
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import (
    CurrentItem,
    ForEachSelector,
    ForEachStep,
    IterationOutput,
)
from sagemaker.mlops.workflow.function_step import step
from sagemaker.mlops.workflow.inference_component_step import InferenceComponentStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.lineage_step import LineageAssociation, LineageEntityReference, LineageStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import (
    CacheConfig,
    ProcessingStep,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train.model_trainer import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

REGION = "us-east-1"
FOLDER = "/opt/ml/processing"
CACHE = CacheConfig(enable_caching=True, expire_after="P30D")
RETRIES = [
    StepRetryPolicy(exception_types=[StepExceptionTypeEnum.THROTTLING], max_attempts=5),
    SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT], expire_after_mins=120
    ),
]


def session() -> PipelineSession:
    return PipelineSession(default_bucket=BUCKET)


def image() -> str:
    found: str = retrieve("xgboost", REGION, version="1.7-1", instance_type="ml.m5.xlarge")
    return found


def given(name: str, uri: Any) -> ProcessingInput:
    location = ProcessingS3Input(
        s3_uri=uri, local_path=f"{FOLDER}/{name}", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    return ProcessingInput(input_name=name, s3_input=location)


def wanted(name: str) -> ProcessingOutput:
    location = ProcessingS3Output(
        s3_uri=Join(on="/", values=[f"s3://{BUCKET}", ExecutionVariables.PIPELINE_EXECUTION_ID, name]),
        local_path=f"{FOLDER}/out/{name}",
        s3_upload_mode="EndOfJob",
    )
    return ProcessingOutput(output_name=name, s3_output=location)


def processing(name: str, inputs: list[Any], outputs: list[str], **options: Any) -> ProcessingStep:
    processor = Processor(
        role=ROLE,
        image_uri=image(),
        instance_count=options.pop("count", 1),
        instance_type=options.pop("instance", "ml.m5.xlarge"),
        volume_size_in_gb=50,
        max_runtime_in_seconds=7200,
        entrypoint=["python3", f"{FOLDER}/code/job.py"],
        env={"STAGE": "test", **options.pop("env", {})},
        sagemaker_session=session(),
    )
    arguments = processor.run(
        inputs=inputs, outputs=[wanted(each) for each in outputs], arguments=["--mode", "full"]
    )
    return ProcessingStep(name=name, step_args=arguments, **options)


def trainer(instance: Any = "ml.m5.xlarge", **options: Any) -> ModelTrainer:
    return ModelTrainer(
        training_image=image(),
        role=ROLE,
        compute=Compute(instance_type=instance, instance_count=1, volume_size_in_gb=30),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/models"),
        hyperparameters={"objective": "binary:logistic", "num_round": "50", "max_depth": 5},
        sagemaker_session=session(),
        base_job_name="train",
        **options,
    )


def training_pipeline() -> Pipeline:
    data = ParameterString("InputData", default_value=f"s3://{BUCKET}/raw")
    instance = ParameterString(
        "Instance", default_value="ml.m5.xlarge", enum_values=["ml.m5.xlarge", "ml.m5.2xlarge"]
    )
    count = ParameterInteger("Count", default_value=1)
    least = ParameterFloat("MinAuc", default_value=0.8)
    prepare = processing(
        "Prepare",
        [given("raw", data)],
        ["train", "test"],
        count=count,
        instance=instance,
        cache_config=CACHE,
        retry_policies=RETRIES,
        env={"COUNT": count.to_string()},
    )
    outputs = prepare.properties.ProcessingOutputConfig.Outputs
    train_data = InputData(channel_name="train", data_source=outputs["train"].S3Output.S3Uri)
    train = TrainingStep(
        name="Train", step_args=trainer(instance).train(input_data_config=[train_data]), cache_config=CACHE
    )
    script = TrainingStep(
        name="TrainScript",
        step_args=trainer(
            source_code=SourceCode(source_dir=".", entry_script="job.py"), environment={"A": "b"}
        ).train(input_data_config=[train_data]),
        depends_on=[train],
    )
    tuner = HyperparameterTuner(
        model_trainer=trainer(),
        objective_metric_name="validation:auc",
        hyperparameter_ranges={"eta": ContinuousParameter(0.01, 0.5), "max_depth": IntegerParameter(2, 9)},
        max_jobs=4,
        max_parallel_jobs=2,
    )
    tune = TuningStep(name="Tune", step_args=tuner.tune(inputs=[train_data]))
    report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
    evaluate = processing(
        "Evaluate",
        [
            given("model", train.properties.ModelArtifacts.S3ModelArtifacts),
            given("best", tune.get_top_model_s3_uri(top_k=0, s3_bucket=BUCKET)),
            given("test", outputs["test"].S3Output.S3Uri),
        ],
        ["evaluation"],
        property_files=[report],
    )
    transformer = Transformer(
        model_name="a-model",
        instance_count=1,
        instance_type="ml.m5.xlarge",
        output_path=f"s3://{BUCKET}/scores",
        base_transform_job_name="score",
        env={"A": "b"},
        sagemaker_session=session(),
    )
    score = TransformStep(
        name="Score",
        step_args=transformer.transform(
            data=outputs["test"].S3Output.S3Uri, content_type="text/csv", split_type="Line"
        ),
    )
    failed = FailStep(
        name="TooBad", error_message=Join(on=" ", values=["the AUC is below", least, "in", data])
    )
    gate = ConditionStep(
        name="Gate",
        conditions=[
            ConditionGreaterThanOrEqualTo(
                left=JsonGet(step_name="Evaluate", property_file=report, json_path="metrics.auc.value"),
                right=least,
            )
        ],
        if_steps=[score],
        else_steps=[failed],
    )
    return Pipeline(
        name="training",
        parameters=[data, instance, count, least],
        steps=[prepare, train, script, tune, evaluate, gate],
        sagemaker_session=session(),
    )


def control_pipeline() -> Pipeline:
    flag = ParameterBoolean("Flag", default_value=True)
    name = ParameterString("Who", default_value="me")
    rows = LambdaOutput(output_name="rows", output_type=LambdaOutputTypeEnum.Integer)
    where = LambdaOutput(output_name="where", output_type=LambdaOutputTypeEnum.String)
    count = LambdaStep(
        name="Count",
        lambda_func=Lambda(function_arn="arn:aws:lambda:us-east-1:123456789012:function:count"),
        inputs={"who": name, "flag": flag, "limit": 5, "at": ExecutionVariables.START_DATETIME},
        outputs=[rows, where],
        cache_config=CACHE,
    )
    answer = CallbackOutput(output_name="answer", output_type=CallbackOutputTypeEnum.String)
    ask = CallbackStep(
        name="Ask",
        sqs_queue_url="https://sqs.us-east-1.amazonaws.com/123456789012/questions",
        inputs={"where": where, "rows": count.properties.Outputs["rows"]},
        outputs=[answer],
    )
    use = processing("Use", [given("data", count.properties.Outputs["where"])], ["used"])
    alarm = LambdaStep(
        name="Alarm",
        lambda_func=Lambda(function_arn="arn:aws:lambda:us-east-1:123456789012:function:alarm"),
        inputs={},
        outputs=[],
        depends_on=[StepDependency(use, TriggerCondition.FAILED)],
    )
    jar = EMRStepConfig(jar="command-runner.jar", args=["spark-submit", name], main_class="Main")
    spark = EMRStep(
        name="Spark", display_name="Spark it", description="x", cluster_id="j-1YONHTCP3YZKC", step_config=jar
    )
    serverless = EMRServerlessStep(
        name="Serverless",
        display_name="s",
        description="s",
        application_id="00abc123def",
        job_config=EMRServerlessJobConfig(
            job_driver={"sparkSubmit": {"entryPoint": f"s3://{BUCKET}/job.py"}}, execution_role_arn=ROLE
        ),
    )
    item = CurrentItem()
    body = processing("Body", [given("data", item.uri)], ["part"], env={"ITEM": item.name})
    each = ForEachStep(
        name="Each",
        iterable_items=['{"name": "a", "uri": "s3://ml-fraud/a"}', name],
        max_concurrency=2,
        for_each_body=[body],
        selector=ForEachSelector(
            pick="MaxBy", field=IterationOutput(body).ProcessingResources.ClusterConfig.InstanceCount
        ),
    )
    clean = CleanupStep(
        name="Clean", s3_sources=[S3CleanupSource(use, s3_uris=[f"s3://{BUCKET}/used/a.csv"])]
    )
    gate = ConditionStep(
        name="Gate",
        conditions=[
            ConditionOr(
                conditions=[
                    ConditionIn(value=name, in_values=["me", "you"]),
                    ConditionNot(ConditionEquals(left=flag, right=True)),
                    ConditionEquals(left=ask.properties.Outputs["answer"], right="yes"),
                ]
            )
        ],
        if_steps=[spark, serverless],
        else_steps=[FailStep(name="No", error_message="no")],
    )
    return Pipeline(
        name="control",
        parameters=[flag, name],
        steps=[count, ask, use, alarm, each, clean, gate],
        sagemaker_session=session(),
    )


def deploy_pipeline() -> Pipeline:
    approval = ParameterString("Approval", default_value="PendingManualApproval")
    prepare = processing("Prepare", [given("raw", f"s3://{BUCKET}/raw")], ["train"])
    train_data = InputData(
        channel_name="train",
        data_source=prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri,
    )
    train = TrainingStep(name="Train", step_args=trainer().train(input_data_config=[train_data]))
    builder = ModelBuilder(
        image_uri=image(),
        s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
        role_arn=ROLE,
        sagemaker_session=session(),
    )
    create = ModelStep(name="Create", step_args=builder.build(model_name="fraud"))
    other = ModelBuilder(
        image_uri=image(),
        s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
        role_arn=ROLE,
        sagemaker_session=session(),
    )
    register = ModelStep(
        name="Register",
        step_args=other.register(
            model_package_group_name="fraud",
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.xlarge"],
            transform_instances=["ml.m5.xlarge"],
            approval_status=approval,
        ),
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": create.properties.ModelName,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.xlarge",
    }
    config = EndpointConfigStep(
        name="Config",
        step_args=session().create_endpoint_config(name="fraud-config", production_variants=[variant]),
    )
    endpoint = EndpointStep(
        name="Endpoint",
        step_args=session().create_endpoint(
            endpoint_name="fraud", config_name=config.properties.EndpointConfigName
        ),
    )
    component = InferenceComponentStep(
        name="Component",
        step_args=session().create_inference_component(
            inference_component_name="fraud-component",
            endpoint_name=endpoint.properties.EndpointName,
            variant_name="AllTraffic",
            specification={"ModelName": create.properties.ModelName},
        ),
    )
    lineage = LineageStep(
        name="Lineage",
        artifacts=Artifact.create(
            artifact_name="model",
            source_uri=train.properties.ModelArtifacts.S3ModelArtifacts,
            artifact_type="Model",
            sagemaker_session=session(),
        ),
        associations=[
            LineageAssociation(
                source=LineageEntityReference(name="model", type="Artifact"),
                destination=LineageEntityReference(arn=endpoint.properties.EndpointArn),
                association_type="Produced",
            )
        ],
    )
    return Pipeline(
        name="deploy",
        parameters=[approval],
        steps=[prepare, train, create, register, config, endpoint, component, lineage],
        sagemaker_session=session(),
    )


def checks_pipeline() -> Pipeline:
    skip = ParameterBoolean("Skip", default_value=False)
    job = CheckJobConfig(
        role=ROLE, instance_count=1, instance_type="ml.m5.xlarge", sagemaker_session=session()
    )
    quality = QualityCheckStep(
        name="Quality",
        quality_check_config=DataQualityCheckConfig(
            baseline_dataset=f"s3://{BUCKET}/train.csv",
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri=f"s3://{BUCKET}/quality",
        ),
        check_job_config=job,
        skip_check=skip,
        model_package_group_name="fraud",
        cache_config=CACHE,
    )
    bias = ClarifyCheckStep(
        name="Bias",
        clarify_check_config=DataBiasCheckConfig(
            data_config=DataConfig(
                s3_data_input_path=f"s3://{BUCKET}/train.csv",
                s3_output_path=f"s3://{BUCKET}/bias",
                label=0,
                dataset_type="text/csv",
                s3_analysis_config_output_path=f"s3://{BUCKET}/analysis",
            ),
            data_bias_config=BiasConfig(
                label_values_or_threshold=[1], facet_name=[8], facet_values_or_threshold=[[0.5]]
            ),
        ),
        check_job_config=job,
        skip_check=skip,
    )
    read = processing(
        "Read",
        [given("statistics", quality.properties.CalculatedBaselineStatistics)],
        ["read"],
        env={"CONSTRAINTS": bias.properties.CalculatedBaselineConstraints},
    )
    return Pipeline(
        name="checks", parameters=[skip], steps=[quality, bias, read], sagemaker_session=session()
    )


def functions_pipeline() -> Pipeline:
    count = ParameterInteger("Count", default_value=3)
    options = {"role": ROLE, "image_uri": image(), "instance_type": "ml.m5.xlarge", "description": "f"}

    def first(count: int) -> dict[str, Any]:
        return {"auc": [count]}

    def second(auc: float) -> float:
        return auc

    one = step(first, name="First", **options)(count)
    two = step(second, name="Second", retry_policies=RETRIES, **options)(one["auc"][0])
    gate = ConditionStep(
        name="Gate",
        conditions=[ConditionGreaterThanOrEqualTo(left=two, right=0.5)],
        if_steps=[],
        else_steps=[FailStep(name="No", error_message=Join(on=" ", values=["only", one["auc"][0]]))],
    )
    return Pipeline(name="functions", parameters=[count], steps=[gate], sagemaker_session=session())


PIPELINES = {
    "training": training_pipeline,
    "control": control_pipeline,
    "deploy": deploy_pipeline,
    "checks": checks_pipeline,
    "functions": functions_pipeline,
}
