"""What is taken for a secret, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline_compiler.conformance import Definition
from pipeline_compiler.secrets import check_secrets
from pipeline_compiler.secrets.detection import secret_in
from pipeline_compiler.secrets.documents import secrets_in
from pipeline_compiler.secrets.patterns import FORMATS
from tests.secrets.samples import NOT_SECRETS, SECRETS, made_up

ids = [f"{index}-{name}" for index, (name, _) in enumerate(SECRETS)]


def test_both_tables_are_large_enough() -> None:
    assert len(SECRETS) >= 25
    assert len(NOT_SECRETS) >= 25
    assert {each.source for each in FORMATS}.isdisjoint({""})


@pytest.mark.parametrize(("name", "value"), SECRETS, ids=ids)
def test_a_secret_is_found_and_never_repeated(name: str, value: object) -> None:
    found = list(secrets_in({name: value}))
    assert [path for path, _ in found] == [(name,)]
    secret = found[0][1]
    assert secret.masked.endswith("****")
    assert len(secret.masked) <= 8
    assert str(value)[-6:] not in f"{secret.kind} {secret.masked}"


@pytest.mark.parametrize(("name", "value"), NOT_SECRETS)
def test_no_false_alarm(name: str, value: object) -> None:
    assert list(secrets_in({name: value})) == []


@pytest.mark.parametrize("format_", FORMATS, ids=lambda each: each.kind)
def test_every_format_has_a_sample(format_: Any) -> None:
    extra = [made_up("np" + "m_", 36), "SG." + made_up("", 22) + "." + made_up("", 43)]
    texts = [*(str(value) for _, value in SECRETS), *extra]
    assert any(format_.pattern.search(text) for text in texts)


PASSWORD = "hunter2-hunter2-hunter2"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"Tags": [{"Key": "db-password", "Value": PASSWORD}]}, ("Tags", 0, "Value")),
        (
            {"Parameters": [{"Name": "DbPassword", "Type": "String", "DefaultValue": PASSWORD}]},
            ("Parameters", 0, "DefaultValue"),
        ),
        ({"ContainerArguments": ["--user", "me", "--password", PASSWORD]}, ("ContainerArguments", 3)),
        ({"ContainerArguments": [f"--password={PASSWORD}"]}, ("ContainerArguments", 0)),
        ({"parameters": {"DbPassword": {"default": PASSWORD}}}, ("parameters", "DbPassword", "default")),
        ({"a": [{"b": {"secret": PASSWORD}}]}, ("a", 0, "b", "secret")),
        ({"Std:Join": {"On": "", "Values": ["https://u:", {"Get": "Parameters.P"}]}}, None),
    ],
)
def test_the_name_is_found_where_documents_keep_it(document: Any, path: tuple[Any, ...] | None) -> None:
    assert [found for found, _ in secrets_in(document)] == ([path] if path else [])


def test_a_secret_that_is_a_key_is_not_repeated_by_the_path() -> None:
    key = made_up("gh" + "p_", 36)
    found = list(secrets_in({"outer": {key: {"password": PASSWORD}}}))
    assert [path for path, _ in found] == [("outer",), ("outer", "ghp_****", "password")]


def test_short_secrets_are_masked_whole() -> None:
    secret = secret_in("password", "hunter2")
    assert secret is not None
    assert secret.masked == "****"


def test_findings_name_the_innermost_step() -> None:
    inner = {"Name": "Train", "Type": "Training", "Arguments": {"Environment": {"API_KEY": PASSWORD}}}
    gate = {"Name": "Gate", "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": [inner]}}
    definition = Definition({"Steps": [gate], "Metadata": {"password": PASSWORD}})
    found = {(each.step, each.location): each for each in check_secrets(definition)}
    assert set(found) == {("Train", "Arguments.Environment.API_KEY"), (None, "Metadata.password")}
    assert PASSWORD not in json.dumps([str(each) for each in found.values()])
    assert all("Secrets Manager" in each.fix for each in found.values())
