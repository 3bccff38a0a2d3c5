"""The PC6xx codes: what a script does against what its contract says."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

SCRIPT_UNREADABLE = Rule(
    "PC601",
    "a script is missing or is not Python",
    "The entry point of a contract is a file that Python can parse. The analyzer reads it as text; it is "
    "never imported or run.",
)
INPUT_NEVER_READ = Rule(
    "PC602",
    "a promised input is never read",
    "The contract makes every pipeline supply this input, and SageMaker downloads it into the container, but "
    "no way through the script reads a file below its path. Checking that a path exists does not read it, "
    "nor does printing it.",
)
OUTPUT_NEVER_WRITTEN = Rule(
    "PC603",
    "a promised output is never written",
    "Steps downstream are wired to this output, but no way through the script writes a file below its path: "
    "they would get an empty folder. Creating the folder is not enough, SageMaker does that itself.",
)
VARIABLE_NEVER_READ = Rule(
    "PC604",
    "a required environment variable is never read",
    "The contract makes every user set it, and the setting changes nothing.",
)
PATH_NOT_PROMISED = Rule(
    "PC605",
    "the script uses a path that its contract does not promise",
    "Only the paths of the contract are mounted. What a script reads elsewhere is not there, and what it "
    "writes elsewhere is lost when the container ends. Free to use are /tmp and the system's own folders, "
    "the folder of the code, the service's configuration (/opt/ml/config, /opt/ml/input/config) and its "
    "failure files (/opt/ml/output/failure, /opt/ml/output/message).",
)
VARIABLE_NOT_DECLARED = Rule(
    "PC606",
    "the script reads an environment variable that its contract does not declare",
    "A variable that the contract does not name can never be set through the pipeline: the script fails, or "
    "always takes its default. Variables of the service and of the system are exempt: AWS_*, SAGEMAKER_*, "
    "TRAINING_JOB_*, PROCESSING_JOB_*, those of Python, CUDA and thread pools, PATH, HOME and the like, and "
    "SM_* in training jobs. Processing jobs have no SM_* variables.",
)
ARGUMENT_NOT_PASSED = Rule(
    "PC607",
    "the script requires a command-line argument that its contract does not pass",
    "The step passes the options in the contract's expected_arguments as '--name value', and nothing else. "
    "A parser that requires another option, or a positional argument, ends the script at once.",
)
ARGUMENT_NOT_ACCEPTED = Rule(
    "PC608",
    "the contract passes a command-line argument that the script does not accept",
    "argparse, click and typer end a script that gets an unknown option; '-' and '_' differ there. A script "
    "with the contract runtime should ask for every argument that its contract declares.",
)
OUTPUT_WRITTEN_AS_FILE = Rule(
    "PC609",
    "the script writes a file where SageMaker makes a directory",
    "SageMaker creates a directory at every output path before the script starts. Opening that path as a "
    "file fails with 'Is a directory'. Write a file inside it.",
)
INPUT_READ_AS_FILE = Rule(
    "PC610",
    "the script opens an input directory as if it were a file",
    "An input path is a directory into which SageMaker downloads files. Opening the path itself fails with "
    "'Is a directory'. List it, or name a file inside it.",
)
IMPORT_NOT_DECLARED = Rule(
    "PC611",
    "the script imports a library that its contract does not declare",
    "Besides the standard library, the modules beside it and contract_runtime, a script may import what "
    "framework_requirements names, by distribution: scikit-learn for sklearn, PyYAML for yaml. Imports in a "
    "try statement that catches ImportError are optional, and those under TYPE_CHECKING never happen.",
)
RELATIVE_IMPORT = Rule(
    "PC612",
    "a relative import in a program",
    "The entry point runs as a program, without a package around it, and so do the modules beside it: "
    "'from .module import name' fails with 'attempted relative import with no known parent package'.",
)
INSTALLS_AT_RUN_TIME = Rule(
    "PC613",
    "the script installs packages when it runs",
    "Installing inside the container makes every run depend on a package index, and gives different "
    "versions on different days. Declare the library in framework_requirements, so that the image or the "
    "bundle's requirements provide it.",
)
UNKNOWN_PORT = Rule(
    "PC614",
    "the script asks the contract runtime for a name that its contract does not have",
    "input_path, output_path, env and argument take the logical names of the contract, exactly as written "
    "there; for any other name the runtime raises an error.",
)
BAD_CONTRACT_FILE = Rule(
    "PC615",
    "a contract file cannot be used",
    "It holds one contract, a list of contracts, or a mapping from entry points to contracts, as JSON or "
    "YAML, each with the fields of ScriptContract; 'kind: training' makes it a TrainingScriptContract.",
)
DEFAULT_DIFFERS = Rule(
    "PC616",
    "the script's default of a variable is not the one that its contract states",
    "optional_env_vars says which value the script takes when a variable is unset. People read the contract, "
    "the script does something else.",
)
PATH_UNKNOWN = Rule(
    "PC690",
    "a path is unknown",
    "The path that is read or written here depends on something that only exists at run time. It is neither "
    "passed nor failed; inputs and outputs that it may stand for are reported as unknown, too. Take the path "
    "from the contract runtime, a constant or the default of an argument to have it checked.",
)
NAME_UNKNOWN = Rule(
    "PC691",
    "the name of a variable, argument or contract entry is unknown",
    "Which environment variable, argument, input or output is meant here depends on something that only "
    "exists at run time.",
)
CODE_UNKNOWN = Rule(
    "PC692",
    "code that cannot be followed",
    "The script runs code that is not part of its text, such as exec() or a module that is chosen at run "
    "time, or it is too complex to be followed to its end.",
)
USE_UNKNOWN = Rule(
    "PC693",
    "it is unknown whether a promise is kept",
    "Nothing that is known uses this input, output, variable or argument, but something unknown may.",
)
