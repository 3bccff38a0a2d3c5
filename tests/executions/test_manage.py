"""`stop` and `delete`."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_compiler.executions import Clients
from tests.cli.harness import cli
from tests.executions.conftest import NAME, Executed
from tests.executions.service import REGION, Recorded


def pipelines(clients: Clients) -> list[str]:
    return [each["PipelineName"] for each in clients.sagemaker.list_pipelines()["PipelineSummaries"]]


def test_stopping_a_running_execution(service: Recorded, executed: Executed, config: Path) -> None:
    arn = executed("Executing")
    result = cli("stop", config, arn.rpartition("/")[2])
    assert result.code == 0
    assert "is stopping" in result.out
    assert [each["PipelineExecutionArn"] for each in service.sent("StopPipelineExecution")] == [arn]
    assert cli("stop", arn, "--json").json["stopping"] == arn
    assert len(service.sent("StopPipelineExecution")) == 1, "it was stopping already"


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_what_has_ended_cannot_be_stopped(service: Recorded, executed: Executed, status: str) -> None:
    result = cli("stop", executed(status))
    assert result.code == 1
    assert "PC568 error: the execution" in result.err
    assert f"has ended as {status}" in result.err
    assert service.sent("StopPipelineExecution") == []


def test_which_one_to_stop_is_not_guessed(service: Recorded, executed: Executed, config: Path) -> None:
    executed("Executing")
    result = cli("stop", config)
    assert result.code == 2
    assert "say which execution to stop" in result.err


def test_deleting_says_what_stays(
    service: Recorded, executed: Executed, config: Path, clients: Clients
) -> None:
    executed("Succeeded")
    result = cli("delete", config, "--yes")
    assert result.code == 0
    assert f"deleted '{NAME}' in {REGION}" in result.out
    for kept in ("code bundles", "results in S3", "registered models", "logs"):
        assert kept in result.out
    assert pipelines(clients) == []


@pytest.mark.parametrize(("answer", "left"), [("y\n", []), ("n\n", [NAME]), ("", [NAME])])
def test_deleting_asks(
    service: Recorded,
    pipeline: str,
    config: Path,
    clients: Clients,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    left: list[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    result = cli("delete", config)
    assert result.code == (1 if left else 0)
    assert "the record of its executions. What it left stays" in " ".join(result.err.split())
    assert pipelines(clients) == left


def test_the_command_as_a_program(service: Recorded, pipeline: str, config: Path, clients: Clients) -> None:
    """With boto3's own sessions and clients."""
    process = subprocess.run(
        [sys.executable, "-m", "pipeline_compiler", "delete", str(config), "--yes", "--json"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["deleted"] is True
    assert pipelines(clients) == []


def test_data_is_not_asked_for(service: Recorded, pipeline: str, config: Path, clients: Clients) -> None:
    result = cli("delete", config, "--json")
    assert result.code == 2
    assert "--yes" in result.out
    document = cli("delete", config, "--json", "--yes").json
    assert document["deleted"] is True
    assert pipelines(clients) == []


def test_running_executions_keep_the_pipeline(
    service: Recorded, executed: Executed, config: Path, clients: Clients
) -> None:
    running = [executed(status) for status in ("Executing", "Stopping")]
    executed("Succeeded")
    executed("Failed")
    result = cli("delete", config, "--yes")
    assert result.code == 1
    assert "PC567 error: 2 executions" in result.err
    for arn in running:
        assert arn.rpartition("/")[2] in result.err
    assert pipelines(clients) == [NAME]
    assert service.sent("DeletePipeline") == []


def test_force_stops_them_first(
    service: Recorded, executed: Executed, config: Path, clients: Clients
) -> None:
    arn = executed("Executing", stops_as="Stopped")
    result = cli("delete", config, "--yes", "--force", "--json")
    assert result.code == 0
    assert result.json["stopped"] == [arn]
    operations = [name for name, _ in service.requests if name in ("StopPipelineExecution", "DeletePipeline")]
    assert operations == ["StopPipelineExecution", "DeletePipeline"]
    assert pipelines(clients) == []


def test_deleting_what_is_not_there(service: Recorded, config: Path) -> None:
    result = cli("delete", config, "--yes")
    assert (result.code, "PC561" in result.err) == (1, True)
