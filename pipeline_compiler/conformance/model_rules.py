"""The PC520-PC539 codes: what AWS's service model and the quotas of Pipelines say about a definition."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

UNKNOWN_MEMBER = Rule(
    "PC520",
    "a request has a member that AWS does not know",
    "The members of a request are those of the AWS service model that botocore ships. Names are "
    "case-sensitive. An update of boto3 brings newer members.",
)
MISSING_MEMBER = Rule(
    "PC521",
    "a request lacks a member that AWS requires",
    "Each step's Arguments are the request of its job, such as CreateProcessingJob, without the job's name.",
)
WRONG_TYPE = Rule(
    "PC522",
    "a value has another type than AWS expects",
    "AWS does not convert: '5' is no number, and 5 is no text. Environment variables, hyperparameters and "
    "container arguments are texts.",
)
NOT_ALLOWED = Rule(
    "PC523",
    "a value is none of those that AWS allows",
    "The values are those of the AWS service model that botocore ships: instance types, modes, frameworks. "
    "An update of boto3 brings newer ones.",
)
BAD_PATTERN = Rule(
    "PC524",
    "a text does not match the pattern that AWS asks for",
    "The whole text must match, as it must for AWS.",
)
OUT_OF_RANGE = Rule(
    "PC525",
    "a value is too small, too large, too short or too long for AWS",
    "The limits of numbers, and of the lengths of texts, lists and maps, are those of the AWS service model.",
)
WRONG_EXPRESSION = Rule(
    "PC526",
    "an expression does not fit its place",
    "AWS assigns a parameter or a step's property only to a place of the same type. Std:Join makes a text of "
    "any single values; Std:JsonGet yields a single value.",
)
UNKNOWN_REFERENCE = Rule(
    "PC527",
    "an expression names no parameter or variable that exists",
    "Get reads Parameters.<name>, Steps.<name>.<property> or an execution variable such as "
    "Execution.PipelineExecutionId.",
)
BAD_PARAMETER_VALUE = Rule(
    "PC528",
    "a parameter's value does not suit its type or a place where it is used",
    "Defaults and EnumValues must have the parameter's type, and be valid wherever the parameter is used.",
)
UNKNOWN_STEP = Rule(
    "PC529",
    "a step that does not exist is named",
    "Get reads the properties of steps of the same definition, and DependsOn names them.",
)
UNKNOWN_PROPERTY = Rule(
    "PC530",
    "a step has no property of that name",
    "A step's properties are the members of what AWS's Describe operation of its job returns; outputs, "
    "inputs and channels are those of the step's own request: "
    "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri.",
)
BAD_PROPERTY_FILE = Rule(
    "PC531",
    "a property file cannot be read",
    "Std:JsonGet reads a file that a Processing step lists under PropertyFiles, in one of its outputs, by a "
    "path such as metrics.auc or folds[0].auc.",
)
DEPENDENCY_CYCLE = Rule(
    "PC532",
    "steps wait for each other",
    "A step waits for the steps it reads, for those in DependsOn, and for the condition that it lies behind.",
)
OPPOSITE_BRANCHES = Rule(
    "PC533",
    "a step waits for one that never runs together with it",
    "Of a condition's IfSteps and ElseSteps only one list runs; what waits for a skipped step is skipped "
    "too.",
)
DUPLICATE_NAME = Rule(
    "PC534",
    "two things of a definition have one name",
    "Step names are unique in the whole definition, branches included; so are the names of parameters, and "
    "those of a step's property files.",
)
OVER_QUOTA = Rule(
    "PC535",
    "a definition exceeds a quota of SageMaker Pipelines",
    "The quotas are listed in pipeline_compiler/conformance/quotas.yaml with their sources. Where AWS has "
    "raised one for your account, say so in the config.",
)
ACCIDENTAL_EXPRESSION = Rule(
    "PC536",
    "a text looks like an expression that was turned into text",
    "An expression inside of a text is not evaluated; the job would get its notation.",
)
UNKNOWN_STEP_TYPE = Rule(
    "PC537",
    "a step has a type that Pipelines does not know",
    "The types are Processing, Training, Tuning, Transform, Model, RegisterModel, Condition, Fail, Lambda, "
    "Callback and others.",
)
BAD_QUOTA = Rule(
    "PC538",
    "a quota cannot be set",
    "A quota is one of those in pipeline_compiler/conformance/quotas.yaml, and a whole number above 0.",
)
NO_SERVICE_MODEL = Rule(
    "PC539",
    "the AWS service model cannot be read",
    "It is a part of botocore, which boto3 brings along.",
)
