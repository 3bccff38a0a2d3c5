"""CPU time to define a pipeline of N processing steps: this compiler, the SageMaker SDK's own classes, json.

    python benchmarks/sdk_wrappers.py [N]

Imports are not counted. The SDK's part runs offline: its session has dummy credentials, a given bucket and an
endpoint where nobody answers, and its steps upload no code, which would be the larger part of its work.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from typing import Any

STEPS = 200
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecution"
OFFLINE = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
}


def cpu_seconds(action: Callable[[], Any], repeat: int = 1) -> tuple[float, Any]:
    """The least CPU time of `repeat` calls, and what the last one returned."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        result = action()
        times.append(time.process_time() - start)
    return min(times), result


def our_input(count: int) -> tuple[Any, dict[str, Any]]:
    """A template of `count` steps in pairs, loading and preprocessing, and its config."""
    from pipeline_compiler import Template

    pairs = range(count // 2)
    steps: dict[str, str | None] = {f"Load{n}": "CradleDataLoading_training" for n in pairs}
    steps.update({f"Preprocess{n}": "TabularPreprocessing_training" for n in pairs})
    template = Template.of("Benchmark", steps, [f"Load{n} -> Preprocess{n}" for n in pairs])
    return template, {
        "pipeline": {
            "name": "benchmark",
            "role": ROLE,
            "region": "us-east-1",
            "s3_root": "s3://bucket/root",
            "quotas": {"steps": 1000},
        },
        "defaults": {"label_field": "label", "positive_class": "yes"},
        "steps": {f"Load{n}": {"source": {"files": f"s3://bucket/data/{n}/"}} for n in pairs},
    }


def sdk_steps(count: int, line: str) -> tuple[Callable[[], list[Any]], Callable[[list[Any]], str]]:
    """What makes `count` steps with the SDK's own classes, and what makes their definition."""
    find = importlib.import_module
    v3 = line == "3"
    workflow = find("sagemaker.mlops.workflow.steps" if v3 else "sagemaker.workflow.steps")
    context = find(
        "sagemaker.core.workflow.pipeline_context" if v3 else "sagemaker.workflow.pipeline_context"
    )
    processing = find("sagemaker.core.processing" if v3 else "sagemaker.processing")
    images = find("sagemaker.core.image_uris" if v3 else "sagemaker.image_uris")
    shapes = find("sagemaker.core.shapes" if v3 else "sagemaker.processing")
    # Opting out by config file would be charged to the SDK: it then validates the file hundreds of times.
    telemetry = find(f"sagemaker.{'core.' if v3 else ''}telemetry.telemetry_logging")
    telemetry._send_telemetry_request = lambda *_, **__: None
    pipeline = find("sagemaker.mlops.workflow.pipeline" if v3 else "sagemaker.workflow.pipeline").Pipeline
    session = context.PipelineSession(default_bucket="bucket")
    path = "/opt/ml/processing"

    def given(uri: str) -> Any:
        if not v3:
            return shapes.ProcessingInput(source=uri, destination=f"{path}/input", input_name="DATA")
        location = {"s3_uri": uri, "local_path": f"{path}/input", "s3_data_type": "S3Prefix"}
        return shapes.ProcessingInput(
            input_name="DATA", s3_input=shapes.ProcessingS3Input(s3_input_mode="File", **location)
        )

    def wanted(uri: str) -> Any:
        if not v3:
            return shapes.ProcessingOutput(source=f"{path}/output", destination=uri, output_name="DATA")
        location = shapes.ProcessingS3Output(
            s3_uri=uri, local_path=f"{path}/output", s3_upload_mode="EndOfJob"
        )
        return shapes.ProcessingOutput(output_name="DATA", s3_output=location)

    def step(number: int) -> Any:
        image = images.retrieve("xgboost", "us-east-1", version="1.7-1", instance_type="ml.m5.xlarge")
        processor = processing.Processor(
            role=ROLE,
            image_uri=image,
            instance_count=1,
            instance_type="ml.m5.xlarge",
            entrypoint=["python3", f"{path}/input/code/script.py"],
            env={"LABEL_FIELD": "label"},
            sagemaker_session=session,
        )
        arguments = processor.run(
            inputs=[given(f"s3://bucket/data/{number}/")], outputs=[wanted(f"s3://bucket/out/{number}/")]
        )
        return workflow.ProcessingStep(name=f"Step{number}", step_args=arguments)

    def define(steps: list[Any]) -> str:
        definition: str = pipeline(name="benchmark", steps=steps, sagemaker_session=session).definition()
        return definition

    return lambda: [step(number) for number in range(count)], define


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.environ.update(OFFLINE)
    measure(count)


def measure(count: int) -> None:
    """Measure each way of defining `count` steps and print a row for it."""
    from pipeline_compiler import compile_pipeline
    from pipeline_compiler.sagemaker_pipeline import to_sagemaker_pipeline

    template, config = our_input(count)
    first, _ = cpu_seconds(lambda: compile_pipeline(template, config))
    ours, compiled = cpu_seconds(lambda: compile_pipeline(template, config), repeat=5)
    bridge, _ = cpu_seconds(lambda: to_sagemaker_pipeline(compiled).definition(), repeat=5)
    floor, _ = cpu_seconds(lambda: json.dumps(compiled.document), repeat=5)
    version = metadata.version("sagemaker")
    make, define = sdk_steps(count, version.split(".")[0])
    construct, steps = cpu_seconds(make)
    defined, text = cpu_seconds(lambda: define(steps))
    assert len(json.loads(text)["Steps"]) == count == len(compiled.steps)
    rows = [
        ("json.dumps of our definition (the floor)", floor),
        ("compile_pipeline, first call (reads the scripts)", first),
        ("compile_pipeline", ours),
        ("compile_pipeline + SDK Pipeline + definition()", ours + bridge),
        (f"sagemaker {version}: steps", construct),
        (f"sagemaker {version}: steps + definition()", construct + defined),
    ]
    print(f"{count} processing steps, definition of {len(compiled.definition):,} characters")
    print(f"{'':52}{'CPU s':>9}{'x floor':>10}{'x ours':>10}")
    for name, seconds in rows:
        print(f"{name:52}{seconds:9.4f}{seconds / floor:10.0f}{seconds / ours:10.1f}")


if __name__ == "__main__":
    main()
