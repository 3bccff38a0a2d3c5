"""The catalogue of codes: unique, in the range of its layer, explained, and raised by something."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

from pipeline_compiler.catalogue import RULE_MODULES, all_rules
from script_contracts.core.diagnostics import Rule, catalogue

ROOT = Path(__file__).parents[2]
FOLDERS = ("script_contracts", "pipeline_deps", "step_specs", "step_builders", "pipeline_compiler", "scripts")

# folder -> the codes that its rules modules may declare
RANGES = {
    "script_contracts": r"PC[16]\d\d",  # 6xx: script analysis
    "pipeline_deps": r"PC[23]\d\d",
    "step_builders": r"PC4[2-5]\d",
    "pipeline_compiler": r"PC[4-7]\d\d",
}

DECLARED = [
    pytest.param(module, name, rule, id=f"{rule.code}-{name}")
    for module in RULE_MODULES
    for name, rule in vars(module).items()
    if isinstance(rule, Rule)
]


def test_every_rules_module_is_in_the_catalogue() -> None:
    found = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for folder in FOLDERS[:5]
        for path in (ROOT / folder).rglob("*rules.py")
    }
    assert found == {module.__name__ for module in RULE_MODULES}


def test_codes_are_unique() -> None:
    codes = [rule.code for module in RULE_MODULES for rule in catalogue(vars(module))]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []
    assert list(all_rules()) == sorted(codes)


@pytest.mark.parametrize(("module", "name", "rule"), DECLARED)
def test_a_rule_lies_in_its_layer_and_explains_itself(module: ModuleType, name: str, rule: Rule) -> None:
    assert re.fullmatch(RANGES[module.__name__.split(".")[0]], rule.code)
    assert rule.title == rule.title.strip()
    assert not rule.title.endswith(".")
    assert "\n" not in rule.title
    assert rule.explanation.endswith((".", ")"))
    assert rule.explanation != rule.title


def _used() -> set[str]:
    """The names and codes in the code outside of the rules modules; imports and docstrings do not count."""
    found: set[str] = set()
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        if path.name.endswith("rules.py"):
            continue
        tree = ast.parse(path.read_text())
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and id(node) not in docstrings:
                found.update(re.findall(r"PC\d{3}", str(node.value)))
    return found


def test_every_code_is_used_by_something() -> None:
    used = _used()
    declared = [(rule.code, name) for _, name, rule in (each.values for each in DECLARED)]
    assert [(code, name) for code, name in declared if name not in used and code not in used] == []


def test_every_code_that_a_script_reports_is_in_the_catalogue() -> None:
    text = " ".join(path.read_text() for path in (ROOT / "scripts").rglob("*.py"))
    assert sorted(set(re.findall(r"PC\d{3}", text)) - set(all_rules())) == []
