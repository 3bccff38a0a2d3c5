"""Risk tables as a file: what the mapping program writes, and every program that scores raw data reads.

Standard library only, because packaging and payloads need nothing else. `risk_tables.json` has, for each
field, the value of every category with its counts, of a missing one and of an unseen one, and for imputed
fields the number that fills them.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Optional

from contract_runtime import ScriptError

TABLES_FILE = "risk_tables.json"
RISK, EVIDENCE = "risk", "weight_of_evidence"
TEXT, BOOLEAN, NUMBER = "text", "boolean", "number"


class FieldTable(NamedTuple):
    """How one field is mapped: its categories (as text), a missing one, and one that is not listed."""

    encoding: str
    type: str
    categories: Mapping[str, float]
    missing: float
    unseen: float


class RiskTables(NamedTuple):
    """All tables of one training split; the fingerprint is that of their file."""

    label_field: str
    fields: Mapping[str, FieldTable]
    imputation: Mapping[str, float]
    fingerprint: str


def read_tables(folder: Path) -> RiskTables:
    """Read `risk_tables.json`.

    Raises:
        ScriptError: (PC764) it is not there, or is not one that RiskTableMapping wrote.
    """
    path = folder / TABLES_FILE
    if not path.is_file():
        found = ", ".join(sorted(each.name for each in folder.iterdir())) or "nothing"
        raise _unreadable(f"there is no {TABLES_FILE}; found: {found}")
    content = path.read_bytes()
    try:
        document = json.loads(content.decode("utf-8"))
        return RiskTables(
            document["label_field"],
            {name: _field_table(field) for name, field in document["fields"].items()},
            {name: _number(field["value"]) for name, field in document["imputation"].items()},
            hashlib.sha256(content).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__} {error}"
        raise _unreadable(f"{TABLES_FILE} is not one that RiskTableMapping writes: {reason}") from error


def tables_of_model(wanted: Optional[str], folder: Optional[Path]) -> Optional[RiskTables]:
    """The tables that mapped a model's training data; None for a model that was trained without any.

    Arguments:
        wanted: their fingerprint, as the model's description has it.
        folder: where the pipeline puts risk tables; None where it supplies none.

    Raises:
        ScriptError: (PC764) tables that cannot be read; (PC766) they are not those of the model; (PC767)
            the model needs tables, and there are none.
    """
    if wanted is None:
        if folder is not None:
            print("the model was trained without risk tables: those given are not used", flush=True)
        return None
    if folder is None:
        raise ScriptError(
            "PC767",
            f"the risk tables {wanted[:12]} mapped the model's training data, and there are none",
            "add an edge from the RiskTableMapping step of the training data to this one",
        )
    tables = read_tables(folder)
    if tables.fingerprint != wanted:
        raise ScriptError(
            "PC766",
            f"the model was trained on data mapped by the risk tables {wanted[:12]}, "
            f"but these are {tables.fingerprint[:12]}",
            "take model and tables from the same pipeline execution",
        )
    return tables


def _field_table(document: Mapping[str, Any]) -> FieldTable:
    if document["encoding"] not in (RISK, EVIDENCE) or document["type"] not in (TEXT, BOOLEAN, NUMBER):
        raise ValueError(f"a field of the encoding {document['encoding']!r} and type {document['type']!r}")
    categories = {name: _number(entry["value"]) for name, entry in document["categories"].items()}
    missing, unseen = _number(document["missing"]["value"]), _number(document["unseen"]["value"])
    return FieldTable(document["encoding"], document["type"], categories, missing, unseen)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _unreadable(message: str) -> ScriptError:
    return ScriptError("PC764", message, "wire the risk_tables output of a RiskTableMapping step")
