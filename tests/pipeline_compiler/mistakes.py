"""Mistakes in a config or a template: what is edited, and what the user must be told.

One table per class of mistake, shared by the tests of the compiler and of the command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from script_contracts.core.diagnostics import Diagnostic
from tests.configs import CONFIG_YAML, TEMPLATE_YAML


@dataclass(frozen=True)
class Mistake:
    """Edits of the two correct files, and the one diagnostic that they must give.

    Attributes:
        config: (old text, new text) edits of the config.
        template: the same for the template.
        at: text that occurs in exactly one line: the one that the diagnostic must point at.
        says: what the first line of the diagnostic must contain, the actual value included.
        fix: what the remedy must contain.
        details: what the lines between must contain.
    """

    name: str
    code: str
    at: str
    says: str
    fix: str
    config: tuple[tuple[str, str], ...] = ()
    template: tuple[tuple[str, str], ...] = ()
    details: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Write both files; the config's path."""
        (folder / "template.yaml").write_text(_edited(TEMPLATE_YAML, self.template), encoding="utf-8")
        path = folder / "config.yaml"
        path.write_text(_edited(CONFIG_YAML, self.config), encoding="utf-8")
        return path

    def check(self, diagnostic: Diagnostic, folder: Path) -> None:
        """Assert that the diagnostic says where the mistake is, what it is, and what helps."""
        assert diagnostic.code == self.code, str(diagnostic)
        assert self.says in diagnostic.message, str(diagnostic)
        assert self.fix in diagnostic.fix, str(diagnostic)
        for detail in self.details:
            assert any(detail in each for each in diagnostic.details), str(diagnostic)
        file = Path(diagnostic.place.file or "")
        assert file.parent == folder
        lines = file.read_text(encoding="utf-8").splitlines()
        (line,) = [number for number, text in enumerate(lines, 1) if self.at in text]
        assert diagnostic.place.line == line, f"{diagnostic}\nnot at line {line}: {self.at}"


def _edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)
    return text


def mistake(
    name: str,
    code: str,
    at: str,
    says: str,
    fix: str,
    *config: tuple[str, str],
    template: tuple[tuple[str, str], ...] = (),
    details: tuple[str, ...] = (),
) -> Mistake:
    return Mistake(name, code, at, says, fix, config, template, details)


MISSPELT = (
    mistake(
        "field in a step's section",
        "PC402",
        "trian_ratio",
        "unknown field 'trian_ratio'",
        "did you mean 'train_ratio'?",
        ("    train_ratio: 0.7", "    trian_ratio: 0.7"),
    ),
    mistake(
        "field in defaults",
        "PC402",
        "  posistive_class: fraud",
        "unknown field 'posistive_class'",
        "did you mean 'positive_class'?",
        ("  positive_class: fraud", "  posistive_class: fraud"),
        details=("no step in this template has a field of that name",),
    ),
    mistake(
        "required field in defaults, which is not missing as well",
        "PC402",
        "  lable_field: is_fraud",
        "unknown field 'lable_field'",
        "did you mean 'label_field'?",
        ("  label_field: is_fraud", "  lable_field: is_fraud"),
    ),
    mistake(
        "required field of the pipeline, which is not missing as well",
        "PC402",
        "  s3_rot: ",
        "unknown field 's3_rot'",
        "did you mean 's3_root'?",
        ("  s3_root: ", "  s3_rot: "),
    ),
    mistake(
        "nested field",
        "PC402",
        "max_detph",
        "unknown field 'max_detph'",
        "did you mean 'max_depth'?",
        ("max_depth: 6", "max_detph: 6"),
    ),
    mistake(
        "nested field that goes by another name",
        "PC402",
        "lamda",
        "unknown field 'lamda'",
        "did you mean 'lambda'?",
        ("lambda: 1.5", "lamda: 1.5"),
    ),
    mistake(
        "field of a source",
        "PC402",
        "fromat",
        "unknown field 'fromat'",
        "did you mean 'format'?",
        ("s3://ml-fraud/raw/06/", "s3://ml-fraud/raw/06/\n      fromat: csv"),
    ),
    mistake(
        "field of the pipeline",
        "PC402",
        "kms_kee",
        "unknown field 'kms_kee'",
        "did you mean 'kms_key'?",
        ("  tags: {team: fraud}", "  kms_kee: alias/k"),
    ),
    mistake(
        "section",
        "PC402",
        "lokal",
        "unknown section 'lokal'",
        "did you mean 'local'?",
        ("\nsteps:", "\nlokal: {}\nsteps:"),
    ),
    mistake(
        "number as a field",
        "PC402",
        "    1: 2",
        "unknown field '1'",
        "use one of the fields:",
        ("    train_ratio: 0.7", "    1: 2"),
    ),
    mistake(
        "step in the config",
        "PC405",
        "TabularPreprocesing_training",
        "the template Fraud has no step 'TabularPreprocesing_training'",
        "did you mean 'TabularPreprocessing_training'?",
        ("  TabularPreprocessing_training:", "  TabularPreprocesing_training:"),
    ),
    mistake(
        "step type in the template",
        "PC208",
        "  Extra: {step: MimsPakage}",
        "'MimsPakage' is not a known step",
        "did you mean 'MimsPackage'?",
        template=(("  MimsPackage:\n", "  MimsPackage:\n  Extra: {step: MimsPakage}\n"),),
    ),
    mistake(
        "step type without its job type",
        "PC208",
        "  Extra: {step: CradleDataLoading}",
        "'CradleDataLoading' needs a job type in its name",
        "use one of CradleDataLoading_training, CradleDataLoading_calibration",
        template=(("  MimsPackage:\n", "  MimsPackage:\n  Extra: {step: CradleDataLoading}\n"),),
    ),
    mistake(
        "field of the template",
        "PC402",
        "sumary",
        "unknown template field 'sumary'",
        "did you mean 'summary'?",
        template=(("summary:", "sumary:"),),
    ),
    mistake(
        "template",
        "PC407",
        "XGBoostSimpel",
        "there is no template 'XGBoostSimpel'",
        "did you mean 'XGBoostSimple'?",
        ("template.yaml", "XGBoostSimpel"),
    ),
    mistake(
        "template file",
        "PC407",
        "templates.yaml",
        "there is no file",
        "correct the path of the template",
        ("template.yaml", "templates.yaml"),
    ),
    mistake(
        "output on an edge",
        "PC305",
        "CradleDataLoading_training.DAAT",
        "CradleDataLoading_training has no output 'DAAT'",
        "did you mean 'DATA'?",
        template=(
            (
                "CradleDataLoading_training -> TabularPreprocessing_training",
                "CradleDataLoading_training.DAAT -> TabularPreprocessing_training.DATA",
            ),
        ),
    ),
    mistake(
        "input on an edge",
        "PC305",
        "MimsPackage.model_inptu",
        "MimsPackage has no input 'model_inptu'",
        "did you mean 'model_input'?",
        template=(("XGBoostTraining -> MimsPackage", "XGBoostTraining -> MimsPackage.model_inptu"),),
    ),
    mistake(
        "format",
        "PC404",
        "format: parqet",
        "'source.format' should be 'parquet', 'csv' or 'json', got 'parqet'",
        "format of the files",
        ("s3://ml-fraud/raw/06/", "s3://ml-fraud/raw/06/\n      format: parqet"),
    ),
    mistake(
        "region",
        "PC421",
        "region: us-est-1",
        "no XGBoost image is known for the region 'us-est-1'",
        "did you mean 'us-east-1'? (or give every step an image_uri)",
        ("us-east-1", "us-est-1"),
    ),
)

MISSING = (
    mistake(
        "required field",
        "PC403",
        "  MimsRegistration:",
        "'model_package_group' (model package group to register in) is missing for MimsRegistration",
        "add 'model_package_group:'",
        ("    model_package_group: fraud\n", ""),
    ),
    mistake(
        "required field of several steps, once",
        "PC403",
        "  TabularPreprocessing_training:",
        "'label_field' (column that holds the label) is missing for TabularPreprocessing_training, "
        "TabularPreprocessing_calibration, XGBoostTraining, XGBoostModelEvaluation_calibration",
        "under 'defaults' for all steps",
        ("  label_field: is_fraud\n", ""),
    ),
    mistake(
        "nested required field",
        "PC404",
        "    source: {format: csv}",
        "'source' should name one of files, athena, unload, redshift, table, adapter, got {'format': 'csv'}",
        "correct it: the table to load, such as files: s3://bucket/raw/",
        ("    source:\n      files: s3://ml-fraud/raw/06/", "    source: {format: csv}"),
    ),
    mistake(
        "nested required field left empty",
        "PC404",
        "    source: {files: }",
        "'source' should name one of files, athena, unload, redshift, table, adapter, "
        "got 'files' without a value",
        "the table to load, such as files: s3://bucket/raw/",
        ("    source:\n      files: s3://ml-fraud/raw/06/", "    source: {files: }"),
    ),
    mistake(
        "required field left empty",
        "PC403",
        "model_package_group:",
        "'model_package_group' (model package group to register in) is missing for MimsRegistration",
        "give 'model_package_group:' a value",
        ("model_package_group: fraud", "model_package_group:"),
    ),
    mistake(
        "field of the pipeline",
        "PC403",
        "pipeline:",
        "'s3_root' (S3 prefix for code and outputs) is missing",
        "add 's3_root:' under 'pipeline'",
        ("  s3_root: s3://ml-fraud/pipelines\n", ""),
    ),
    mistake(
        "section of a node",
        "PC403",
        "steps:",
        "'model_package_group' (model package group to register in) is missing for MimsRegistration",
        "add 'model_package_group:' to the step's section",
        ("  MimsRegistration:\n    model_package_group: fraud\n", ""),
    ),
    mistake(
        "content of a section",
        "PC403",
        "  MimsRegistration:",
        "'model_package_group' (model package group to register in) is missing for MimsRegistration",
        "add 'model_package_group:' to the step's section",
        ("  MimsRegistration:\n    model_package_group: fraud\n", "  MimsRegistration: null\n"),
    ),
    mistake(
        "value of template",
        "PC403",
        "template:",
        "the config does not name a template",
        "add 'template: NAME'",
        ("template: template.yaml\n", "template:\n"),
    ),
    mistake(
        "node in the template",
        "PC405",
        "  MimsPayload:",
        "the template Fraud has no step 'MimsPayload'",
        "did you mean",
        ("  QualityGate:\n", "  MimsPayload:\n  QualityGate:\n"),
    ),
    mistake(
        "folder",
        "PC414",
        "      files: data/nowhere",
        "CradleDataLoading_training.source: the folder 'data/nowhere' does not exist",
        "relative to the config file",
        ("s3://ml-fraud/raw/06/", "data/nowhere"),
    ),
    mistake(
        "folder that is a file",
        "PC414",
        "      files: template.yaml",
        "'template.yaml' is a file",
        "name an s3:// prefix, or a folder",
        ("s3://ml-fraud/raw/06/", "template.yaml"),
    ),
)

JOB_TYPES = (
    mistake(
        "other job type in the section",
        "PC406",
        "    job_type: calibration",
        "TabularPreprocessing_training has job type training, its section says 'calibration'",
        "remove job_type",
        ("    train_ratio: 0.7", "    job_type: calibration"),
    ),
    mistake(
        "job type of a step that has none",
        "PC406",
        "    job_type: training",
        "QualityGate has job type none, its section says 'training'",
        "remove job_type",
        ('    comparison: ">="', "    job_type: training"),
    ),
)

VALUES = (
    mistake(
        "text for a number",
        "PC404",
        "train_ratio: most",
        "'train_ratio' must be a number, got 'most'",
        "share of rows that go to train",
        ("train_ratio: 0.7", "train_ratio: most"),
    ),
    mistake(
        "a number in quotes",
        "PC404",
        'train_ratio: "0.7"',
        "'train_ratio' must be a number, got the text '0.7'",
        "write it without quotes: 0.7",
        ("train_ratio: 0.7", 'train_ratio: "0.7"'),
    ),
    mistake(
        "false in quotes",
        "PC404",
        'upload: "false"',
        "'source.upload' must be true or false, got the text 'false'",
        "write it without quotes: false",
        (
            "      files: s3://ml-fraud/raw/06/",
            '      files: s3://ml-fraud/raw/06/\n      upload: "false"',
        ),
    ),
    mistake(
        "number out of range",
        "PC404",
        "train_ratio: 7",
        "'train_ratio' should be less than 1, got 7",
        "share of rows",
        ("train_ratio: 0.7", "train_ratio: 7"),
    ),
    mistake(
        "not a number",
        "PC404",
        "threshold: .nan",
        "'threshold' should be a finite number, got nan",
        "the value that the metric must reach",
        ('    comparison: ">="', "    threshold: .nan"),
        ("  MinAuc:\n    default: 0.8\n    sets: QualityGate.threshold\n", ""),
    ),
    mistake(
        "list for text",
        "PC404",
        "  label_field: [a, b]",
        "'label_field' must be text (in quotes, if it looks like a number, a date or yes and no), got ['a'",
        "column that holds the label",
        ("label_field: is_fraud", "label_field: [a, b]"),
    ),
    mistake(
        "text for a list",
        "PC404",
        "drop_fields: weight",
        "'drop_fields' must be a list, got 'weight'",
        "columns that are not features",
        ("    train_ratio: 0.7", "    drop_fields: weight"),
    ),
    mistake(
        "a comma in a name",
        "PC404",
        "drop_fields: ['a,b']",
        "got 'a,b'",
        "correct the value",
        ("    train_ratio: 0.7", "    drop_fields: ['a,b']"),
    ),
    mistake(
        "text for settings",
        "PC404",
        "    hyperparameters: deep",
        "got 'deep'",
        "learning parameters",
        ("    hyperparameters:\n      max_depth: 6\n      lambda: 1.5", "    hyperparameters: deep"),
    ),
    mistake(
        "list for a section",
        "PC404",
        "  QualityGate: [fast]",
        "QualityGate: settings must be 'name: value' lines, got ['fast']",
        "write the step's settings below its name",
        ('  QualityGate:\n    comparison: ">="', "  QualityGate: [fast]"),
    ),
    mistake(
        "text for the tags",
        "PC404",
        "  tags: fraud",
        "'tags' must be 'name: value' lines, got 'fraud'",
        "tags of the pipeline",
        ("tags: {team: fraud}", "tags: fraud"),
    ),
    mistake(
        "number in a tag",
        "PC404",
        "  tags: {cost: 42}",
        "'tags.cost' must be text (in quotes, if it looks like a number, a date or yes and no), got 42",
        "write it in quotes: '42'",
        ("tags: {team: fraud}", "tags: {cost: 42}"),
    ),
    mistake(
        "role that is no ARN",
        "PC404",
        "role: SageMakerExecution",
        "'role' is not written as it must be, got 'SageMakerExecution'",
        "ARN of the execution role",
        ("arn:aws:iam::123456789012:role/SageMakerExecution", "SageMakerExecution"),
    ),
    mistake(
        "bucket without s3://",
        "PC404",
        "s3_root: ml-fraud",
        "got 'ml-fraud/pipelines'",
        "S3 prefix for code and outputs",
        ("s3://ml-fraud/pipelines", "ml-fraud/pipelines"),
    ),
    mistake(
        "pipeline name with a space",
        "PC404",
        "  name: fraud detection",
        "got 'fraud detection'",
        "the pipeline's name in SageMaker",
        ("name: fraud-detection", "name: fraud detection"),
    ),
    mistake(
        "pipeline name that is too long",
        "PC404",
        "  name: " + "f" * 83,
        "'name' should have at most 82 characters",
        "the pipeline's name in SageMaker",
        ("name: fraud-detection", "name: " + "f" * 83),
    ),
    mistake(
        "instance type that is none",
        "PC404",
        "  TrainingInstanceType:",
        "got 'm5.xlarge'",
        "instance type of the job",
        ("default: ml.m5.xlarge", "default: m5.xlarge"),
    ),
    mistake(
        "template that is a list",
        "PC404",
        "template: [a]",
        "'template' must be a name or a file, got ['a']",
        "write 'template: NAME'",
        ("template: template.yaml", "template: [a]"),
    ),
    mistake(
        "folder that stands for no S3 prefix",
        "PC404",
        "local: {raw: data}",
        "'local' maps S3 prefixes, ARNs of model packages, or inputs that the config supplies, to folders; "
        "got 'raw'",
        "write 's3://bucket/prefix: folder'",
        ("\nsteps:", "\nlocal: {raw: data}\nsteps:"),
    ),
    mistake(
        "several XGBoost versions of one model",
        "PC422",
        "    xgboost_version: 3.0-5",
        "one model, several XGBoost versions: 3.0-5 in XGBoostTraining; 3.2-0 in MimsPackage, "
        "MimsRegistration, XGBoostModelEvaluation_calibration",
        "set xgboost_version once, under 'defaults'",
        ("    hyperparameters:\n", "    xgboost_version: 3.0-5\n    hyperparameters:\n"),
    ),
    mistake(
        "more hosts than the program shares its work among",
        "PC426",
        "    instance_count: 2",
        "XGBoostTraining: instance_count is 2, but xgboost_training.py works on one host",
        "set instance_count to 1",
        ("    hyperparameters:\n", "    instance_count: 2\n    hyperparameters:\n"),
    ),
    mistake(
        "number of hosts as a parameter",
        "PC426",
        "  TrainingInstanceType:",
        "XGBoostTraining: instance_count is a parameter",
        "set instance_count to 1",
        ("    default: ml.m5.xlarge", "    default: 1"),
        ("XGBoostTraining.instance_type", "XGBoostTraining.instance_count"),
    ),
    mistake(
        "parameter without target",
        "PC408",
        "  MinAuc: 0.8",
        "parameter 'MinAuc' must have 'default' and 'sets', got 0.8",
        "write 'MinAuc: {default: VALUE, sets: Step.field}'",
        ("  MinAuc:\n    default: 0.8\n    sets: QualityGate.threshold\n", "  MinAuc: 0.8\n"),
        ('    comparison: ">="', "    threshold: 0.8"),
    ),
    mistake(
        "parameter beside the value",
        "PC409",
        "    threshold: 0.9",
        "QualityGate.threshold is set by the parameter 'MinAuc' and in the step's section",
        "remove one of the two",
        ('    comparison: ">="', "    threshold: 0.9"),
    ),
    mistake(
        "parameter name that is too long",
        "PC416",
        "  " + "M" * 65 + ":",
        "parameter name '" + "M" * 65 + "' is not 1 to 64",
        "rename the parameter",
        ("  TrainingInstanceType:", "  " + "M" * 65 + ":"),
    ),
)

GRAPH = (
    mistake(
        "cycle",
        "PC303",
        "  - MimsPackage -> XGBoostTraining",
        "the steps form a cycle: MimsPackage -> XGBoostTraining -> MimsPackage",
        "remove one of these edges",
        template=(("  - QualityGate -> MimsPackage\n", "  - MimsPackage -> XGBoostTraining\n"),),
    ),
    mistake(
        "edge to an unknown step",
        "PC302",
        "MimsRegistraton",
        "edge 'MimsPackage -> MimsRegistraton' names the unknown node 'MimsRegistraton'",
        "did you mean 'MimsRegistration'?",
        template=(("MimsPackage -> MimsRegistration", "MimsPackage -> MimsRegistraton"),),
    ),
    mistake(
        "text that is no edge",
        "PC304",
        "MimsPackage to MimsRegistration",
        "'MimsPackage to MimsRegistration' is not an edge",
        "write 'Producer -> Consumer'",
        template=(("MimsPackage -> MimsRegistration", "MimsPackage to MimsRegistration"),),
    ),
    mistake(
        "number as an edge",
        "PC304",
        "  - 42",
        "'42' is not an edge",
        "write 'Producer -> Consumer'",
        template=(("MimsPackage -> MimsRegistration", "42"),),
    ),
    mistake(
        "edge to itself",
        "PC304",
        "MimsPackage -> MimsPackage",
        "'MimsPackage -> MimsPackage' joins a step to itself",
        "write 'Producer -> Consumer'",
        template=(("MimsPackage -> MimsRegistration", "MimsPackage -> MimsPackage"),),
    ),
    mistake(
        "edges that are no list",
        "PC404",
        "edges: ",
        "'edges' must be a list, got 'A -> B'",
        "write one '- Producer -> Consumer' per line",
        template=((TEMPLATE_YAML[TEMPLATE_YAML.index("edges:") :], "edges: A -> B\n"),),
    ),
    mistake(
        "settings in the template",
        "PC404",
        "  MimsPackage: {instance_type",
        "step 'MimsPackage' must be empty or say 'step: <type>', got {'instance_type': 'ml.m5.large'}",
        "settings of a step belong in the config",
        template=(("  MimsPackage:\n", "  MimsPackage: {instance_type: ml.m5.large}\n"),),
    ),
    mistake(
        "missing required input",
        "PC310",
        "  XGBoostTraining:",
        "XGBoostTraining: nothing feeds the required input 'processed_data'",
        "add an edge from TabularPreprocessing or RiskTableMapping to XGBoostTraining",
        template=(("  - TabularPreprocessing_training -> XGBoostTraining\n", ""),),
    ),
    mistake(
        "input of the wrong job type",
        "PC310",
        "  XGBoostTraining:",
        "XGBoostTraining: nothing feeds the required input 'processed_data'",
        "add an edge from TabularPreprocessing or RiskTableMapping to XGBoostTraining",
        template=(
            (
                "TabularPreprocessing_training -> XGBoostTraining\n",
                "TabularPreprocessing_calibration -> XGBoostTraining\n",
            ),
        ),
        details=("TabularPreprocessing_calibration.processed_data: job type is calibration, not training",),
    ),
    mistake(
        "ports that do not fit",
        "PC312",
        "metrics_output -> MimsPackage.model_input",
        "metrics_output carries metrics, not model",
        "name ports of the same type",
        template=(
            (
                "QualityGate -> MimsPackage",
                "XGBoostModelEvaluation_calibration.metrics_output -> MimsPackage.model_input",
            ),
        ),
    ),
    mistake(
        "step name that is too long",
        "PC416",
        "  " + "P" * 65 + ": {step: MimsPackage}",
        "step name '" + "P" * 65 + "' is not 1 to 64",
        "say its type with 'step:'",
        template=(
            ("  QualityGate:\n", f"  QualityGate:\n  {'P' * 65}: {{step: MimsPackage}}\n"),
            ("edges:\n", f"edges:\n  - XGBoostTraining -> {'P' * 65}\n"),
        ),
    ),
)

ALL = (*MISSPELT, *MISSING, *JOB_TYPES, *VALUES, *GRAPH)
