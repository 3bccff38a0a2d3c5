"""The PC42x-PC45x codes: step configs and the requests built from them."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

UNSUPPORTED_REGION = Rule(
    "PC421",
    "no image is known for that region or version",
    "Image URIs come from a table in this project, so that compiling needs no lookup. For a region, a "
    "version or a registry that it does not list, give the step an image_uri.",
)
MIXED_FRAMEWORK_VERSIONS = Rule(
    "PC422",
    "steps that touch one model use different frameworks, or versions of one",
    "A model that one XGBoost version wrote and another reads gives wrong probabilities without an "
    "error (measured: a 3.2.0 model in 3.0.5 has a mean score of 0.303 instead of 0.060), and PyTorch "
    "promises no exchange of exported programs between releases. Training, evaluation, packaging, payload "
    "and serving use one version. A step that serves models of any framework takes the version of the "
    "model's own framework only.",
)
DEAD_CONFIG_FIELD = Rule(
    "PC423",
    "a step's config class has a field that reaches nothing",
    "Every field of a config is an environment variable, argument, hyperparameter or input of the "
    "contract, or a field that the job kind's builder uses. A field that changes nothing would be a "
    "setting that people set in vain.",
)
UNUSED_BY_VARIANT = Rule(
    "PC435",
    "a setting without effect in this variant of the step",
    "Some settings are about learning or splitting, which only the training variant of a step does: the "
    "others apply what it found. Under 'defaults' such a setting reaches the variants that use it.",
)
UNFED_CONTRACT = Rule(
    "PC424",
    "a contract requires a value that no config field supplies",
    "Each required environment variable and argument is fed by the config field of the same name in "
    "lower case (nested fields joined with '_'), or by the job type.",
)
CONFIG_CONTRACT = Rule(
    "PC425",
    "a setting lies outside what the step's contract allows",
    "The step contract's config clauses bound environment variables and hyperparameters beyond their types.",
)
IMAGE_LACKS_LIBRARY = Rule(
    "PC427",
    "the image's version of a library is not one that the script's contract accepts",
    "Container programs run with the Python and the libraries of their image. The table of images lists "
    "what the AWS images contain; what it does not list, and images of your own, are not checked.",
)
NO_NETWORK_FOR_LIBRARIES = Rule(
    "PC428",
    "a job without network would have to install libraries",
    "The AWS PyTorch images lack some libraries that the programs need (lightning, transformers, pyarrow). "
    "Their bundles carry a requirements.txt, which the job installs when it starts, and so does a packaged "
    "model. Under network isolation neither can: build an image that has the libraries, and give it to the "
    "step as image_uri.",
)
NO_IMAGE_FOR_INSTANCE = Rule(
    "PC429",
    "no image fits the instance types",
    "PyTorch has one image for instances with an NVIDIA GPU and another for those without; the instance "
    "type chooses; for CreateModel those of the jobs that score with its model do. Instance types that a "
    "parameter may choose from, or that one model may be served on, are "
    "of one kind. There is no image in the table for ARM processors (Graviton) and AWS's own chips "
    "(Trainium, Inferentia): give the step an image_uri.",
)
TOO_MANY_HOSTS = Rule(
    "PC426",
    "more than one instance for a program that does not share work among hosts",
    "Each host would do the whole work, and the hosts would overwrite each other's results. A contract says "
    "with multi_host that its program divides the work.",
)
IMAGE_NOT_NAMED = Rule(
    "PC436",
    "a step whose image has the program, with the config of a step with a script, or the reverse",
    "A ContainerContract describes a program in an image of your own: its config demands an image_uri and "
    "knows no version of AWS's images. A script runs in AWS's image unless the config names another one.",
)
UNKNOWN_ADAPTER = Rule(
    "PC440",
    "a source adapter that no installed package offers",
    "A source adapter reads from a service of an organisation's own. The package that offers it has an entry "
    "point in the group sagemaker_pipeline_compiler.sources, and is installed where pipelines are compiled.",
)
BROKEN_ADAPTER = Rule(
    "PC441",
    "a source adapter that cannot be used",
    "The entry point names a SourceAdapter: a model of its settings, and a program that exists. Of two "
    "installed packages that offer adapters of one name, none is taken.",
)
TUNING_NOT_DESCRIBED = Rule(
    "PC442",
    "the config of a tuning step does not describe a search, or that of another step does",
    "A specification made with tuning() is of a Tuning step. Its config is that of the training step and "
    "TuningJobConfig, which has the search's settings and names its objective.",
)
UNKNOWN_METRIC = Rule(
    "PC443",
    "a search for hyperparameters follows a metric that the training program does not log",
    "SageMaker reads metrics from the log of each training job with the metric_definitions of the script "
    "contract. The objective of a search is one of them.",
)
UNPROMISED_METRIC = Rule(
    "PC437",
    "a gate judges a metric that the program before it does not promise",
    "A script contract lists the metrics that its program always writes. One that is not among them may be "
    "misspelt; then the execution fails at the gate, after everything before it has run.",
)
