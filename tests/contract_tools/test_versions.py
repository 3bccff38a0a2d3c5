"""What counts as a breaking change, and what the version must become."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from script_contracts import all_contracts
from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import NOWHERE
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ColumnType,
    ConfigContract,
    DataContract,
    FilesContract,
    InRange,
    MetricsContract,
    ModelContract,
    NoMissingValues,
    PerformanceGuarantees,
    RowCount,
    StepContract,
    Unique,
)
from script_contracts.quality.compatibility import is_compatible
from script_contracts.quality.interfaces import Interface, Port, interface_from, interface_of
from script_contracts.quality.versions import ContractDiff, diff_all, diff_contracts
from tests.contract_tools.strategies import data_contracts, weaker

INTEGER, STRING, NUMBER = ColumnType.INTEGER, ColumnType.STRING, ColumnType.NUMBER


def table(*clauses: Any, **options: Any) -> DataContract:
    columns = tuple(each for each in clauses if isinstance(each, Column))
    return DataContract(columns=columns, checks=tuple(c for c in clauses if c not in columns), **options)


def bumps(old: Any, new: Any) -> tuple[str, str]:
    """What the change must raise where the contract is of an input, and where it is of an output."""
    as_input = diff_contracts(StepContract(inputs={"x": old}), StepContract(inputs={"x": new}))
    as_output = diff_contracts(StepContract(outputs={"x": old}), StepContract(outputs={"x": new}))
    return as_input.bump, as_output.bump


STRONGER = {
    "a column": (table(), table(Column(name="a"))),
    "a type": (table(Column(name="a")), table(Column(name="a", type=INTEGER))),
    "a narrower type": (table(Column(name="a", type=NUMBER)), table(Column(name="a", type=INTEGER))),
    "no nulls": (table(Column(name="a")), table(Column(name="a", nullable=False))),
    "no nulls, by a check": (table(Column(name="a")), table(Column(name="a"), NoMissingValues(column="a"))),
    "a format less": (table(formats=("csv", "json")), table(formats=("csv",))),
    "no other columns": (table(Column(name="a")), table(Column(name="a"), closed=True)),
    "a check": (table(), table(Unique(column="a"))),
    "a tighter range": (
        table(InRange(column="a", minimum=0)),
        table(InRange(column="a", minimum=0, maximum=9)),
    ),
    "a second range": (
        table(InRange(column="a", minimum=0)),
        table(InRange(column="a", minimum=0), InRange(column="a", maximum=9)),
    ),
    "fewer values": (
        table(AllowedValues(column="a", values=(1, 2))),
        table(AllowedValues(column="a", values=(1,))),
    ),
    "more rows": (table(RowCount(minimum=1)), table(RowCount(minimum=5))),
    "a warning that fails": (
        table(Unique(column="a", on_violation="warn")),
        table(Unique(column="a")),
    ),
    "a file": (FilesContract(files=("a",)), FilesContract(files=("a", "b"))),
    "a model's file": (ModelContract(format="f"), ModelContract(format="f", files=("m",))),
    "a model's metadata": (
        ModelContract(format="f", metadata_file="i.json"),
        ModelContract(format="f", metadata_file="i.json", metadata_includes=("k",)),
    ),
    "a metadata file": (ModelContract(format="f"), ModelContract(format="f", metadata_file="i.json")),
    "a metric": (MetricsContract(), MetricsContract(required_metrics=("auc",))),
    "a threshold": (MetricsContract(), MetricsContract(thresholds={"auc": Bounds(minimum=0.5)})),
    "a tighter threshold": (
        MetricsContract(thresholds={"auc": Bounds(minimum=0.5)}),
        MetricsContract(thresholds={"auc": Bounds(minimum=0.8)}),
    ),
    "a threshold that fails": (
        MetricsContract(thresholds={"auc": Bounds(minimum=0.5)}, on_violation="warn"),
        MetricsContract(thresholds={"auc": Bounds(minimum=0.5)}),
    ),
}


@pytest.mark.parametrize("change", STRONGER)
def test_a_stronger_contract_breaks_an_input_and_a_weaker_one_an_output(change: str) -> None:
    weak, strong = STRONGER[change]
    assert bumps(weak, strong) == ("major", "minor")
    assert bumps(strong, weak) == ("minor", "major")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (table(Column(name="a", type=INTEGER)), table(Column(name="a", type=STRING))),
        (table(formats=("csv",)), table(formats=("json",))),
        (table(splits=True), table()),
        (table(), FilesContract(files=("a",))),
        (table(AllowedValues(column="a", values=(1,))), table(AllowedValues(column="a", values=(2,)))),
        (ModelContract(format="f"), ModelContract(format="g")),
        (MetricsContract(file="a.json"), MetricsContract(file="b.json")),
    ],
)
def test_another_thing_breaks_either_side(old: Any, new: Any) -> None:
    assert bumps(old, new) == ("major", "major")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (table(Column(name="a"), Column(name="b")), table(Column(name="b"), Column(name="a"))),
        (table(Column(name="a")), table(Column(name="a", description="the first"))),
        (
            table(InRange(column="a", minimum=0, maximum=9)),
            table(InRange(column="a", minimum=0), InRange(column="a", maximum=9)),
        ),
    ],
)
def test_words_and_order_are_no_change(old: DataContract, new: DataContract) -> None:
    assert bumps(old, new) == ("none", "none")


def test_clauses_that_only_warn_never_break() -> None:
    old, new = (table(Unique(column=name, on_violation="warn")) for name in "ab")
    assert bumps(old, new) == ("minor", "minor")


BASE: dict[str, Any] = {
    "step_type": "Demo",
    "entry_point": "demo.py",
    "job_kind": "Processing",
    "inputs": {"a": Port(path="/opt/ml/processing/a")},
    "outputs": {"o": Port(path="/opt/ml/processing/o")},
    "arguments": {"mode": "fast"},
    "required_env_vars": ("LABEL",),
    "optional_env_vars": {"SEED": "0"},
    "framework_requirements": {"pyarrow": ">=14"},
}
LIMIT = StepContract(performance=PerformanceGuarantees(max_seconds=10))
RANGE = StepContract(config=ConfigContract(ranges={"depth": Bounds(minimum=1, maximum=9)}))
CHANGES = [
    ({"inputs": {**BASE["inputs"], "b": Port(path="/opt/ml/processing/b")}}, "major"),
    ({"inputs": {**BASE["inputs"], "b": Port(path="/opt/ml/processing/b", required=False)}}, "minor"),
    ({"inputs": {}}, "major"),
    ({"inputs": {"a": Port(path="/opt/ml/processing/a", required=False)}}, "minor"),
    ({"inputs": {"a": Port(path="/opt/ml/processing/other")}}, "major"),
    ({"outputs": {**BASE["outputs"], "p": Port(path="/opt/ml/processing/p")}}, "minor"),
    ({"outputs": {}}, "major"),
    ({"job_kind": "Training"}, "major"),
    ({"entry_point": "other.py"}, "minor"),
    ({"description": "more words"}, "none"),
    ({"required_env_vars": ("LABEL", "ID")}, "major"),
    ({"required_env_vars": ()}, "major"),
    ({"required_env_vars": (), "optional_env_vars": {"SEED": "0", "LABEL": "y"}}, "minor"),
    ({"optional_env_vars": {"SEED": "0", "TRACE": ""}}, "minor"),
    ({"optional_env_vars": {"SEED": "1"}}, "major"),
    ({"required_env_vars": ("LABEL", "SEED"), "optional_env_vars": {}}, "major"),
    ({"arguments": {"mode": None}}, "major"),
    ({"arguments": {"mode": "fast", "level": "1"}}, "minor"),
    ({"arguments": {}}, "major"),
    ({"framework_requirements": {"pyarrow": ">=10"}}, "minor"),
    ({"framework_requirements": {"pyarrow": ">=15.1"}}, "major"),
    ({"framework_requirements": {"pyarrow": "==14"}}, "major"),
    ({"framework_requirements": {}}, "minor"),
    ({"framework_requirements": {"pyarrow": ">=14", "numpy": ">=1"}}, "major"),
    ({"quality": LIMIT}, "minor"),
    ({"quality": RANGE}, "major"),
]


@pytest.mark.parametrize(("change", "bump"), CHANGES, ids=lambda value: str(value)[:60])
def test_changes_outside_the_data(change: dict[str, Any], bump: str) -> None:
    assert diff_contracts(Interface(**BASE), Interface(**{**BASE, **change})).bump == bump


def test_limits_and_ranges() -> None:
    def bump(old: StepContract, new: StepContract) -> str:
        return diff_contracts(old, new).bump

    slower = StepContract(performance=PerformanceGuarantees(max_seconds=20))
    warns = StepContract(performance=PerformanceGuarantees(max_seconds=10, on_violation="warn"))
    assert (bump(LIMIT, slower), bump(slower, LIMIT)) == ("major", "minor")
    assert (bump(LIMIT, warns), bump(warns, LIMIT)) == ("major", "minor")
    wider = StepContract(config=ConfigContract(ranges={"depth": Bounds(minimum=1, maximum=12)}))
    assert (bump(RANGE, wider), bump(wider, RANGE)) == ("minor", "major")
    few = StepContract(config=ConfigContract(allowed={"mode": ("a",)}))
    many = StepContract(config=ConfigContract(allowed={"mode": ("a", "b")}))
    assert (bump(few, many), bump(many, few)) == ("minor", "major")


@pytest.mark.parametrize("contract", all_contracts().values(), ids=list(all_contracts()))
def test_a_contract_does_not_differ_from_itself_nor_from_its_document(contract: ScriptContract) -> None:
    document = interface_of(contract, optional_inputs=["METADATA"])
    assert not diff_contracts(contract, contract)
    assert not diff_contracts(document, interface_from(document.model_dump(mode="json")))


@given(data_contracts())
def test_no_data_contract_differs_from_itself(contract: DataContract) -> None:
    assert bumps(contract, contract) == ("none", "none")


@given(st.data())
def test_a_compatible_change_of_a_promise_keeps_every_consumer(data: st.DataObject) -> None:
    old, other = data.draw(data_contracts()), data.draw(data_contracts())
    new = data.draw(st.sampled_from([other, old.model_copy(update={"checks": other.checks})]))
    consumer = data.draw(weaker(old))
    assert not is_compatible(old, consumer).findings
    if bumps(old, new)[1] != "major":
        assert not is_compatible(new, consumer).findings


@given(st.data())
def test_a_compatible_change_of_a_demand_keeps_every_producer(data: st.DataObject) -> None:
    producer = data.draw(data_contracts())
    old = data.draw(weaker(producer))
    new = data.draw(weaker(old))
    assert bumps(old, new)[0] != "major"
    assert not is_compatible(producer, new).findings


def versioned(version: str, *claims: str, columns: tuple[Column, ...] = ()) -> StepContract:
    return StepContract(
        version=version, backward_compatible_with=claims, outputs={"o": DataContract(columns=columns)}
    )


A = (Column(name="a"),)


@pytest.mark.parametrize(
    ("old", "new", "codes", "required"),
    [
        (versioned("1.2"), versioned("1.2"), [], "1.2"),
        (versioned("1.2", columns=A), versioned("1.3"), ["PC130"], "2.0"),
        (versioned("1.2", columns=A), versioned("2.0"), [], "2.0"),
        (versioned("1.2", columns=A), versioned("3.0"), [], "2.0"),
        (versioned("1.2"), versioned("1.2", columns=A), ["PC131"], "1.3"),
        (versioned("1.2"), versioned("1.3", columns=A), [], "1.3"),
        (versioned("1.2", columns=A), versioned("2.0", "1.2"), ["PC132"], "2.0"),
        (versioned("1.2"), versioned("1.1"), ["PC133"], "1.2"),
        (versioned("1.10"), versioned("1.9", columns=A), ["PC133"], "1.11"),
    ],
)
def test_the_version_must_say_what_changed(
    old: StepContract, new: StepContract, codes: list[str], required: str
) -> None:
    diff = diff_contracts(old, new)
    assert [each.code for each in diff.diagnostics(NOWHERE)] == codes
    assert diff.required_version == required
    assert diff.satisfied is (not codes or codes == ["PC132"])


def test_a_breaking_change_is_named_with_its_clause_and_remedy() -> None:
    old = versioned("1.0", columns=(Column(name="age", type=INTEGER),))
    new = versioned("1.0", columns=(Column(name="age", type=STRING),))
    (problem,) = diff_contracts(old, new).diagnostics(NOWHERE)
    assert "output 'o': column 'age' type: promises less: was integer, is string" in str(problem)
    assert "set its version to 2.0" in problem.fix


def test_a_folder_of_contracts_is_compared_by_step() -> None:
    old = {"A": interface_of(versioned("1.0")), "Gone": interface_of(versioned("1.0"))}
    new = {"A": interface_of(versioned("1.0")), "New": interface_of(versioned("1.0"))}
    diffs, found = diff_all(old, new)
    assert list(diffs) == ["A"]
    assert isinstance(diffs["A"], ContractDiff)
    assert [each.code for each in found] == ["PC134"]
