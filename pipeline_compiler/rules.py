"""The PC40x-PC41x codes: the command line, templates and config files."""

from __future__ import annotations

from pipeline_compiler.names import IN_WORDS
from script_contracts.core.diagnostics import Rule

WRONG_USAGE = Rule(
    "PC400",
    "the command line is not used as it is meant",
    "A command, option or argument is unknown, missing or not of its kind; 'pipeline-compiler COMMAND "
    "--help' lists them. The command did nothing, and its exit code is 2.",
)
UNREADABLE = Rule(
    "PC401",
    "a config or template cannot be read",
    "The file does not exist, is not YAML or JSON, repeats a key, or is not a mapping at the top.",
)
UNKNOWN_FIELD = Rule(
    "PC402",
    "unknown config field",
    "Every field of a config is used or rejected; one that is silently ignored would be a setting made in "
    "vain. Fields under 'defaults' must exist in at least one step of the template.",
)
MISSING_FIELD = Rule(
    "PC403",
    "a required config field is missing",
    "Set it in the step's section, or under 'defaults' for every step that has it.",
)
INVALID_VALUE = Rule(
    "PC404",
    "a config field has an invalid value",
    "The value has the wrong type or lies outside what the field accepts.",
)
UNKNOWN_SECTION = Rule(
    "PC405",
    "a config section belongs to no node of the template",
    "Each section under 'steps' configures the node of that name.",
)
JOB_TYPE_MISMATCH = Rule(
    "PC406",
    "the job type in a node's name and in its section disagree",
    "The job type is part of the node's name; a section may repeat it and cannot change it.",
)
UNKNOWN_TEMPLATE = Rule(
    "PC407",
    "no template of that name",
    "A template is named as in 'pipeline-compiler templates', or by the path of a YAML file, "
    "relative to the config.",
)
BAD_PARAMETER = Rule(
    "PC408",
    "a pipeline parameter cannot be used as declared",
    "A parameter has a default and sets at least one field: 'sets: XGBoostTraining.instance_type'. Fields "
    "that decide what is compiled, lists and mappings cannot change when the pipeline starts.",
)
SET_TWICE = Rule(
    "PC409",
    "a field is set both by a parameter and by a value",
    "The parameter's default would silently win or lose against the value; keep one.",
)
COLUMNS_DISAGREE = Rule(
    "PC417",
    "the config names columns that cannot be there, or in two ways",
    "A label or id that is dropped, not loaded, or called otherwise in the step before would stop a job "
    "minutes after its start; so would a model that learns from its own label, or a text that was mapped to "
    "a number as if it were a category.",
)
BAD_MAPPING = Rule(
    "PC418",
    "a local folder cannot stand for an S3 prefix",
    "'local:' in the config and --map on the command line name an s3:// prefix and a folder that exists. "
    "A folder in the config is relative to the config file.",
)
ENTANGLED_GATES = Rule(
    "PC411",
    "a step lies behind two gates of which neither lies behind the other",
    "A pipeline definition nests the steps behind a condition inside it, so a step has one innermost gate.",
)
TOO_MANY_GATED = Rule(
    "PC412",
    "more steps behind a gate than AWS allows",
    "A condition step holds at most 20 steps in each branch, unless AWS has raised the quota "
    "(pipeline.quotas.steps_per_branch in the config).",
)
LOCAL_SOURCE = Rule(
    "PC413",
    "a local folder that deploying will not upload",
    "A folder on this machine feeds a local run as it is. To deploy, upload it by content with "
    "'upload: true', or name an s3:// prefix.",
)
MISSING_SOURCE = Rule(
    "PC414",
    "a local folder that does not exist or is empty",
    "Local sources are relative to the folder of the config file.",
)
UNWRITABLE = Rule(
    "PC410",
    "an output file cannot be written",
    "'init' never overwrites a file, and a folder that does not exist is not made.",
)
MISSING_SCRIPT = Rule(
    "PC415",
    "a script that a contract names is not there",
    "Each contract's entry point and the modules that it imports lie in the scripts folder.",
)
BAD_RUN_CONDITION = Rule(
    "PC419",
    "a step's run_if can never be met",
    "'run_if: {parameter: NAME, equals: VALUE}' lets a step, and all that follows it, run only where a "
    "pipeline parameter has that value. The parameter is declared under 'parameters', if for nothing else "
    "without 'sets', and the value is one that it can have.",
)
NAME_TOO_LONG = Rule(
    "PC416",
    "a name that AWS would refuse",
    f"Names of steps and parameters are {IN_WORDS}: a quota of SageMaker Pipelines.",
)
