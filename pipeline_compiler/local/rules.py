"""The PC58x (tuning), PC777, PC78x and PC79x codes: running a definition on this machine."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

UNREADABLE_METRIC = Rule(
    "PC580",
    "a metric cannot be read from a training job's log",
    "The service searches each line of a training job's output with the regular expressions of its "
    "MetricDefinitions; the first group of the last match is the metric's final value. The expression "
    "must be valid and have a group, and the metric that a tuning job is to maximize or minimize must be "
    "among them.",
)
NO_JOB_COMPLETED = Rule(
    "PC581",
    "every training job of a tuning job failed",
    "A tuning job outlives training jobs that fail, as long as one completes. None did: the first "
    "failure is shown, and most often it is that of all.",
)
NO_OBJECTIVE = Rule(
    "PC582",
    "no training job of a tuning job logged the metric that it is tuned for",
    "Training jobs completed, but no line of their output matches the metric's regular expression with a "
    "finite number in its first group, so that none can be called the best.",
)
LIBRARY_MISSING = Rule(
    "PC777",
    "a step's program needs libraries that this machine lacks",
    "In a local run the interpreter's own libraries stand for the container image. The program's contract "
    "names what it imports; install it into the environment that runs pipeline-compiler.",
)
UNKNOWN_PARAMETER = Rule(
    "PC780",
    "a run sets a parameter that the pipeline does not declare",
    "A pipeline's parameters are declared in its definition. SageMaker refuses to start an execution "
    "with any other, and so does a local run, before any step runs.",
)
STATE_IN_USE = Rule(
    "PC781",
    "another run is using the same state folder",
    "A state folder holds the local S3 store, the cache and the logs. One run at a time may write it: "
    "wait for the other run, stop it, or give this one a state folder of its own. The lock vanishes "
    "with the process that holds it, however that process ends.",
)
UNSUPPORTED = Rule(
    "PC782",
    "the definition uses something that a local run cannot execute",
    "Local runs execute Processing, Training, Tuning, Model, Transform, Condition, Fail and RegisterModel "
    "steps whose program is named in the definition and whose inputs are S3 prefixes in File mode, and "
    "Tuning steps with one training job definition, a strategy other than Hyperband, and neither warm start "
    "nor autotune. Anything else exists only in the service; nothing runs until the definition, or the "
    "selection, is free of it.",
)
BROKEN_DEFINITION = Rule(
    "PC783",
    "the definition contradicts itself",
    "A step name is used twice, a reference names a step, parameter, property file or variable that "
    "does not exist, or the steps wait for each other in a circle.",
)
UNKNOWN_STEP = Rule(
    "PC784",
    "a run selects a step that the pipeline does not have",
    "Steps are selected by the names that they have in the definition.",
)
SERVICE_LIMIT = Rule(
    "PC785",
    "a job request breaks a limit of the service",
    "SageMaker takes hyperparameters, environment values and arguments as strings of limited length "
    "and number: processing 10 inputs, 10 outputs, 100 variables of 256 characters, 100 arguments of "
    "256 characters; training 20 channels, 100 variables of 512 characters, 100 hyperparameters of "
    "2500 characters; an S3 URI has at most 1024 characters. A local run holds the values, as they are "
    "after every parameter is filled in, to the same limits.",
)
NO_INPUT_OBJECTS = Rule(
    "PC786",
    "a step's input location holds no objects",
    "SageMaker fails a job whose S3 input has nothing under it. In a local run, s3://bucket/key is a "
    "folder of the state folder, or the local folder that the configuration names for that prefix.",
)
NO_PROPERTY_FILE_VALUE = Rule(
    "PC787",
    "a value cannot be read from a property file",
    "A condition or argument reads a JSON file that an earlier step wrote. The step wrote no such file, "
    "the file is not JSON, or nothing is at that path in it. Paths look like auc, "
    "binary_classification_metrics.auc.value, folds[0].auc or ['a.b'].",
)
STEP_EXITED = Rule(
    "PC788",
    "a step's program exited with an error",
    "The program returned a non-zero exit status. Its last lines and the file with the whole output "
    "are shown with the error; its container folder is kept until the next run. A program that explains "
    "its failure itself, as all programs under a contract do, is shown with its own code instead.",
)
STEP_KILLED = Rule(
    "PC789",
    "a step's program was killed by a signal",
    "SIGKILL that nobody sent is usually the kernel's out-of-memory killer; SIGSEGV and SIGABRT are "
    "crashes in native code.",
)
STEP_TIMED_OUT = Rule(
    "PC790",
    "a step ran longer than its MaxRuntimeInSeconds",
    "The service stops a job that exceeds its stopping condition, and so does a local run.",
)
OUTPUT_EMPTY = Rule(
    "PC791",
    "a step succeeded but wrote nothing to a required output",
    "The step's contract promises files in that directory. The service would upload nothing and report "
    "success, and a later step would fail for want of input.",
)
CONTAINER_FAILED = Rule(
    "PC792",
    "a step's program could not be started, or its files not set up or collected",
    "The command does not exist, the container's folders could not be prepared, or the disk is full.",
)
FAIL_STEP = Rule(
    "PC793",
    "a Fail step ended the execution",
    "The pipeline reached a step of type Fail, which carries its own message.",
)
NO_NAMESPACE = Rule(
    "PC794",
    "this machine does not allow the private mount namespace that was asked for",
    "Namespace isolation gives every step its own /opt/ml. It needs Linux, an /opt folder and either "
    "root or unprivileged user namespaces. With isolation 'auto' or 'remap', container paths are "
    "remapped instead, through the contract runtime.",
)
MISSING_MODEL_OBJECT = Rule(
    "PC795",
    "a model or model package that does not exist, or names an object that does not exist",
    "RegisterModel takes URLs of a model archive, metrics and sample payloads. Each must name something "
    "that an earlier step wrote, and the model archive must be one object. A model that is made from a "
    "registered package needs that package here: one that a local run with the same state folder "
    "registered, or a folder with its model.tar.gz, which 'local:' in the config or --map names for the "
    "package's ARN.",
)
BAD_LOCATION = Rule(
    "PC796",
    "an S3 location cannot be used",
    "Locations look like s3://bucket/key. Local folders that stand for a prefix are sources: no step "
    "may write into them.",
)
BAD_CODE_BUNDLE = Rule(
    "PC797",
    "a training step's code bundle cannot be used",
    "In script mode, sagemaker_submit_directory names a sourcedir.tar.gz with the entry point "
    "sagemaker_program at its top level, both as JSON-encoded hyperparameters.",
)
BAD_PARAMETER_VALUE = Rule(
    "PC798",
    "a parameter has no value, or one of the wrong type",
    "Parameters are String, Integer, Float or Boolean. A value may be given as text where it reads as "
    "the declared type, and must be among the parameter's EnumValues if it has any. A parameter "
    "without a default must be given a value.",
)
NO_VALUE = Rule(
    "PC799",
    "an expression or condition cannot be evaluated",
    "A step reads a property that the earlier step does not have, or a condition compares values that "
    "have no order, such as text and a number.",
)
