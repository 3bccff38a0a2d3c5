"""Pipelines made with SDK v2."""

from __future__ import annotations

from typing import Any

from build import BUCKET, ROLE
from sagemaker.automl.automl import AutoML, AutoMLInput
from sagemaker.clarify import BiasConfig, DataConfig
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.image_uris import retrieve
from sagemaker.inputs import TrainingInput
from sagemaker.lambda_helper import Lambda
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.model_monitor import DatasetFormat
from sagemaker.parameter import ContinuousParameter, IntegerParameter
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor
from sagemaker.transformer import Transformer
from sagemaker.tuner import HyperparameterTuner
from sagemaker.workflow.automl_step import AutoMLStep
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import ClarifyCheckStep, DataBiasCheckConfig
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.function_step import step
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import (
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep, TuningStep

REGION = "us-east-1"
FOLDER = "/opt/ml/processing"
CACHE = CacheConfig(enable_caching=True, expire_after="P30D")
RETRIES = [
    StepRetryPolicy(exception_types=[StepExceptionTypeEnum.SERVICE_FAULT], max_attempts=5),
    SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], expire_after_mins=120
    ),
]


def session() -> PipelineSession:
    return PipelineSession(default_bucket=BUCKET)


def image() -> str:
    found: str = retrieve("xgboost", REGION, version="1.7-1", instance_type="ml.m5.xlarge")
    return found


def given(name: str, uri: Any) -> ProcessingInput:
    return ProcessingInput(source=uri, destination=f"{FOLDER}/{name}", input_name=name)


def wanted(name: str) -> ProcessingOutput:
    uri = Join(on="/", values=[f"s3://{BUCKET}", ExecutionVariables.PIPELINE_EXECUTION_ID, name])
    return ProcessingOutput(output_name=name, source=f"{FOLDER}/out/{name}", destination=uri)


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


def estimator(instance: Any = "ml.m5.xlarge", **options: Any) -> Estimator:
    return Estimator(
        image_uri=image(),
        role=ROLE,
        instance_type=instance,
        instance_count=1,
        output_path=f"s3://{BUCKET}/models",
        hyperparameters={"objective": "binary:logistic", "num_round": 50},
        sagemaker_session=session(),
        **options,
    )


def training_pipeline() -> Pipeline:
    data = ParameterString("InputData", default_value=f"s3://{BUCKET}/raw")
    instance = ParameterString(
        "Instance", default_value="ml.m5.xlarge", enum_values=["ml.m5.xlarge", "ml.m5.2xlarge"]
    )
    count = ParameterInteger("Count", default_value=1)
    least = ParameterFloat("MinAuc", default_value=0.8)
    approval = ParameterString("Approval", default_value="PendingManualApproval")
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
    channels = {"train": TrainingInput(outputs["train"].S3Output.S3Uri, content_type="text/csv")}
    train = TrainingStep(
        name="Train",
        step_args=estimator(instance, use_spot_instances=True, max_run=600, max_wait=900).fit(channels),
        cache_config=CACHE,
    )
    tuner = HyperparameterTuner(
        estimator=estimator(),
        objective_metric_name="validation:auc",
        hyperparameter_ranges={"eta": ContinuousParameter(0.01, 0.5), "max_depth": IntegerParameter(2, 9)},
        max_jobs=4,
        max_parallel_jobs=2,
    )
    tune = TuningStep(name="Tune", step_args=tuner.fit(channels), depends_on=[train])
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
    model = Model(
        image_uri=image(),
        model_data=train.properties.ModelArtifacts.S3ModelArtifacts,
        role=ROLE,
        sagemaker_session=session(),
    )
    create = ModelStep(name="Create", step_args=model.create(instance_type="ml.m5.xlarge"))
    metrics = ModelMetrics(
        model_statistics=MetricsSource(
            s3_uri=Join(
                on="/",
                values=[
                    evaluate.properties.ProcessingOutputConfig.Outputs["evaluation"].S3Output.S3Uri,
                    "evaluation.json",
                ],
            ),
            content_type="application/json",
        )
    )
    register = ModelStep(
        name="Register",
        step_args=model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.xlarge"],
            transform_instances=["ml.m5.xlarge"],
            model_package_group_name="fraud",
            approval_status=approval,
            model_metrics=metrics,
            drift_check_baselines=DriftCheckBaselines(
                model_data_statistics=MetricsSource(
                    content_type="application/json", s3_uri=f"s3://{BUCKET}/b.json"
                )
            ),
        ),
    )
    transformer = Transformer(
        model_name=create.properties.ModelName,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        output_path=f"s3://{BUCKET}/scores",
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
        if_steps=[create, register, score],
        else_steps=[failed],
    )
    return Pipeline(
        name="training",
        parameters=[data, instance, count, least, approval],
        steps=[prepare, train, tune, evaluate, gate],
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
    jar = EMRStepConfig(jar="command-runner.jar", args=["spark-submit", name], main_class="Main")
    spark = EMRStep(
        name="Spark", display_name="Spark it", description="x", cluster_id="j-1YONHTCP3YZKC", step_config=jar
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
        if_steps=[spark],
        else_steps=[FailStep(name="No", error_message="no")],
    )
    return Pipeline(
        name="control",
        parameters=[flag, name],
        steps=[count, ask, use, gate],
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
    auto = AutoML(
        role=ROLE,
        target_attribute_name="label",
        output_path=f"s3://{BUCKET}/auto",
        mode="ENSEMBLING",
        sagemaker_session=session(),
    )
    inputs = AutoMLInput(
        inputs=f"s3://{BUCKET}/train.csv", target_attribute_name="label", channel_type="training"
    )
    best = AutoMLStep(name="Best", step_args=auto.fit(inputs=[inputs]))
    look = processing(
        "Look",
        [
            given("insights", best.properties.BestCandidateProperties.ModelInsightsJsonReportPath),
            given(
                "model",
                best.properties.BestCandidate.InferenceContainers[0].ModelDataUrl,
            ),
        ],
        ["looked"],
    )
    return Pipeline(
        name="checks",
        parameters=[skip],
        steps=[quality, bias, read, best, look],
        sagemaker_session=session(),
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
    "checks": checks_pipeline,
    "functions": functions_pipeline,
}
