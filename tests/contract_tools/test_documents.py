"""Documentation for people, and exports in the Open Data Contract Standard."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pipeline_compiler.contract_tools.documentation import contract_page
from pipeline_compiler.contract_tools.odcs import odcs_documents
from pipeline_compiler.contract_tools.wording import clauses
from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    InRange,
    LabelBalance,
    MetricsContract,
    NoMissingValues,
    PerformanceGuarantees,
    RowCount,
    StepContract,
    Unique,
)
from script_contracts.quality.contracts import DataContract
from step_specs import all_specs

WITH_SCRIPT = {name: spec for name, spec in all_specs().items() if spec.script_contract is not None}


@pytest.mark.parametrize("spec", WITH_SCRIPT.values(), ids=list(WITH_SCRIPT))
def test_a_page_speaks_of_every_port_setting_and_clause(spec: StepSpecification) -> None:
    page, contract = contract_page(spec), spec.script_contract
    assert contract is not None
    assert page.startswith(f"# {spec.step_type}, contract {contract.quality.version}\n")
    for path in (*contract.expected_input_paths.values(), *contract.expected_output_paths.values()):
        assert path in page
    for name in (*contract.required_env_vars, *contract.optional_env_vars):
        assert f"`{name}`" in page
    for port in (*contract.quality.inputs.values(), *contract.quality.outputs.values()):
        for clause in clauses(port):
            assert f"- {clause}\n" in page


def test_clauses_in_words() -> None:
    table = DataContract(
        formats=("csv", "json"),
        checks=(
            InRange(column="age", minimum=0, maximum=120),
            AllowedValues(column="sex", values=("f", "m")),
            Unique(column="id", on_violation="warn"),
            LabelBalance(column="y", minimum=0.1, maximum=0.5),
            NoMissingValues(column="y"),
            RowCount(minimum=10, maximum=20),
        ),
    )
    assert list(clauses(table)) == [
        "is a table in CSV or JSON lines files",
        "every value of `age` lies between 0 and 120",
        "every value of `sex` is one of `f`, `m`",
        "no value of `id` occurs twice (a violation is reported and does not stop the step)",
        "`y` is 1 in 10% to 50% of the rows",
        "no value of `y` is missing",
        "has 10 to 20 rows",
    ]
    metrics = MetricsContract(required_metrics=("auc",), thresholds={"auc": Bounds(minimum=0.7)})
    assert list(clauses(metrics))[1:] == ["has the metrics `auc`", "`auc` lies at or above 0.7"]


def test_a_step_without_a_script_has_no_page() -> None:
    with pytest.raises(PipelineCompilerError, match="runs no script"):
        contract_page(all_specs()["quality_gate"])


# The required members and enumerations of the JSON schema of the standard, version 3.0.2:
# https://github.com/bitol-io/open-data-contract-standard/blob/main/schema/odcs-json-schema-v3.0.2.json
TOP = {"version", "apiVersion", "kind", "id", "status"}
TOP_ALLOWED = TOP | {
    "name", "tenant", "tags", "servers", "dataProduct", "description", "domain", "schema", "support", "price",
    "team", "roles", "slaDefaultElement", "slaProperties", "authoritativeDefinitions", "customProperties",
    "contractCreatedTs",
}  # fmt: skip
LOGICAL_TYPES = {"string", "date", "number", "integer", "object", "array", "boolean"}
PROPERTY_ALLOWED = {
    "name", "physicalType", "description", "businessName", "authoritativeDefinitions", "tags",
    "customProperties", "primaryKey", "primaryKeyPosition", "logicalType", "logicalTypeOptions", "required",
    "unique", "partitioned", "partitionKeyPosition", "classification", "encryptedName",
    "transformSourceObjects", "transformLogic", "transformDescription", "examples", "criticalDataElement",
    "quality",
}  # fmt: skip
OBJECT_ALLOWED = {
    "name", "physicalType", "description", "businessName", "authoritativeDefinitions", "tags",
    "customProperties", "logicalType", "physicalName", "dataGranularityDescription", "properties", "quality",
}  # fmt: skip
DIMENSIONS = {
    "accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness",
}  # fmt: skip
OPERATORS = {"mustBe", "mustBeGreaterOrEqualTo", "mustBeLessOrEqualTo", "mustBeBetween"}


def check_odcs(document: dict[str, Any]) -> None:
    assert TOP <= document.keys() <= TOP_ALLOWED
    assert document["kind"] == "DataContract"
    assert document["apiVersion"] in ("v3.0.0", "v3.0.1", "v3.0.2")
    assert all(isinstance(document[name], str) for name in TOP)
    for table in document["schema"]:
        assert {"name"} <= table.keys() <= OBJECT_ALLOWED
        assert table["logicalType"] == "object"
        checks = list(table.get("quality", ()))
        for column in table["properties"]:
            assert {"name"} <= column.keys() <= PROPERTY_ALLOWED
            assert column.get("logicalType", "string") in LOGICAL_TYPES
            checks += column.get("quality", ())
        for check in checks:
            assert check["type"] in ("text", "library")
            assert check.get("dimension", "accuracy") in DIMENSIONS
            assert check["type"] == "text" or check["rule"]
            for operator in OPERATORS & check.keys():
                assert isinstance(check[operator], list if operator == "mustBeBetween" else int)
            for extra in check.get("customProperties", ()):
                assert extra.keys() == {"property", "value"}


@pytest.mark.parametrize("spec", all_specs().values(), ids=list(all_specs()))
def test_exports_have_the_structure_of_the_standard(spec: StepSpecification) -> None:
    documents = odcs_documents(spec)
    ids = [document["id"] for document in documents.values()]
    assert len(set(ids)) == len(ids)
    for document in documents.values():
        check_odcs(document)
        assert yaml.safe_load(yaml.safe_dump(document)) == document


def test_an_export_holds_every_column_and_check() -> None:
    spec = all_specs()["tabular_preprocessing"]
    assert spec.script_contract is not None
    table = DataContract(
        columns=spec.script_contract.quality.outputs["processed_data"].columns,  # type: ignore[union-attr]
        checks=(
            Unique(column="$ID_FIELD"),
            AllowedValues(column="$LABEL_FIELD", values=(0, 1)),
            InRange(column="other", minimum=0),
            RowCount(minimum=1, maximum=9),
        ),
    )
    quality = StepContract(
        outputs={"processed_data": table}, performance=PerformanceGuarantees(max_seconds=60)
    )
    contract = spec.script_contract.model_copy(update={"quality": quality})
    documents = odcs_documents(spec.model_copy(update={"script_contract": contract}))
    document = documents["outputs.processed_data"]
    check_odcs(document)
    columns = {each["name"]: each for each in document["schema"][0]["properties"]}
    assert columns["$LABEL_FIELD"]["required"] is True
    assert columns["$LABEL_FIELD"]["logicalType"] == "integer"
    assert columns["$ID_FIELD"]["unique"] is True
    assert columns["other"]["quality"][0]["type"] == "text"
    assert document["schema"][0]["quality"][0]["mustBeBetween"] == [1, 9]
    assert document["slaProperties"] == [{"property": "maximumRunTime", "value": 60.0, "unit": "s"}]
