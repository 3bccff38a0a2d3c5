"""Contracts that no container could honour: each is refused with its code, value and remedy."""

from __future__ import annotations

from typing import Any

import pytest

from script_contracts import ContractError, ScriptContract, TrainingScriptContract

P, T = ScriptContract, TrainingScriptContract
ROOT = "/opt/ml/processing"

# kind, fields, (code, part of the message, part of the fix)...
MALFORMED: list[tuple[str, type[ScriptContract], dict[str, Any], list[tuple[str, str, str]]]] = [
    ("not a python file", P, {"entry_point": "run.sh"}, [("PC105", "'run.sh'", "train.py")]),
    ("a folder", P, {"entry_point": "src/run.py"}, [("PC105", "'src/run.py'", "top level")]),
    ("missing entry point", P, {"entry_point": None}, [("PC101", "entry_point", "declaration")]),
    ("unknown field", P, {"entrypoint": "a.py"}, [("PC101", "'entrypoint'", "'entry_point'")]),
    ("wrong type", P, {"required_env_vars": "LABEL"}, [("PC101", "'LABEL'", "correct")]),
    ("list for tuple", P, {"required_env_vars": ["LABEL"]}, [("PC101", "['LABEL']", "correct")]),
    ("number for text", P, {"optional_env_vars": {"SEED": 0}}, [("PC101", "got 0", "correct")]),
    (
        "input outside",
        P,
        {"expected_input_paths": {"DATA": "/opt/ml/input/data/x"}},
        [("PC102", "'/opt/ml/input/data/x'", ROOT)],
    ),
    (
        "output outside",
        P,
        {"expected_output_paths": {"out": "/tmp/out"}},
        [("PC102", "'/tmp/out'", f"below {ROOT}")],
    ),
    ("look-alike root", P, {"expected_input_paths": {"x": f"{ROOT}2/x"}}, [("PC102", f"{ROOT}2/x", ROOT)]),
    ("climbing", P, {"expected_input_paths": {"x": f"{ROOT}/../x"}}, [("PC102", f"{ROOT}/../x", ROOT)]),
    ("dotted", P, {"expected_input_paths": {"x": f"{ROOT}/./x"}}, [("PC102", f"{ROOT}/./x", ROOT)]),
    ("relative", P, {"expected_input_paths": {"x": "opt/x"}}, [("PC102", "'opt/x'", ROOT)]),
    (
        "output is a file",
        P,
        {"expected_output_paths": {"o": f"{ROOT}/output/a.json"}},
        [("PC103", f"{ROOT}/output/a.json", "write 'a.json' inside it")],
    ),
    (
        "one path twice",
        P,
        {"expected_input_paths": {"a": f"{ROOT}/in", "b": f"{ROOT}/in"}},
        [("PC104", "'a'", "directory of its own")],
    ),
    (
        "output inside input",
        P,
        {"expected_input_paths": {"a": f"{ROOT}/x"}, "expected_output_paths": {"b": f"{ROOT}/x/y"}},
        [("PC104", f"{ROOT}/x/y", "directory of its own")],
    ),
    (
        "trailing slash",
        P,
        {"expected_input_paths": {"a": f"{ROOT}/x/", "b": f"{ROOT}/x"}},
        [("PC104", f"{ROOT}/x/", "directory of its own")],
    ),
    (
        "hides the code bundle",
        P,
        {"expected_input_paths": {"a": f"{ROOT}/input"}},
        [("PC104", f"{ROOT}/input/code", "directory of its own")],
    ),
    (
        "named like the code bundle",
        P,
        {"expected_input_paths": {"code": f"{ROOT}/input/mine"}},
        [("PC106", "'code'", "another name")],
    ),
    (
        "no version",
        P,
        {"framework_requirements": {"pandas": "2", "numpy": ">=1"}},
        [("PC110", "'2' is no version of pandas", ">=2.0,<3")],
    ),
    (
        "variable twice",
        P,
        {"required_env_vars": ("LABEL",), "optional_env_vars": {"LABEL": ""}},
        [("PC106", "'LABEL'", "keep it in one")],
    ),
    (
        "port twice",
        P,
        {"expected_input_paths": {"x": f"{ROOT}/a"}, "expected_output_paths": {"x": f"{ROOT}/b"}},
        [("PC106", "'x'", "different logical names")],
    ),
    (
        "training input outside",
        T,
        {"expected_input_paths": {"x": f"{ROOT}/x"}},
        [("PC102", f"{ROOT}/x", "/opt/ml/input/data")],
    ),
    (
        "folder in a channel",
        T,
        {"expected_input_paths": {"x": "/opt/ml/input/data/a/b"}},
        [("PC102", "/opt/ml/input/data/a/b", "<channel>")],
    ),
    (
        "all channels at once",
        T,
        {"expected_input_paths": {"x": "/opt/ml/input/data"}},
        [("PC102", "'/opt/ml/input/data'", "<channel>")],
    ),
    (
        "folder in the model",
        T,
        {"expected_output_paths": {"m": "/opt/ml/model/sub"}},
        [("PC102", "/opt/ml/model/sub", "use one of /opt/ml/model")],
    ),
    (
        "training output elsewhere",
        T,
        {"expected_output_paths": {"m": "/opt/ml/elsewhere"}},
        [("PC102", "/opt/ml/elsewhere", "/opt/ml/model")],
    ),
    (
        "all at once",
        P,
        {
            "entry_point": "run",
            "expected_input_paths": {"x": "/x"},
            "expected_output_paths": {"y": f"{ROOT}/y.csv", "x": f"{ROOT}/z"},
        },
        [("PC105", "'run'", ""), ("PC102", "'/x'", ""), ("PC103", "y.csv", ""), ("PC106", "'x'", "")],
    ),
    (
        "several malformed fields",
        P,
        {"a": 1, "b": 2, "description": 3},
        [("PC101", "got 3", ""), ("PC101", "'a'", ""), ("PC101", "'b'", "")],
    ),
]


@pytest.mark.parametrize(("kind", "fields", "expected"), [pytest.param(*m[1:], id=m[0]) for m in MALFORMED])
def test_a_malformed_contract_is_refused_with_every_problem(
    kind: type[ScriptContract], fields: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(ContractError) as caught:
        kind(**{"entry_point": "run.py", "description": "Runs.", **fields})
    found = caught.value.diagnostics
    assert [each.code for each in found] == [code for code, _, _ in expected]
    for problem, (_, message, fix) in zip(found, expected, strict=True):
        assert message in problem.message
        assert fix in problem.fix
        assert problem.fix


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ContractError) as caught:
        ScriptContract(description="Runs.")
    assert caught.value.codes == ("PC101",)
    assert "entry_point is missing" in str(caught.value)
    assert "fix: add entry_point=..." in str(caught.value)


@pytest.mark.parametrize(
    "paths",
    [{}, {"expected_input_paths": {"x": f"{ROOT}/x"}}, {"expected_output_paths": {"x": f"{ROOT}/x"}}],
    ids=["neither", "sink", "source"],
)
def test_sources_and_sinks_are_first_class(paths: dict[str, Any]) -> None:
    assert ScriptContract(entry_point="a.py", description="Runs.", **paths)


def test_sibling_paths_with_a_common_beginning_do_not_overlap() -> None:
    paths = {"a": f"{ROOT}/data", "b": f"{ROOT}/database"}
    assert ScriptContract(entry_point="a.py", description="Runs.", expected_input_paths=paths)


def test_the_place_names_the_field() -> None:
    with pytest.raises(ContractError) as caught:
        ScriptContract(entry_point="a.py", description="Runs.", expected_input_paths={"DATA": "/x"})
    assert caught.value.diagnostics[0].place.field == "expected_input_paths.DATA"
