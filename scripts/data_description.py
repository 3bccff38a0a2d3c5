"""METADATA and SIGNATURE: what the data-loading program says of its table, written and checked."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, Mapping, Sequence

import tabular_data
from contract_runtime import ScriptError, raise_all

METADATA_FILE = "metadata.json"
SIGNATURE_FILE = "signature"


def write(metadata_folder: Path, signature_folder: Path, metadata: Mapping[str, Any]) -> None:
    """Write the description of a table: all of it as JSON, its column order as one line of CSV.

    Arguments:
        metadata: `rows`, `columns` (each with name, type and nulls), and whatever else is known.
    """
    text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
    (metadata_folder / METADATA_FILE).write_text(text, encoding="utf-8")
    with (signature_folder / SIGNATURE_FILE).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow([column["name"] for column in metadata["columns"]])


def check(data: tabular_data.Dataset, metadata: Path | None, signature: Path | None) -> None:
    """Check that the data are those described, as far as they are described.

    Arguments:
        data: what was found.
        metadata, signature: the folders of the description; None where the pipeline has none.

    Raises:
        ScriptError, CollectedError: (PC739) with every difference in columns, types and rows.
    """
    errors = []
    found = data.schema.names
    if signature is not None:
        errors += _column_errors("SIGNATURE", _read_signature(signature / SIGNATURE_FILE), found)
    if metadata is not None:
        described = _read_metadata(metadata / METADATA_FILE)
        types = {column["name"]: column["type"] for column in described["columns"]}
        errors += _column_errors("METADATA", list(types), found)
        errors += [
            _difference(
                "METADATA", f"says that '{field.name}' is {types[field.name]}, but {field.type} in the data"
            )
            for field in data.schema
            if types.get(field.name, str(field.type)) != str(field.type)
        ]
        if described["rows"] != data.num_rows:
            errors.append(
                _difference("METADATA", f"has {described['rows']} rows, but the data have {data.num_rows}")
            )
    raise_all(errors)


def _column_errors(what: str, described: Sequence[str], found: Sequence[str]) -> list[ScriptError]:
    missing = [name for name in described if name not in found]
    extra = [name for name in found if name not in described]
    errors = []
    if missing:
        errors.append(_difference(what, f"has columns that the data have not: {tabular_data.shown(missing)}"))
    if extra:
        errors.append(_difference(what, f"lacks columns of the data: {tabular_data.shown(extra)}"))
    return errors


def _difference(what: str, message: str) -> ScriptError:
    return ScriptError(
        "PC739",
        f"{what} does not describe DATA: it {message}",
        f"wire DATA and {what} from the same step, or leave {what} unwired",
    )


def _read_signature(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file), [])
    except (OSError, ValueError, csv.Error) as error:
        raise _difference("SIGNATURE", f"has no readable file '{SIGNATURE_FILE}': {error}") from error


def _read_metadata(path: Path) -> Mapping[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        return {
            "rows": int(described["rows"]),
            "columns": [{"name": c["name"], "type": c["type"]} for c in described["columns"]],
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__} {error}"
        raise _difference("METADATA", f"has no readable file '{METADATA_FILE}': {reason}") from error
