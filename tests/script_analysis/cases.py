"""The labelled corpus: small scripts, the contract of each, and what is wrong with it.

A case is a script as somebody may write it; its variants are the same script after an edit, each with a
label of its own. `expect` holds the codes of everything that is truly wrong; `unknown: true` marks scripts
with something that no reading of the text can decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from script_contracts import ScriptContract
from script_contracts.analyzer import ContractValidationReport, analyze_script
from script_contracts.analyzer.contract_files import contract_from

_FOLDER = Path(__file__).parent
_FIELDS = {"frameworks": "framework_requirements", "outputs": "expected_output_paths"}


@dataclass(frozen=True)
class Case:
    """One labelled script, with the modules beside it."""

    id: str
    contract: ScriptContract
    script: str
    files: Mapping[str, str]
    expect: frozenset[str]
    unknown: bool

    def analyze(self, folder: Path) -> ContractValidationReport:
        """Write the script into a folder and analyze it."""
        for name, text in {**self.files, self.contract.entry_point: self.script}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return analyze_script(folder / self.contract.entry_point, self.contract)


def load_cases(corpus: str) -> list[Case]:
    """Every case of a corpus folder."""
    contracts = yaml.safe_load((_FOLDER / "corpus" / "contracts.yaml").read_text(encoding="utf-8"))
    cases = []
    for path in sorted((_FOLDER / corpus).glob("*.yaml")):
        if path.name != "contracts.yaml":
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
                cases += _cases(entry, contracts)
    return cases


def _cases(entry: Mapping[str, Any], contracts: Mapping[str, Mapping[str, Any]]) -> Iterator[Case]:
    yield _case(entry, entry["script"], contracts)
    for variant in entry.get("variants", ()):
        script = entry["script"]
        for old, new in variant.get("edit", {}).items():
            assert old in script, f"{variant['id']}: the script has no {old!r}"
            script = script.replace(old, new, 1)
        inherited = {key: entry[key] for key in ("contract", "files", *_FIELDS) if key in entry}
        yield _case({**inherited, **variant}, script, contracts)


def _case(entry: Mapping[str, Any], script: str, contracts: Mapping[str, Mapping[str, Any]]) -> Case:
    fields = dict(contracts[entry["contract"]])
    fields.update({field: entry[key] for key, field in _FIELDS.items() if key in entry})
    return Case(
        entry["id"],
        contract_from(fields, "contracts.yaml"),
        script,
        entry.get("files", {}),
        frozenset(entry.get("expect", ())),
        entry.get("unknown", False),
    )
