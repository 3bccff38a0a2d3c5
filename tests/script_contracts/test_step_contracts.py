"""Step contracts that cannot be declared: clauses without a subject, or that contradict one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from script_contracts import ScriptContract
from script_contracts.core.contract import ContractError, TrainingScriptContract
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ConfigContract,
    DataContract,
    FilesContract,
    InRange,
    LabelBalance,
    MetricsContract,
    NoMissingValues,
    PerformanceGuarantees,
    RowCount,
    StepContract,
    Unique,
)

ROOT = "/opt/ml/processing"
FILES = FilesContract(files=("a.json",))


def script(quality: StepContract, **fields: Any) -> ScriptContract:
    declared = {
        "entry_point": "run.py",
        "description": "Runs.",
        "expected_input_paths": {"orders": f"{ROOT}/input/orders", "rates": f"{ROOT}/input/rates"},
        "expected_output_paths": {"totals": f"{ROOT}/output/totals"},
        "required_env_vars": ("LABEL_FIELD",),
        "optional_env_vars": {"ID_FIELD": ""},
    }
    return ScriptContract(**{**declared, **fields}, quality=quality)


def data(*names: str) -> DataContract:
    return DataContract(columns=tuple(Column(name=name) for name in names))


# step contract, (part of the message, part of the fix, field)...
UNKNOWN: list[tuple[str, StepContract, list[tuple[str, str, str]]]] = [
    (
        "misspelt input",
        StepContract(inputs={"order": FILES}),
        [("input 'order', which the script does not have", "did you mean 'orders'?", "quality.inputs.order")],
    ),
    (
        "misspelt output",
        StepContract(outputs={"total": FILES}),
        [("output 'total',", "did you mean 'totals'?", "quality.outputs.total")],
    ),
    (
        "an output as an input",
        StepContract(inputs={"totals": FILES}),
        [("input 'totals',", "use one of the inputs: orders, rates", "quality.inputs.totals")],
    ),
    (
        "misspelt variable of a column",
        StepContract(inputs={"orders": data("$LABEL_FELD")}),
        [
            (
                "of input 'orders' takes a column from $LABEL_FELD,",
                "did you mean 'LABEL_FIELD'?",
                "quality.inputs.orders",
            )
        ],
    ),
    (
        "variable of a check only",
        StepContract(outputs={"totals": DataContract(checks=(Unique(column="$QQQ"), RowCount(minimum=1)))}),
        [
            (
                "of output 'totals' takes a column from $QQQ,",
                "use one of the environment variables: ID_FIELD, LABEL_FIELD",
                "quality.outputs.totals",
            )
        ],
    ),
    (
        "no variable at all",
        StepContract(inputs={"orders": data("$")}),
        [("takes a column from $,", "ID_FIELD, LABEL_FIELD", "quality.inputs.orders")],
    ),
    (
        "all at once",
        StepContract(inputs={"x": FILES, "rates": data("$A", "b")}, outputs={"y": data("$B")}),
        [
            ("input 'x',", "orders, rates", "quality.inputs.x"),
            ("output 'y',", "totals", "quality.outputs.y"),
            ("from $A,", "", "quality.inputs.rates"),
            ("from $B,", "", "quality.outputs.y"),
        ],
    ),
]


@pytest.mark.parametrize(("quality", "expected"), [pytest.param(*row[1:], id=row[0]) for row in UNKNOWN])
def test_ports_and_variables_that_the_script_does_not_have(
    quality: StepContract, expected: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(ContractError) as caught:
        script(quality)
    found = caught.value.diagnostics
    assert caught.value.codes == ("PC108",) * len(expected)
    for problem, (message, fix, field) in zip(found, expected, strict=True):
        assert message in problem.message
        assert fix in problem.fix
        assert problem.place.field == field


def test_a_script_without_ports_says_so() -> None:
    with pytest.raises(ContractError) as caught:
        script(StepContract(outputs={"totals": FILES}), expected_output_paths={})
    assert caught.value.diagnostics[0].fix == "there are no outputs"


def test_required_and_optional_variables_name_columns() -> None:
    quality = StepContract(
        inputs={"orders": data("$LABEL_FIELD", "$ID_FIELD", "LABEL_FELD")},
        outputs={"totals": DataContract(checks=(NoMissingValues(column="$ID_FIELD"),))},
    )
    assert script(quality).quality == quality


def test_what_the_service_provides_can_be_spoken_of() -> None:
    path = "/opt/ml/input/config/hyperparameters.json"
    contract = TrainingScriptContract(
        entry_point="train.py",
        description="Trains.",
        expected_input_paths={"hyperparameters": path},
        quality=StepContract(inputs={"hyperparameters": FILES}),
    )
    assert contract.quality.inputs == {"hyperparameters": FILES}


# what declares it, (part of the message, part of the fix)...
Clause = tuple[str, Callable[[], object], list[tuple[str, str]]]
CONTRADICTIONS: list[Clause] = [
    (
        "column twice",
        lambda: data("b", "a", "b", "a", "c"),
        [
            ("column 'a' is declared twice", "keep one declaration"),
            ("column 'b' is declared twice", "keep one declaration"),
        ],
    ),
    (
        "variable twice",
        lambda: data("$LABEL_FIELD", "$LABEL_FIELD"),
        [("column '$LABEL_FIELD' is declared twice", "keep one")],
    ),
    (
        "empty range",
        lambda: DataContract(checks=(InRange(column="a", minimum=2, maximum=1),)),
        [("the range of a in_range check, 2.0 to 1.0, is empty", "swap the two bounds")],
    ),
    (
        "empty row count",
        lambda: DataContract(checks=(RowCount(minimum=9, maximum=8),)),
        [("the range of a row_count check, 9 to 8, is empty", "swap")],
    ),
    (
        "empty balance",
        lambda: DataContract(checks=(LabelBalance(column="a", minimum=0.6, maximum=0.4),)),
        [("the range of a label_balance check, 0.6 to 0.4, is empty", "swap")],
    ),
    (
        "check on a column that is excluded",
        lambda: DataContract(columns=(Column(name="a"),), closed=True, checks=(Unique(column="b"),)),
        [("a unique check is on column 'b', which the closed contract does not have", "declare the column")],
    ),
    (
        "check on a variable that is excluded",
        lambda: DataContract(columns=(Column(name="$A"),), closed=True, checks=(Unique(column="$B"),)),
        [("a unique check is on column '$B'", "or remove the check")],
    ),
    (
        "empty bounds",
        lambda: Bounds(minimum=1, maximum=0),
        [("the range from 1.0 to 0.0 is empty", "swap the two bounds")],
    ),
    (
        "several at once",
        lambda: DataContract(
            columns=(Column(name="a"), Column(name="a")),
            closed=True,
            checks=(RowCount(minimum=1, maximum=0), InRange(column="b", minimum=1, maximum=0)),
        ),
        [
            ("column 'a' is declared twice", ""),
            ("row_count check, 1 to 0,", ""),
            ("in_range check, 1.0 to 0.0,", ""),
            ("is on column 'b'", ""),
        ],
    ),
]


@pytest.mark.parametrize(
    ("declare", "expected"), [pytest.param(*row[1:], id=row[0]) for row in CONTRADICTIONS]
)
def test_clauses_that_contradict_themselves_or_another(
    declare: Callable[[], object], expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        declare()
    assert caught.value.codes == ("PC120",) * len(expected)
    for problem, (message, fix) in zip(caught.value.diagnostics, expected, strict=True):
        assert message in problem.message
        assert fix in problem.fix
        assert problem.fix


MALFORMED: list[Clause] = [
    ("version", lambda: StepContract(version="1"), [("StepContract.version", "correct")]),
    ("no format", lambda: DataContract(formats=()), [("DataContract.formats", "correct")]),
    ("unknown format", lambda: DataContract(formats=("xml",)), [("got 'xml'", "correct")]),  # type: ignore[arg-type]
    ("no values", lambda: AllowedValues(column="a", values=()), [("AllowedValues.values", "correct")]),
    ("share above one", lambda: LabelBalance(column="a", maximum=1.5), [("got 1.5", "correct")]),
    ("no files", lambda: FilesContract(files=()), [("FilesContract.files", "correct")]),
    ("no time", lambda: PerformanceGuarantees(max_seconds=0), [("got 0", "correct")]),
    (
        "unknown reaction",
        lambda: MetricsContract(on_violation="ignore"),  # type: ignore[arg-type]
        [("got 'ignore'", "correct")],
    ),
    (
        "unknown field",
        lambda: ConfigContract(range={}),  # type: ignore[call-arg]
        [("no field 'range'", "'ranges'")],
    ),
    ("missing column", lambda: Unique(), [("Unique.column is missing", "add column=")]),  # type: ignore[call-arg]
]


@pytest.mark.parametrize(("declare", "expected"), [pytest.param(*row[1:], id=row[0]) for row in MALFORMED])
def test_clauses_that_are_none(declare: Callable[[], object], expected: list[tuple[str, str]]) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        declare()
    assert set(caught.value.codes) == {"PC101"}
    ((message, fix),) = expected
    assert message in caught.value.diagnostics[0].message
    assert fix in caught.value.diagnostics[0].fix


def test_bounds_that_meet_are_a_range_of_one() -> None:
    assert Bounds(minimum=1, maximum=1).excludes(1) is False
    assert DataContract(checks=(RowCount(minimum=1, maximum=1),))


@pytest.mark.parametrize(
    ("low", "high", "value", "excluded"),
    [
        (None, None, 1e300, False),
        (0, None, 0, False),
        (0, None, -1, True),
        (None, 5, 5, False),
        (None, 5, 6, True),
        (1, 20, 0, True),
        (1, 20, 21, True),
        (1, 20, 10, False),
    ],
)
def test_bounds(low: float | None, high: float | None, value: float, excluded: bool) -> None:
    assert Bounds(minimum=low, maximum=high).excludes(value) is excluded
