"""Writes one sample request per content type, from the model's own features, as `payload.tar.gz`."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from pathlib import Path
from typing import Callable, Mapping, Sequence

import contract_runtime
from contract_runtime import ScriptError
from model_files import CATEGORICAL, NUMERIC, Feature, opened_model, read_description, write_archive
from risk_tables import RiskTables, tables_of_model

Sample = Mapping[str, "float | str"]


def main(runtime: contract_runtime.Runtime) -> None:
    """Write the sample requests.

    Raises:
        ScriptError: (PC755-PC757) a model that cannot be used; (PC759) a default that is no number;
            (PC761) an unknown content type; (PC764, PC766, PC767) risk tables that are not the model's.
    """
    content_types = read_content_types(runtime.env("CONTENT_TYPES"))
    number = read_number(runtime.env("DEFAULT_NUMERIC_VALUE"))
    with opened_model(runtime.input_path("model_input")) as directory:
        model = read_description(directory)
    tables = tables_of_model(model.risk_tables, runtime.optional_input_path("risk_tables_input"))
    features = raw_features(model.features, tables)
    sample = sample_record(features, number, runtime.env("DEFAULT_TEXT_VALUE"))
    with tempfile.TemporaryDirectory(prefix="payload-") as folder:
        files = {}
        for content_type in content_types:
            name, write = WRITERS[content_type]
            files[name] = Path(folder) / name
            files[name].write_bytes(write(sample).encode("utf-8"))
            print(f"{name} ({content_type}): {files[name].stat().st_size} bytes", flush=True)
        write_archive(runtime.output_path("payload_sample") / "payload.tar.gz", files)


def read_content_types(text: str) -> Sequence[str]:
    """The content types to write, in the order given.

    Raises:
        ScriptError: (PC761) naming those that the inference code does not read, or if there is none.
    """
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in WRITERS]
    if unknown or not names:
        raise ScriptError(
            "PC761",
            f"CONTENT_TYPES is '{text}': " + (f"unknown {', '.join(unknown)}" if unknown else "empty"),
            f"known are: {', '.join(WRITERS)}",
        )
    return names


def read_number(text: str) -> float:
    """The value of numeric features.

    Raises:
        ScriptError: (PC759) it is not a finite number.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ScriptError("PC759", f"DEFAULT_NUMERIC_VALUE is '{text}'", "set a number such as 0.0")
    return value


def raw_features(features: Sequence[Feature], tables: RiskTables | None) -> Sequence[Feature]:
    """The features as clients send them: categories where risk tables make numbers of them."""
    fields = tables.fields if tables else {}
    return [
        Feature(feature.name, CATEGORICAL, tuple(fields[feature.name].categories))
        if feature.name in fields
        else feature
        for feature in features
    ]


def sample_record(features: Sequence[Feature], number: float, text: str) -> Sample:
    """A record that the model accepts: `number` for numbers, else the first category, or `text`."""
    return {
        feature.name: number if feature.type == NUMERIC else next(iter(feature.categories), text)
        for feature in features
    }


def write_csv(sample: Sample) -> str:
    """The record as a line without a header: the values in the model's order."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(sample.values())
    return text.getvalue()


def write_json(sample: Sample) -> str:
    """The record by name."""
    return json.dumps({"instances": [sample]}, ensure_ascii=False, indent=2) + "\n"


WRITERS: Mapping[str, tuple[str, Callable[[Sample], str]]] = {
    "text/csv": ("payload.csv", write_csv),
    "application/json": ("payload.json", write_json),
}

if __name__ == "__main__":
    contract_runtime.execute(main)
