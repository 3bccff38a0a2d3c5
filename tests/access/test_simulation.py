"""`iam --check`: what IAM's simulator says, over HTTP; and that silence is never a yes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.aws_endpoint import aws_endpoint
from tests.cli.harness import cli
from tests.configs import minimal_config

ERROR = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"
)


def members(request: dict[str, Any], name: str) -> list[str]:
    return [value for key, value in sorted(request.items()) if key.startswith(f"{name}.member.")]


def answer(results: list[tuple[str, str, str]]) -> str:
    listed = "".join(
        f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>"
        f"<EvalDecision>{decision}</EvalDecision></member>"
        for action, resource, decision in results
    )
    return (
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        f"<SimulatePrincipalPolicyResult><EvaluationResults>{listed}</EvaluationResults>"
        "<IsTruncated>false</IsTruncated></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )


class Simulator:
    """Denies what it is told to, and allows everything else."""

    def __init__(self, **denied: str) -> None:
        self.denied = {action.replace("_", ":"): decision for action, decision in denied.items()}

    def __call__(self, request: dict[str, Any]) -> tuple[int, str]:
        return 200, answer(
            [
                (action, resource, self.denied.get(action, "allowed"))
                for action in members(request, "ActionNames")
                for resource in members(request, "ResourceArns")
            ]
        )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fraud.json"
    path.write_text(json.dumps(minimal_config("XGBoostSimple")))
    return path


def test_all_is_allowed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with aws_endpoint({"SimulatePrincipalPolicy": Simulator()}, monkeypatch) as endpoint:
        result = cli("iam", config, "--check")
        assert cli("iam", config, "--check", "--json").json["ok"]
    assert (result.code, result.err) == (0, "")
    assert "may do all" in result.out
    asked = [request for _, request, _ in endpoint.requests]
    assert {each["PolicySourceArn"] for each in asked} == {
        "arn:aws:iam::123456789012:role/SageMakerExecution"
    }
    context = {value for each in asked for value in members(each, "ContextEntries")}
    assert {"iam:PassedToService", "sagemaker.amazonaws.com", "s3:prefix", "raw/training/*"} <= context


def test_what_is_missing_is_named_with_its_resources(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = Simulator(s3_PutObject="implicitDeny", iam_PassRole="explicitDeny")
    with aws_endpoint({"SimulatePrincipalPolicy": simulator}, monkeypatch):
        result = cli("iam", config, "--check")
        data = cli("iam", config, "--check", "--json")
    assert (result.code, data.code) == (1, 1)
    assert not data.json["ok"]
    found = {each["message"].split(" may not ")[1].split(" (")[0]: each for each in data.json["diagnostics"]}
    assert set(found) == {"s3:PutObject", "iam:PassRole"}
    assert {each["code"] for each in found.values()} == {"PC571"}
    assert found["s3:PutObject"]["details"] == [
        "on arn:aws:s3:::ml-fraud/pipelines/fraud-detection/executions/*"
    ]
    assert "Deny" in found["iam:PassRole"]["fix"]
    assert "may do all" not in result.out


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [(403, "AccessDenied", "PC572"), (404, "NoSuchEntity", "PC571"), (400, "InvalidInput", "PC572")],
)
def test_no_answer_is_never_a_yes(
    config: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: str, expected: str
) -> None:
    refuse = {"SimulatePrincipalPolicy": lambda request: (status, ERROR.format(code, "because"))}
    with aws_endpoint(refuse, monkeypatch):
        result = cli("iam", config, "--check", "--json")
    assert result.code == 1
    assert not result.json["ok"]
    assert [each["code"] for each in result.json["diagnostics"]] == [expected]
