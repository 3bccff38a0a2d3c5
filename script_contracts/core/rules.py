"""The PC1xx codes: script contracts."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

MALFORMED_DECLARATION = Rule(
    "PC101",
    "a declaration has an unknown, missing or wrongly typed field",
    "Contracts and specifications are closed models: an unknown field is never ignored, and a value "
    "of the wrong type is never converted silently.",
)
PATH_OUTSIDE_MOUNTS = Rule(
    "PC102",
    "a container path lies where SageMaker mounts nothing for this kind of job",
    "Processing jobs mount inputs and outputs under /opt/ml/processing. Training jobs mount channels "
    "at /opt/ml/input/data/<channel>, configuration at /opt/ml/input/config, and collect "
    "/opt/ml/model, /opt/ml/output/data and /opt/ml/checkpoints. A script that reads or writes "
    "anywhere else finds nothing there, or loses what it wrote.",
)
OUTPUT_IS_A_FILE = Rule(
    "PC103",
    "a contract's output path names a file",
    "SageMaker creates a directory at every output path before the script starts. An output path such "
    "as /opt/ml/processing/output/payload.tar.gz therefore becomes a directory, and the script fails "
    "with 'Is a directory'. Name the directory, and let the script write the file inside it.",
)
OVERLAPPING_PATHS = Rule(
    "PC104",
    "two paths of one contract are the same, or one lies inside the other",
    "Two mounts on one path, or one mount inside another, hide each other's files.",
)
BAD_ENTRY_POINT = Rule(
    "PC105",
    "a contract's entry point is not a plain Python file name",
    "The entry point lies at the top level of the code bundle and is started as a program: it is a "
    "file name that ends in .py, without folders.",
)
NAME_TWICE = Rule(
    "PC106",
    "one name stands for two things in a contract",
    "An environment variable is either required or optional, and a logical name is either an input "
    "or an output.",
)
DISCOVERY_FAILED = Rule(
    "PC107",
    "a declaration module does not declare what its name promises",
    "Every module of script_contracts, step_specs and step_builders declares one constant named after "
    "the module, for example XGBOOST_TRAINING_CONTRACT in script_contracts/xgboost_training.py.",
)
UNKNOWN_PORT_CONTRACT = Rule(
    "PC108",
    "a step contract speaks of a port or variable that the script does not have",
    "The inputs and outputs of a step contract are the script contract's own, by logical name, and a "
    "column named $VARIABLE is the one that this environment variable of the script names.",
)
BAD_METRIC = Rule(
    "PC109",
    "a metric's regular expression finds no value",
    "SageMaker reads a training job's metrics from its log: each metric has a regular expression of at most "
    "500 characters, and the one group in it holds the number.",
)
NO_VERSION_SPECIFIER = Rule(
    "PC110",
    "a contract asks for a library in a version that is none",
    "framework_requirements maps each library to a version specifier such as '>=2.0,<3' (PEP 440), or to an "
    "empty text for any version.",
)
