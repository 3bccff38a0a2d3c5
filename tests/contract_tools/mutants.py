"""Source mutations of the shipped scripts, each of which breaks the step's contract in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline_compiler.contract_tools.generated_tests import (
    GeneratedTest,
    generate_contract_tests,
    with_scripts,
)
from pipeline_compiler.resources import resource

_UNCHECKED = """runtime = contract_runtime._load()
    runtime.create_outputs()
    main(runtime)"""
_SWALLOWED = """try:
        contract_runtime.execute(main)
    except Exception as error:
        print("ignored:", error)"""


@dataclass(frozen=True)
class Mutant:
    """One change of one module of one step's program, in one place or more."""

    step: str
    what: str
    module: str
    old: str
    new: str
    more: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.step}: {self.what}"

    def write(self, folder: Path) -> Path:
        """Put the changed module into a folder."""
        source = (resource("scripts") / self.module).read_text(encoding="utf-8")
        for old, new in ((self.old, self.new), *self.more):
            assert source.count(old) == 1, f"{self.module} has changed: '{old}' is not in it once"
            source = source.replace(old, new)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.module).write_text(source, encoding="utf-8")
        return folder

    def tests(self, folder: Path, suite: Callable[[str], list[GeneratedTest]]) -> list[GeneratedTest]:
        """The generated suite of the step, run with the changed module."""
        return with_scripts(suite(self.step), self.write(folder))


def suites() -> Callable[[str], list[GeneratedTest]]:
    """Step -> its generated tests; made once, so that all mutants of a step share one set of inputs."""
    made: dict[str, list[GeneratedTest]] = {}

    def suite(step: str) -> list[GeneratedTest]:
        if step not in made:
            made[step] = generate_contract_tests(step)
        return made[step]

    return suite


_LOADING, _PREPROCESSING = "cradle_data_loading.py", "tabular_preprocessing.py"
_TRAINING, _EVALUATION = "xgboost_training.py", "model_evaluation.py"
_ENCODED = "encoded = tabular_labels.encode(batch.column(index), mapping)"
_DESCRIBE = (
    'data_description.write(runtime.output_path("METADATA"), runtime.output_path("SIGNATURE"), metadata)'
)
_WRITER, _WRITE = "shard_writer.ShardWriter(folder / name, schema)", "writer.write(part)"
_MAIN = "contract_runtime.execute(main)\n"

# What breaks a promise: the satisfying inputs alone show it.
PROMISES = (
    Mutant("CradleDataLoading", "describes nothing", _LOADING, _DESCRIBE, "del metadata"),
    Mutant(
        "CradleDataLoading",
        "writes no rows",
        _LOADING,
        "writer.write(kept)",
        "writer.write(kept.slice(0, 0))",
    ),
    Mutant(
        "CradleDataLoading",
        "names METADATA otherwise",
        "data_description.py",
        '"metadata.json"',
        '"meta.json"',
    ),
    Mutant(
        "CradleDataLoading",
        "forgets the last byte of a name",
        "data_description.py",
        '"signature"',
        '"signatur"',
    ),
    Mutant(
        "TabularPreprocessing",
        "labels 1 and 2",
        _PREPROCESSING,
        _ENCODED,
        "encoded = pc.add(tabular_labels.encode(batch.column(index), mapping), 1)",
    ),
    Mutant(
        "TabularPreprocessing",
        "label as a float",
        _PREPROCESSING,
        "columns = [*batch.columns[:index], encoded, *batch.columns[index + 1 :]]",
        "schema = schema.set(index, pa.field(label, pa.float64()))\n"
        "            encoded = encoded.cast(pa.float64())\n"
        "            columns = [*batch.columns[:index], encoded, *batch.columns[index + 1 :]]\n"
        "            for each in writers.values():\n"
        "                each._schema = schema",
    ),
    Mutant(
        "TabularPreprocessing",
        "nulls in the label",
        _PREPROCESSING,
        _ENCODED,
        _ENCODED + "\n            first = pa.array([row == 0 for row in range(batch.num_rows)])"
        "\n            encoded = pc.if_else(first, None, encoded)",
    ),
    Mutant(
        "TabularPreprocessing",
        "drops the id",
        _PREPROCESSING,
        _WRITER,
        "shard_writer.ShardWriter(folder / name, schema.remove(schema.get_field_index(settings.id_field)))",
        ((_WRITE, "writer.write(part.drop_columns([settings.id_field]))"),),
    ),
    Mutant(
        "TabularPreprocessing",
        "all splits in one folder",
        _PREPROCESSING,
        _WRITER,
        "shard_writer.ShardWriter(folder, schema)",
    ),
    Mutant(
        "TabularPreprocessing",
        "renames the label",
        _PREPROCESSING,
        _WRITER,
        'shard_writer.ShardWriter(folder / name, schema.set(index, schema.field(index).with_name("target")))',
        ((_WRITE, 'writer.write(part.rename_columns([n.replace(label, "target") for n in schema.names]))'),),
    ),
    Mutant("MimsPackage", "another archive name", "mims_package.py", "/ ARCHIVE", '/ "package.tar.gz"'),
    Mutant("MimsPayload", "another archive name", "mims_payload.py", '"payload.tar.gz"', '"payload.tgz"'),
)
# What breaks a demand: only an input that violates the contract shows it.
DEMANDS = (
    Mutant("MimsPackage", "swallows every failure", "mims_package.py", _MAIN, _SWALLOWED + "\n"),
    Mutant(
        "TabularPreprocessing", "checks nothing before it starts", _PREPROCESSING, _MAIN, _UNCHECKED + "\n"
    ),
    Mutant("MimsPayload", "checks nothing before it starts", "mims_payload.py", _MAIN, _UNCHECKED + "\n"),
)
# The same with the libraries that take seconds to import.
SLOW_PROMISES = (
    Mutant(
        "XGBoostTraining",
        "another model name",
        _TRAINING,
        "directory / MODEL_FILE",
        'directory / "model.json"',
    ),
    Mutant(
        "XGBoostTraining",
        "no XGBoost version",
        "model_files.py",
        "write_json(directory / INFO_FILE, {**info._asdict(), ",
        'described = {k: v for k, v in info._asdict().items() if k != "xgboost_version"}\n'
        "    write_json(directory / INFO_FILE, {**described, ",
    ),
    Mutant(
        "XGBoostTraining",
        "no training metrics",
        _TRAINING,
        '("evaluation_output", "metrics.json")',
        '("evaluation_output", "numbers.json")',
    ),
    Mutant("XGBoostModelEvaluation", "omits a metric", _EVALUATION, '"f1": 2', '"f_one": 2'),
    Mutant("XGBoostModelEvaluation", "AUC in percent", _EVALUATION, '"auc": float(', '"auc": 100 * float('),
    Mutant(
        "XGBoostModelEvaluation",
        "a metric as text",
        _EVALUATION,
        '"recall": hits / positives',
        '"recall": str(hits)',
    ),
    Mutant("XGBoostModelEvaluation", "another file name", _EVALUATION, '"metrics.json"', '"scores.json"'),
    Mutant(
        "XGBoostModelEvaluation",
        "a metric that is no number",
        _EVALUATION,
        '"precision": hits / chosen if chosen else 0.0',
        '"precision": None',
    ),
)
