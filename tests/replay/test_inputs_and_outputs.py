"""Data that comes from, or goes to, another place than was meant."""

from __future__ import annotations

import re

import pytest

from pipeline_compiler.conformance import Definition
from pipeline_compiler.conformance.values import address
from tests.conformance.handwritten import channel, own_address, processing, s3_input, s3_output, training

from .replay import compiled, findings, told


def test_every_output_of_a_compiled_pipeline_belongs_to_one_execution() -> None:
    """#2808, #3557: executions that run at once, or after each other, overwrote each other's outputs."""
    definition = Definition(compiled().document)
    outputs = [port for job in definition.jobs for port in job.ports if port.is_output]
    uris = [address(definition, port.uri) or "" for port in outputs]
    assert uris
    assert all("{Execution.PipelineExecutionId}" in uri for uri in uris)
    assert len(set(uris)) == len(uris)


def test_an_address_that_all_executions_share() -> None:
    """#2808: the same in a definition that somebody else wrote."""
    found = findings(processing(ProcessingOutputConfig__Outputs__0__S3Output__S3Uri="s3://bucket/out"))
    assert told(found, "PC552", "Prepare", "'s3://bucket/out'")


def test_two_outputs_at_one_address() -> None:
    """#3557: two steps that write to one address overwrite each other."""
    same = [s3_output("train", own_address("same"), "/opt/ml/processing/output/train")]
    steps = [processing(name, ProcessingOutputConfig__Outputs=same) for name in ("One", "Two")]
    assert told(findings(*steps), "PC551", "Two", "where One writes")


def test_two_inputs_at_one_path() -> None:
    """#4939: two inputs with one destination end in an empty validation error."""
    path = "/opt/ml/processing/input/data"
    inputs = [s3_input("a", "s3://bucket/a/", path), s3_input("b", "s3://bucket/b/", f"{path}/")]
    assert told(findings(processing(ProcessingInputs=inputs)), "PC541", "'a'", "'b'", path)


def test_an_input_outside_of_what_is_mounted() -> None:
    """#1950: /opt/ml/test as a destination; the refusal did not say what was wrong."""
    found = findings(processing(ProcessingInputs=[s3_input("a", "s3://bucket/a/", "/opt/ml/test/")]))
    assert told(found, "PC540", "/opt/ml/test/", "/opt/ml/processing/")


def test_a_job_that_writes_where_it_reads() -> None:
    """#1950: input and output of one job at the same address."""
    found = findings(
        processing(
            ProcessingInputs__0__S3Input__S3Uri="s3://bucket/test",
            ProcessingOutputConfig__Outputs__0__S3Output__S3Uri="s3://bucket/test/",
        )
    )
    assert told(found, "PC553", "'train'", "'raw'", "s3://bucket/test/")


@pytest.mark.parametrize(("prefix", "caught"), [("s3://bucket/train", True), ("s3://bucket/train/", False)])
def test_a_prefix_that_matches_more_than_its_folder(prefix: str, caught: bool) -> None:
    """#3612: s3://bucket/train also reads s3://bucket/train-old/."""
    channels = [channel("train", prefix), channel("old", "s3://bucket/train-old/")]
    assert told(findings(training(InputDataConfig=channels)), "PC550", "'train'", "train-old") is caught


def test_the_same_in_a_config() -> None:
    """#3612: the same, at the field of the config."""
    files = {"training": "s3://ml-fraud/raw", "calibration": "s3://ml-fraud/raw2/"}
    values = {f"steps.CradleDataLoading_{job}.source.files": uri for job, uri in files.items()}
    (warning,) = compiled(values).diagnostics
    assert (warning.code, warning.place.field) == ("PC550", "steps.CradleDataLoading_training.source.files")


def test_container_paths_are_written_once() -> None:
    """#3557: a path in the script and another in the pipeline; here both come from the contract."""
    pipeline = compiled()
    for contract in pipeline.scripts.values():
        if contract.job_kind.value != "processing":
            continue
        steps = [
            each
            for each in pipeline.steps
            if re.search(rf"/{contract.entry_point}\b", str(each["Arguments"].get("AppSpecification")))
        ]
        for step in steps:
            for each in step["Arguments"]["ProcessingOutputConfig"]["Outputs"]:
                assert each["S3Output"]["LocalPath"] == contract.expected_output_paths[each["OutputName"]]


def test_a_name_for_two_ports() -> None:
    """#4939: names are shared by inputs and outputs, and the service says so only when the job starts."""
    found = findings(processing(ProcessingInputs__0__InputName="train"))
    assert told(found, "PC543", "'train'")
