"""`plan` and `deploy` as commands: exit codes, questions, options, and what they print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from pipeline_compiler.aws_session import session_for
from pipeline_compiler.plan.planning import make_plan
from pipeline_compiler.plan.rendering import html_text, markdown, rich_text
from pipeline_compiler.uploads import DeployError
from tests.aws_server import Aws
from tests.cli.harness import cli

from .conftest import Write, compiled
from .edits import TRAIN

NAME = "fraud-detection"
DEPTH = {f"steps.{TRAIN}.hyperparameters.max_depth": 9}


@pytest.fixture(autouse=True)
def _one_session(account: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands without options for credentials share a session: making its clients takes half a second."""

    def shared(region: str, profile: str | None = None, assume_role: str | None = None) -> boto3.Session:
        return session_for(region, profile, assume_role) if profile or assume_role else account.session

    monkeypatch.setattr("pipeline_compiler.aws_session.session_for", shared)
    monkeypatch.setattr("pipeline_compiler.cli.compiling.check_scripts", lambda compiled: ())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Somebody sits at a terminal and gives these answers."""
    answers: list[bool] = []

    def confirm(question: str, abort: bool = False) -> bool:
        import typer

        answer = answers.pop(0)
        if abort and not answer:
            raise typer.Abort
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", confirm)
    yield answers
    assert answers == []


def test_the_life_of_a_pipeline(aws: Aws, write: Write) -> None:
    config = write()
    planned = cli("plan", config)
    assert (planned.code, planned.err) == (2, "")
    assert planned.out.startswith(f"{NAME} in us-east-1: a new pipeline\n")
    assert aws.pipelines() == []

    deployed = cli("deploy", config, "--yes")
    assert deployed.code == 0
    assert "uploading" in deployed.err
    assert f"{NAME}: created, " in deployed.out
    assert aws.pipelines() == [NAME]

    for command in (("plan", config), ("deploy", config), ("deploy", config, "--dry-run")):
        again = cli(*command)
        assert (again.code, again.err) == (0, "")
        assert again.out.startswith(f"{NAME} in us-east-1: nothing to change\n")

    changed = write(**DEPTH)
    planned = cli("plan", changed)
    assert planned.code == 2
    assert f"~ {TRAIN} (Training)\n    ~ hyperparameter max_depth: 6 -> 9\n" in planned.out
    assert f"* {TRAIN} runs again: hyperparameter max_depth changes\n" in planned.out
    assert cli("deploy", changed, "--dry-run").out == planned.out
    assert cli("deploy", changed, "-y").code == 0
    assert cli("plan", changed).code == 0


def test_data(aws: Aws, write: Write) -> None:
    config = write()
    first = cli("plan", config, "--json")
    assert first.code == 2
    assert first.json["ok"] is True
    assert first.json["plan"]["deployed"] is None
    done = cli("deploy", config, "--yes", "--json")
    assert done.code == 0
    assert done.json["deployment"]["action"] == "created"
    assert done.json["deployment"]["uploaded"] == first.json["plan"]["uploads"]["files"]
    assert done.json["plan"]["changes"] is True
    assert cli("plan", config, "--json").json["plan"]["changes"] is False
    plan = cli("plan", write(**DEPTH), "--json").json["plan"]
    [step] = plan["differences"]["steps"]
    assert (step["name"], step["kind"]) == (TRAIN, "changed")
    assert [(each["before"], each["after"]) for each in step["fields"]] == [("6", "9")]
    assert {each["step"] for each in plan["next_start"] if each["loses_cache"]} >= {TRAIN}
    assert plan["deployed"]["definition"] == plan["deployed"]["definition"].lower()


def test_markdown_for_a_pull_request(aws: Aws, write: Write) -> None:
    cli("deploy", write(), "--yes")
    result = cli("plan", write(**DEPTH), "--markdown")
    assert result.code == 2
    assert result.out.startswith(f"### Plan for {NAME} in us-east-1: 1 step to change\n")
    assert f"```diff\n! {TRAIN} (Training)\n!   hyperparameter max_depth: 6 -> 9\n" in result.out
    assert f"| {TRAIN} | **runs again** | hyperparameter max_depth changes |\n" in result.out
    assert "| 2 more | reused |" in result.out


def test_without_a_terminal_a_yes_is_needed(aws: Aws, write: Write) -> None:
    for options in ((), ("--json",)):
        result = cli("deploy", write(), *options)
        assert result.code == 1
        said = result.out + result.err
        assert "PC512" in said
        assert "--yes" in said
        assert aws.pipelines() == []
        assert aws.writes() == []


def test_a_no_changes_nothing_and_a_yes_deploys(aws: Aws, write: Write, terminal: list[bool]) -> None:
    terminal += [False]
    assert cli("deploy", write()).code == 1
    assert aws.pipelines() == []
    assert aws.writes() == []
    terminal += [True]
    assert cli("deploy", write()).code == 0
    assert aws.pipelines() == [NAME]
    assert cli("deploy", write()).code == 0  # nothing to ask


def test_an_error_is_no_change(aws: Aws, write: Write) -> None:
    result = cli(
        "plan", write(**{"pipeline.s3_root": "s3://no-such-bucket/x", **DEPTH, "defaults.id_feld": "x"})
    )
    assert result.code == 1
    assert "PC402" in result.err
    assert cli("deploy", write(**{"pipeline.s3_root": "s3://no-such-bucket/x"}), "--yes").code == 1


def test_the_region_must_be_the_configs(aws: Aws, write: Write) -> None:
    result = cli("plan", write(), "--region", "eu-west-1")
    assert result.code == 1
    assert result.err.startswith("PC504 error: the config is for us-east-1, and --region is eu-west-1")
    assert cli("plan", write(), "--region", "us-east-1").code == 2


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One profile, and no credentials besides."""
    path = tmp_path / "config"
    path.write_text("[profile prod]\naws_access_key_id = a\naws_secret_access_key = b\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


@pytest.mark.parametrize(
    ("profile", "variable", "says"),
    [
        pytest.param(None, None, "boto3 finds no AWS credentials", id="nothing"),
        pytest.param("prd", None, "there is no AWS profile 'prd'", id="unknown option"),
        pytest.param(None, "prd", "did you mean 'prod'?", id="unknown variable"),
    ],
)
def test_missing_credentials(
    endpoint: str,
    profiles: None,
    monkeypatch: pytest.MonkeyPatch,
    profile: str | None,
    variable: str | None,
    says: str,
) -> None:
    if variable:
        monkeypatch.setenv("AWS_PROFILE", variable)
    with pytest.raises(DeployError, match=says.replace("?", r"\?")) as caught:
        session_for("us-east-1", profile)
    assert caught.value.codes == ("PC503",)


def test_profiles_and_roles_of_other_accounts(
    endpoint: str, profiles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def identity(session: boto3.Session) -> str:
        return session.client("sts").get_caller_identity()["Arn"]

    assert session_for("eu-west-1", "prod").region_name == "eu-west-1"
    role = "arn:aws:iam::210987654321:role/Deployer"
    expected = "arn:aws:sts::210987654321:assumed-role/Deployer/pipeline-compiler"
    assert identity(session_for("us-east-1", "prod", role)) == expected
    monkeypatch.setenv("AWS_PROFILE", "prod")
    assert identity(session_for("us-east-1", None, role)) == expected
    monkeypatch.setenv("AWS_PROFILE", "gone")
    assert identity(session_for("us-east-1", "prod", role)) == expected
    with pytest.raises(DeployError, match="assuming the role no-arn failed") as caught:
        session_for("us-east-1", "prod", "no-arn")
    assert caught.value.codes == ("PC506",)


def test_endpoints_follow_the_partition_of_the_region(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    for region, host in (("cn-north-1", "amazonaws.com.cn"), ("us-gov-west-1", "amazonaws.com")):
        address = session_for(region).client("sts").meta.endpoint_url
        assert address.endswith(f"{region}.{host}")


def test_the_options_reach_the_session(aws: Aws, write: Write) -> None:
    role = "arn:aws:iam::210987654321:role/Deployer"
    result = cli("deploy", write(), "--yes", "--json", "--assume-role", role)
    assert ":210987654321:pipeline/" in result.json["deployment"]["arn"]
    assert aws.pipelines() == []
    assert "there is no AWS profile 'x'" in cli("plan", write(), "--profile", "x").err


def changed_plan(aws: Aws) -> Any:
    from pipeline_compiler.deployment import deploy

    deploy(compiled(), session=aws.session)
    return make_plan(
        compiled(**DEPTH, **{"pipeline.tags": {"team": "risk"}, "pipeline.description": "<weekly>"}),
        aws.session,
    )


def test_colours_and_html_say_the_same(aws: Aws) -> None:
    plan = changed_plan(aws)
    assert rich_text(plan).plain == str(plan)
    console = Console(force_terminal=True, color_system="standard", width=200, file=None)
    with console.capture() as captured:
        console.print(rich_text(plan))
    assert "\x1b[33m" in captured.get()
    assert plan._repr_html_() == html_text(plan)
    assert "&lt;weekly&gt;" in html_text(plan)
    assert "<weekly>" not in html_text(plan)


def test_one_change_of_many_steps_is_told_once(aws: Aws) -> None:
    text = str(changed_plan(aws))
    assert text.count("tag team: fraud -> risk") == 2  # of all jobs, and of the pipeline
    assert "~ in 9 steps: " in text
    assert "~ hyperparameter max_depth: 6 -> 9" in text


def test_drift_in_markdown(aws: Aws) -> None:
    from pipeline_compiler.deployment import deploy

    deploy(compiled(), session=aws.session)
    document = json.loads(compiled().definition)
    document["Steps"][0]["Arguments"]["StoppingCondition"]["MaxRuntimeInSeconds"] = 5
    aws.sagemaker.update_pipeline(PipelineName=NAME, PipelineDefinition=json.dumps(document))
    text = markdown(make_plan(compiled(), aws.session))
    assert "> **Warning:** the deployed definition is not the one" in text
    assert "longest run time in seconds: 5 -> 86400" in text
